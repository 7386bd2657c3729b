// Files that nobody wrote on purpose, and some that somebody did: in discovery they must not get in
// the way, and named they are an error, never a crash or a hang.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <nlohmann/json.hpp>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "support/repeat.h"
#include "support/run_nmgr.h"
#include "support/temp_dir.h"

namespace {

using nmgr::testing::NmgrResult;
using nmgr::testing::Repeat;
using nmgr::testing::RunNmgr;
using nmgr::testing::TempDir;
using namespace std::chrono_literals;

constexpr const char* kHarmlessSpec = "job \"web\" {\n  group \"g\" {\n  }\n}\n";

struct HostileLab {
  HostileLab() { dir.Write("web/web.hcl", kHarmlessSpec); }

  NmgrResult Run(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {"--base-dir", dir.path()});
    return RunNmgr(arguments, {.env = {}, .folder = dir.path(), .input = {}, .limit = 120s});
  }

  // Discovery goes on, and silently so unless `warning` is expected.
  void CheckPassedOver(const std::string& warning = "") const {
    const NmgrResult listed = Run({"list", "all"});
    CHECK(listed.exit_code == 0);
    CHECK(listed.out == "web\n");
    if (warning.empty()) {
      CHECK(listed.err.empty());
    } else {
      CHECK(listed.err.find(warning) != std::string::npos);
    }
  }

  // Named, it is an error of the spec: 65 where specs are judged, else 1.
  void CheckNamed(const std::string& path, const std::string& message) const {
    for (const auto& [action, code] :
         {std::pair("render", 65), std::pair("validate", 65), std::pair("list", 1)}) {
      INFO(action << " " << path);
      const NmgrResult result = Run({action, path});
      CHECK(result.exit_code == code);
      CHECK(result.err.find(message) != std::string::npos);
    }
  }

  TempDir dir;
};

}  // namespace

TEST_CASE("an empty file") {
  const HostileLab lab;
  lab.dir.Write("x/x.hcl", "");
  lab.CheckPassedOver();
  lab.CheckNamed("x/x.hcl", "the file is empty");
}

TEST_CASE("a binary file") {
  const HostileLab lab;
  std::string bytes;
  for (int i = 0; i < 100'000; ++i) bytes += static_cast<char>(i * 7919 >> 3);
  lab.dir.Write("x/x.hcl", bytes);
  lab.CheckPassedOver();
  lab.CheckNamed("x/x.hcl", "a binary file, no job spec");
}

TEST_CASE("a text whose job header is broken") {
  const HostileLab lab;
  for (const auto& [text, summary, place] :
       {std::tuple("jb \"x\" {\n}\n", "Unsupported block type", R"("column":1,"line":1)"),
        std::tuple("job {\n}\n", "Missing name for job", R"("column":5,"line":1)"),
        std::tuple("job \"x\" \"y\" {\n}\n", "Extraneous label for job", R"("column":9,"line":1)"),
        std::tuple("locals {\n  a = \n}\n", "Invalid expression", R"("column":7,"line":2)")}) {
    lab.dir.Write("x/x.hcl", text);
    lab.CheckNamed("x/x.hcl", summary);
    const NmgrResult judged = lab.Run({"validate", "-o", "json", "x/x.hcl"});
    const nlohmann::json first = nlohmann::json::parse(judged.out)["specs"][0]["diagnostics"][0];
    CHECK(first["range"]["start"].dump().find(place) != std::string::npos);
    CHECK(lab.Run({"validate", "x/x.hcl"}).out == "1 of 1 spec invalid\n");
  }
}

TEST_CASE("a var file that gives a value to nothing") {
  const HostileLab lab;
  lab.dir.Write("v.hcl", "gone = 1\n");
  lab.dir.Write("v.json", "{\"//\": \"comment\", \"gone\": 1}\n");
  lab.dir.Write("empty.json", "{\"//\": \"comment\"}\n");
  for (const char* file : {"v.hcl", "v.json"}) {
    const NmgrResult result = lab.Run({"render", "web", "--var-file", file});
    CHECK(result.exit_code == 0);
    CHECK(result.err.find("no spec of the repository declares a variable \"gone\"") !=
          std::string::npos);
  }
  CHECK(lab.Run({"render", "web", "--var-file", "empty.json"}).exit_code == 0);
}

TEST_CASE("a binary file that claims to be a spec") {
  const HostileLab lab;
  lab.dir.Write("x/x.hcl", "job \"x\" {\n" + std::string("\x00\xff\xfe\x01", 4) + "\n}\n");
  const NmgrResult listed = lab.Run({"list", "all"});
  CHECK(listed.exit_code == 1);
  CHECK(listed.out == "web\nx\n");
  lab.CheckNamed("x/x.hcl", "x/x.hcl");
}

TEST_CASE("a file of 50 MB") {
  const HostileLab lab;
  lab.dir.Write(
      "x/x.hcl",
      "job \"x\" {\n" + Repeat("# filler filler filler filler filler filler\n", 1'200'000) + "}\n");
  lab.CheckPassedOver("larger than 16 MiB");
  lab.CheckNamed("x/x.hcl", "larger than 16 MiB");
}

TEST_CASE("a spec just below the limit is read in reasonable time") {
  const HostileLab lab;
  lab.dir.Write("x/x.hcl", "job \"x\" {\n  meta {\n" +
                               Repeat("    a = [1, 2, \"x\"] # filler\n", 1) + "  }\n" +
                               Repeat("# filler filler filler filler filler filler\n", 300'000) +
                               "}\n");
  const NmgrResult listed = lab.Run({"list", "all"});
  CHECK(listed.exit_code == 0);
  CHECK(listed.out == "web\nx\n");
}

TEST_CASE("nesting of 100,000 levels") {
  for (const auto& [open, close] :
       {std::pair("[", "]"), std::pair("(", ")"), std::pair("{ a = ", "}"),
        std::pair("\"${", "}\""), std::pair("!", ""), std::pair("x[", "]"), std::pair("f(", ")"),
        std::pair("[for a in [1]: ", "]")}) {
    INFO(open);
    const HostileLab lab;
    lab.dir.Write("x/x.hcl", "job \"x\" {\n  a = " + Repeat(open, 100'000) + "1" +
                                 Repeat(close, 100'000) + "\n}\n");
    const NmgrResult listed = lab.Run({"list", "all"});
    CHECK(listed.exit_code == 1);
    CHECK(listed.out == "web\nx\n");
    const NmgrResult named = lab.Run({"validate", "x/x.hcl"});
    CHECK(named.exit_code == 65);
    CHECK(named.err.find("x/x.hcl") != std::string::npos);
  }
}

TEST_CASE("bytes that are not UTF-8 are an error of the spec, but not in its comments") {
  const HostileLab lab;
  lab.dir.Write("x/x.hcl", "job \"x\" {\n  # caf\xe9\n}\n");
  CHECK(lab.Run({"list", "all"}).exit_code == 0);
  CHECK(lab.Run({"validate", "all"}).exit_code == 0);
  lab.dir.Write("x/x.hcl", "job \"x\" {\n  name = \"caf\xe9\"\n}\n");
  CHECK(lab.Run({"list", "all"}).exit_code == 1);
  CHECK(lab.Run({"list", "all"}).out == "web\nx\n");
  lab.CheckNamed("x/x.hcl", "not part of valid UTF-8");
}

TEST_CASE("line endings of Windows and a byte order mark") {
  const HostileLab lab;
  lab.dir.Write("x/x.hcl", "\xef\xbb\xbfjob \"x\" {\r\n  group \"g\" {\r\n  }\r\n}\r\n");
  const NmgrResult listed = lab.Run({"list", "all"});
  CHECK(listed.exit_code == 0);
  CHECK(listed.out == "web\nx\n");
  CHECK(listed.err.empty());
  CHECK(lab.Run({"validate", "x"}).exit_code == 0);
}

TEST_CASE("100,000 blocks in each other") {
  const HostileLab lab;
  lab.dir.Write("x/x.hcl",
                "job \"x\" {\n" + Repeat("b {\n", 100'000) + Repeat("}\n", 100'000) + "}\n");
  CHECK(lab.Run({"list", "all"}).out == "web\nx\n");
  lab.CheckNamed("x/x.hcl", "x/x.hcl");
}

TEST_CASE("deep nesting in JSON syntax") {
  const HostileLab lab;
  lab.dir.Write("x/x.hcl", "{\"job\": " + Repeat("[", 100'000) + Repeat("]", 100'000) + "}");
  lab.dir.Write("y/y.hcl",
                "{\"job\": {\"y\": " + Repeat("{\"a\":", 100'000) + "1" + Repeat("}", 100'002));
  CHECK(lab.Run({"list", "web"}).exit_code == 0);
  CHECK(lab.Run({"list", "web"}).out == "web\n");
  lab.CheckNamed("x/x.hcl", "x/x.hcl");
  lab.CheckNamed("y/y.hcl", "y/y.hcl");
}

TEST_CASE("a named pipe") {
  const HostileLab lab;
  lab.dir.MakeFolder("x");
  REQUIRE(mkfifo(lab.dir.At("x/x.hcl").c_str(), 0600) == 0);
  lab.CheckPassedOver();
  lab.CheckNamed("x/x.hcl", "not a regular file");
}

TEST_CASE("links that lead nowhere or in circles") {
  const HostileLab lab;
  lab.dir.Link("nowhere.hcl", "x/gone.hcl");
  lab.dir.Link("loop.hcl", "x/loop.hcl");
  lab.dir.Link("..", "x/up");
  lab.dir.Link(".", "x/self");
  lab.CheckPassedOver("x/gone.hcl: the link leads nowhere");
  CHECK(lab.Run({"list", "x/gone.hcl"}).exit_code == 66);
  lab.CheckNamed("x/loop.hcl", "x/loop.hcl");
}

TEST_CASE("a folder called like a spec") {
  const HostileLab lab;
  lab.dir.Write("x.hcl/y.hcl", "job \"y\" {\n}\n");
  CHECK(lab.Run({"list", "all"}).out == "web\ny\n");
  CHECK(lab.Run({"list", "x.hcl"}).out == "y\n");
}

TEST_CASE("an unreadable file and an unreadable folder") {
  if (geteuid() == 0) {
    WARN("root may read everything: covered by tests/repo alone");
    return;
  }
  const HostileLab lab;
  lab.dir.Write("x/x.hcl", kHarmlessSpec);
  lab.dir.Write("closed/y.hcl", kHarmlessSpec);
  chmod(lab.dir.At("x/x.hcl").c_str(), 0);
  chmod(lab.dir.At("closed").c_str(), 0);
  lab.CheckPassedOver("permission denied");
  lab.CheckNamed("x/x.hcl", "permission denied");
}

TEST_CASE("names that could steer a terminal are shown escaped") {
  const HostileLab lab;
  lab.dir.Write("x/\x1b[31mred.hcl", "job \"x\" {\n  a = = 1\n}\n");
  const NmgrResult result = lab.Run({"list", "all"});
  CHECK(result.exit_code == 1);
  CHECK(result.err.find('\x1b') == std::string::npos);
  CHECK(result.err.find("\\x1b[31mred.hcl") != std::string::npos);
}

TEST_CASE("very many targets and very long words") {
  const HostileLab lab;
  std::vector<std::string> words(5000, "web");
  words.insert(words.begin(), "list");
  CHECK(lab.Run(words).out == "web\n");
  CHECK(lab.Run({"list", Repeat("x", 100'000)}).exit_code == 66);
  CHECK(lab.Run({"list", "--" + Repeat("x", 100'000)}).exit_code == 64);
  CHECK(lab.Run({"list", Repeat("*", 5000)}).out == "web\n");
}

TEST_CASE("IDs that could steer a terminal or take several lines, as text and as JSON") {
  const HostileLab lab;
  for (const char* id : {"a\x1b[31mred", "a\u009b31m", "a\x7f", "a\u202eb", "a\nb", "a\rb"}) {
    std::string literal;
    for (const char* c = id; *c != 0; ++c) {
      if (*c == '\n' || *c == '\r') {
        literal += *c == '\n' ? "\\n" : "\\r";
      } else {
        literal += *c;
      }
    }
    lab.dir.Write("x/x.hcl", "job \"" + literal + "\" {\n  group \"g\" {\n  }\n}\n");
    for (const char* color : {"always", "never"}) {
      for (const char* output : {"text", "json"}) {
        const NmgrResult listed = lab.Run({"list", "all", "--color", color, "-o", output});
        INFO(listed.out);
        CHECK(listed.exit_code == 0);
        for (const char* raw : {"\x1b", "\u009b", "\x7f", "\u202e", "\r"}) {
          CHECK(listed.out.find(raw) == std::string::npos);
        }
        if (std::string(output) == "text") {
          CHECK(std::count(listed.out.begin(), listed.out.end(), '\n') == 2);
        } else {
          CHECK(nlohmann::json::parse(listed.out)["jobs"].size() == 2);
        }
      }
    }
  }
}
