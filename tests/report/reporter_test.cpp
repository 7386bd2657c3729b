#include "nmgr/report/reporter.h"

#include <fcntl.h>
#include <pty.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <nlohmann/json.hpp>
#include <thread>

#include "nmgr/base/text.h"

using namespace nmgr;
using namespace nmgr::report;

namespace {

// Two ends of a pipe or a pseudo terminal; what was written is read at the end.
class Sink {
 public:
  explicit Sink(bool terminal = false) {
    int ends[2] = {-1, -1};
    if (terminal) {
      winsize size{24, 100, 0, 0};
      REQUIRE(openpty(&ends[0], &ends[1], nullptr, nullptr, &size) == 0);
      termios settings{};
      tcgetattr(ends[1], &settings);
      cfmakeraw(&settings);
      tcsetattr(ends[1], TCSANOW, &settings);
    } else {
      REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
    }
    read_ = ends[0];
    write_ = ends[1];
    reader_ = std::thread([this] {
      char buffer[4096];
      for (ssize_t got = 0; (got = read(read_, buffer, sizeof(buffer))) > 0;) {
        text_.append(buffer, static_cast<std::size_t>(got));
      }
    });
  }
  ~Sink() { static_cast<void>(Text()); }
  int fd() const { return write_; }
  // Closes the writing end.
  const std::string& Text() {
    if (write_ >= 0) {
      close(write_);
      write_ = -1;
      reader_.join();
      close(read_);
    }
    return text_;
  }

 private:
  int read_ = -1;
  int write_ = -1;
  std::string text_;
  std::thread reader_;
};

struct Both {
  explicit Both(ReporterOptions options = {}, bool terminal = false)
      : out(terminal), err(terminal) {
    options.out = out.fd();
    options.err = err.fd();
    reporter = MakeReporter(options);
  }
  Reporter* operator->() { return reporter.get(); }
  Sink out;
  Sink err;
  std::unique_ptr<Reporter> reporter;
};

}  // namespace

TEST_CASE("results go to stdout, everything else to stderr") {
  Both both;
  both->Line("a result");
  both->Raw("raw\ttext\n");
  both->Json({{"dropped", true}});
  both->Progress("going on");
  both->Notice("by the way");
  both->Warning("careful");
  both->Error({ErrorCode::kNotFound, "no such job: wbe", "did you mean web?"});
  both->Error({ErrorCode::kIo, "cannot read x", ""});
  CHECK_FALSE(both->json());
  CHECK_FALSE(both->Failed());
  CHECK(both.out.Text() == "a result\nraw\ttext\n");
  CHECK(both.err.Text() ==
        "going on\nby the way\nwarning: careful\nerror: no such job: wbe\n  did you mean web?\n"
        "error: cannot read x\n");
}

TEST_CASE("with JSON stdout carries the document alone") {
  ReporterOptions options;
  options.output = Output::kJson;
  Both both(options);
  both->Line("dropped");
  both->Progress("going on");
  both->Json({{"z", {1, 2}}, {"a", "\xff"}});
  CHECK(both->json());
  both->Finish(3);
  CHECK(both.out.Text() ==
        "{\n  \"a\": \"\uFFFD\",\n  \"exit_code\": 3,\n  \"z\": [\n    1,\n    2\n  ]\n}\n");
  CHECK(both.err.Text() == "going on\n");
}

TEST_CASE("quiet drops progress and notices, never warnings and errors") {
  ReporterOptions options;
  options.quiet = true;
  Both both(options);
  both->Progress("dropped");
  both->Notice("dropped");
  both->Warning("kept");
  both->Error({ErrorCode::kIo, "kept", ""});
  both->Line("kept");
  CHECK(both.out.Text() == "kept\n");
  CHECK(both.err.Text() == "warning: kept\nerror: kept\n");
}

TEST_CASE("colour: for terminals, or as told") {
  const auto shown = [](ColorMode mode, bool terminal, bool no_color) {
    ReporterOptions options;
    options.color = mode;
    options.no_color = no_color;
    Both both(options, terminal);
    both->Line(both->OnOut(Style::kGreen, "ok") + both->OnOut(Style::kPlain, "."));
    both->Warning(both->OnErr(Style::kBold, "x"));
    both->Warning("y");
    const bool out = both.out.Text() == "\x1b[32mok\x1b[0m.\n";
    const bool err = both.err.Text().find("\x1b[33mwarning:\x1b[0m \x1b[1mx\x1b[0m\n") == 0;
    CHECK((out || both.out.Text() == "ok.\n"));
    CHECK((err || both.err.Text() == "warning: x\nwarning: y\n"));
    CHECK(out == err);
    return out;
  };
  CHECK_FALSE(shown(ColorMode::kAuto, false, false));
  CHECK(shown(ColorMode::kAuto, true, false));
  CHECK_FALSE(shown(ColorMode::kAuto, true, true));
  CHECK(shown(ColorMode::kAlways, false, true));
  CHECK_FALSE(shown(ColorMode::kNever, true, false));
}

TEST_CASE("nobody's words can steer the terminal or pass for a line of ours") {
  const bool color = GENERATE(false, true);
  ReporterOptions options;
  options.color = color ? ColorMode::kAlways : ColorMode::kNever;
  Both both(options, true);
  both->Line(
      "web\x1b[2J\x1b]0;title\x07\r\x9b"
      "31m\nerror: fake");
  both->Raw("raw\x1b[H\n\tx\n");
  both->Progress(
      "a\x08"
      "b");
  both->Error({ErrorCode::kRejected, "no\nerror: fake", "hint\x1b[5m"});
  CHECK(both.out.Text() ==
        "web\\x1b[2J\\x1b]0;title\\x07\\x0d\\x9b31m\n  error: fake\nraw\\x1b[H\n\tx\n");
  const std::string label = color ? "\x1b[31merror:\x1b[0m" : "error:";
  CHECK(both.err.Text() == "a\\x08b\n" + label + " no\n  error: fake\n  hint\\x1b[5m\n");
}

TEST_CASE("raw text goes into a pipe byte for byte") {
  Both both;
  const std::string bytes("\x1b[1m\x00\xff\r\n", 8);
  both->Raw(bytes);
  CHECK(both.out.Text() == bytes);
}

TEST_CASE("the width is the terminal's, 80 without one") {
  CHECK(Both({}, true)->width() == 100);
  CHECK(Both({}, false)->width() == 80);
}

TEST_CASE("diagnostics are written one after the other with a line between") {
  Both both;
  hcl::Diagnostics diagnostics;
  const auto file = std::make_shared<hcl::SourceFile>("x.hcl", "a = b\n");
  diagnostics.Error(file, {4, 5}, "First", "Detail.");
  diagnostics.Warning(file, {0, 1}, "Second", "");
  both->Diagnostics(diagnostics);
  CHECK(both.err.Text() ==
        "Error: First\n  on x.hcl line 1, column 5:\n    1 | a = b\n      |     ^\n  Detail.\n\n"
        "Warning: Second\n  on x.hcl line 1, column 1:\n    1 | a = b\n      | ^\n\n");
}

TEST_CASE("diagnostics that were not kept are counted") {
  Both both;
  hcl::Diagnostics diagnostics;
  for (std::size_t i = 0; i < hcl::Diagnostics::kMostKept + 3; ++i) {
    diagnostics.Add({hcl::Severity::kError, "Same", "", nullptr, std::nullopt, std::nullopt});
  }
  both->Diagnostics(diagnostics);
  CHECK(both.err.Text().ends_with("\n3 more like these are not shown.\n"));
}

TEST_CASE("lines of many threads stay whole") {
  Both both;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&both, i] {
        for (int k = 0; k < 50; ++k) both->Line(std::string(40, static_cast<char>('a' + i)));
      });
    }
  }
  int lines = 0;
  for (const std::string_view line : Split(both.out.Text(), '\n')) {
    if (line.empty()) continue;
    ++lines;
    CHECK(line.size() == 40);
    CHECK(line.find_first_not_of(line[0]) == std::string_view::npos);
  }
  CHECK(lines == 400);
}

TEST_CASE("a full disk is a failure, a reader that went away is none") {
  std::signal(SIGPIPE, SIG_IGN);
  ReporterOptions options;
  options.out = open("/dev/full", O_WRONLY | O_CLOEXEC);
  const auto full = MakeReporter(options);
  full->Line("x");
  CHECK(full->Failed());
  close(options.out);
  int ends[2];
  REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
  close(ends[0]);
  options.out = ends[1];
  const auto gone = MakeReporter(options);
  gone->Line("x");
  gone->Line("y");
  CHECK_FALSE(gone->Failed());
  close(ends[1]);
}

TEST_CASE("colour sequences are ours alone") {
  ReporterOptions options;
  options.color = ColorMode::kAlways;
  Both both(options, true);
  both->Line(both->OnOut(Style::kGreen, "ok") + " \x1b[31mred\x1b[0m");
  both->Raw("\x1b[32mgreen\n");
  both->Warning("\x1b[1mbold");
  CHECK(both.out.Text() == "\x1b[32mok\x1b[0m \\x1b[31mred\\x1b[0m\n\\x1b[32mgreen\n");
  CHECK(both.err.Text() == "\x1b[33mwarning:\x1b[0m \\x1b[1mbold\n");
}

TEST_CASE("what is painted goes into a pipe as sequences") {
  ReporterOptions options;
  options.color = ColorMode::kAlways;
  Both both(options);
  both->Raw(both->OnOut(Style::kRed, "x") + "\x1b[31m\n");
  CHECK(both.out.Text() == "\x1b[31mx\x1b[0m\x1b[31m\n");
}

TEST_CASE("JSON steers no terminal either and means the same") {
  ReporterOptions options;
  options.output = Output::kJson;
  Both both(options, true);
  const nlohmann::json document = {{"exit_code", 0}, {"id", "a\x7f\u009b31m\u202e\n\x1b[2J"}};
  both->Json(document);
  both->Finish(0);
  const std::string text = both.out.Text();
  CHECK(text ==
        "{\n  \"exit_code\": 0,\n  \"id\": \"a\\u007f\\u009b31m\\u202e\\n\\u001b[2J\"\n}\n");
  CHECK(nlohmann::json::parse(text) == document);
}

TEST_CASE("a run that ends without a document prints that of its error") {
  ReporterOptions options;
  options.output = Output::kJson;
  Both both(options);
  both->Error({ErrorCode::kUsage, "no target is given", "name jobs"});
  both->Error({ErrorCode::kIo, "second", ""});
  both->Finish(64);
  CHECK(
      nlohmann::json::parse(both.out.Text()) ==
      nlohmann::json{
          {"error", {{"code", "usage"}, {"message", "no target is given"}, {"hint", "name jobs"}}},
          {"exit_code", 64}});
  Both done(options);
  done->Json({{"a", 1}});
  done->Finish(0);
  CHECK(nlohmann::json::parse(done.out.Text()) == nlohmann::json{{"a", 1}, {"exit_code", 0}});
  Both text;
  text->Finish(0);
  CHECK(text.out.Text().empty());
}

TEST_CASE("messages hide the secrets of the run, results show what is there") {
  Redactor redactor;
  redactor.Add("sesame");
  ReporterOptions options;
  options.redactor = &redactor;
  Both both(options);
  both->Line("sesame");
  both->Raw("sesame\n");
  both->Progress("p sesame");
  both->Warning("w sesame https://me:pw@host");
  both->Error({ErrorCode::kIo, "e sesame", "h sesame"});
  hcl::Diagnostics diagnostics;
  diagnostics.Add(
      {hcl::Severity::kError, "S sesame", "D sesame", nullptr, std::nullopt, std::nullopt});
  both->Diagnostics(diagnostics);
  CHECK(both.out.Text() == "sesame\nsesame\n");
  CHECK(both.err.Text() ==
        "p ***\nwarning: w *** https://***@host\nerror: e ***\n  h ***\nError: S ***\n  D ***\n\n");
}

TEST_CASE("JSON hides secrets in what are messages") {
  Redactor redactor;
  redactor.Add("se\"same");
  ReporterOptions options;
  options.redactor = &redactor;
  options.output = Output::kJson;
  Both both(options);
  both->Json({{"text", "se\"same"}, {"jobs", {{{"error", "a se\"same"}, {"id", "web"}}}}});
  both->Finish(1);
  const nlohmann::json document = nlohmann::json::parse(both.out.Text());
  CHECK(document["text"] == "se\"same");
  CHECK(document["jobs"][0]["error"] == "a ***");
}
