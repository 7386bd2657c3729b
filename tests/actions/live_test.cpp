// What a rollout shows while it goes on: live lines on a terminal, plain ones elsewhere.
#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <set>
#include <thread>

#include "actions/lab.h"
#include "support/screen_model.h"
#include "support/terminal.h"

namespace nmgr::testing {
namespace {

// A terminal and what stands on it.
class WatchedRun {
 public:
  WatchedRun(const Words& arguments, const NmgrOptions& options, int rows, int columns)
      : child_(arguments, options), screen_(24, 80) {
    Resize(rows, columns);
  }

  // Until so many lines hold `text`; all lines then.
  Words Until(const std::string& text, int wanted = 1) {
    while (true) {
      Words lines = Take();
      const auto there = std::count_if(lines.begin(), lines.end(),
                                       [&](const auto& line) { return Mentions(line, text); });
      if (there >= wanted) return lines;
      child_.WaitFor("\n");
    }
  }
  // The next picture.
  Words Next() {
    child_.WaitFor("\x1b[H");
    child_.WaitFor("\x1b[J");
    return Take();
  }
  void Resize(int rows, int columns) {
    Take();
    child_.Resize(rows, columns);
    screen_.Resize(rows, columns);
  }
  int End() {
    const int code = child_.Wait();
    Take();
    return code;
  }

  TerminalChild& child() { return child_; }
  const ScreenModel& screen() const { return screen_; }

 private:
  Words Take() {
    screen_.Feed(std::string_view(child_.shown()).substr(fed_));
    fed_ = child_.shown().size();
    return screen_.lines();
  }

  TerminalChild child_;
  ScreenModel screen_;
  std::size_t fed_ = 0;
};

std::string FirstWith(const Words& lines, const std::string& text) {
  for (const std::string& line : lines) {
    if (Mentions(line, text)) return line;
  }
  return {};
}

Words Twice(const Words& lines) {
  std::set<std::string> seen;
  Words twice;
  for (const std::string& line : lines) {
    if (!line.empty() && !seen.insert(line).second) twice.push_back(line);
  }
  return twice;
}

Words AllLines(const NmgrResult& result) { return LinesWith(result.out + result.err, ""); }

}  // namespace

TEST_CASE("on a terminal each job under way has one live line, and Ctrl-C leaves none behind") {
  for (const int columns : {80, 200}) {
    INFO(columns);
    Lab lab({.healthy_after_ms = 600'000});
    lab.Usual();
    WatchedRun run({"up", "services"}, lab.Options(), 24, columns);
    Words lines = run.Until("0/1", 3);
    CHECK(run.screen().on_other_page());
    CHECK(Mentions(lines.at(0), "0 of 3 done, 3 under way"));
    for (const char* job : {"web", "cache", "mail"}) {
      const std::string line = FirstWith(lines, job);
      CHECK(Mentions(line, "starting"));
      CHECK(Mentions(line, "0/1"));
      CHECK(Mentions(line, "new"));
    }
    CHECK(lines.size() == 4);
    run.Resize(24, columns == 80 ? 200 : 80);
    CHECK(run.Next().size() == 4);
    run.Resize(4, 30);
    lines = run.Until("and 2 more lines");
    CHECK(lines.size() <= 3);
    CHECK(lines.back() == "and 2 more lines");
    run.Resize(24, columns);
    run.child().Type("\x03");
    CHECK(run.End() == 130);
    CHECK(run.child().Echoes());
    CHECK_FALSE(run.screen().on_other_page());
    CHECK(run.screen().has_cursor());
    CHECK(run.screen().faults() == Words{});
    lines = run.screen().lines();
    INFO(run.child().shown());
    CHECK(FirstWith(lines, "under way") == "");
    CHECK(FirstWith(lines, "once more to end at once") != "");
    CHECK(FirstWith(lines, "error: web: register sent, not waited for") != "");
    CHECK(Twice(lines) == Words{});
  }
}

TEST_CASE("a rollout on a terminal leaves one line a job, and nothing that it has said before") {
  Lab lab({.healthy_after_ms = 1'500, .fail = {"cache"}});
  lab.Usual();
  WatchedRun run({"up", "services"}, lab.Options(), 24, 80);
  run.Until("under way");
  CHECK(run.End() == 1);
  INFO(run.child().shown());
  const Words lines = run.screen().lines();
  CHECK(FirstWith(lines, "+ web  new: healthy (") != "");
  CHECK(FirstWith(lines, "error: cache: failed after") != "");
  CHECK(LinesWith(FirstWith(lines, "Registered 2 of 3, 1 failed (cache)"), "Reg").size() == 1);
  std::size_t of_web = 0;
  for (const std::string& line : lines) of_web += Mentions(line, "web") ? 1 : 0;
  CHECK(of_web == 1);
  CHECK(Twice(lines) == Words{});
  CHECK(FirstWith(lines, "under way") == "");
  CHECK_FALSE(run.screen().on_other_page());
}

TEST_CASE("live lines take wide and hostile names, and colours only where they are wanted") {
  Lab lab({.healthy_after_ms = 600'000});
  lab.Service("web", "web:1");
  lab.dir.Write("cld/wide/wide.hcl", ServiceSpec("データベース用の長い名前のジョブ", "a:1"));
  lab.dir.Write("cld/bad/bad.hcl", ServiceSpec("evil\\u001b[2Jjob", "a:1"));
  lab.env["NO_COLOR"] = "1";
  WatchedRun run({"up", "services"}, lab.Options(), 24, 40);
  run.Until("web");
  Words lines = run.Next();
  INFO(run.child().shown());
  CHECK(run.screen().wraps() == 0);
  CHECK(FirstWith(lines, "2J") != "");
  CHECK(FirstWith(lines, "デ") != "");
  run.Resize(24, 12);
  run.Next();
  CHECK(run.screen().wraps() == 0);
  run.child().Type("\x03");
  CHECK(run.End() == 130);
  CHECK(run.screen().faults() == Words{});
  CHECK_FALSE(Mentions(run.child().shown(), "\x1b[1m"));
  CHECK_FALSE(Mentions(run.child().shown(), "\x1b[2m"));
}

TEST_CASE("a screen that something else has cleared is drawn again") {
  Lab lab({.healthy_after_ms = 600'000});
  lab.Service("web", "web:1");
  WatchedRun run({"up", "web"}, lab.Options(), 24, 80);
  run.Until("web");
  for (int picture = 0; picture < 2; ++picture) CHECK(Mentions(run.Next().at(1), "web"));
  run.child().Signal(SIGTERM);
  CHECK(run.End() == 143);
  CHECK_FALSE(run.screen().on_other_page());
}

TEST_CASE("a rollout that is suspended gives the terminal back, and takes it again") {
  Lab lab({.healthy_after_ms = 600'000});
  lab.Service("web", "web:1");
  WatchedRun run({"up", "web"}, lab.Options(), 24, 80);
  run.Until("web");
  run.child().Signal(SIGTSTP);
  run.child().WaitFor("\x1b[?1049l");
  run.child().WaitStopped();
  run.child().Signal(SIGCONT);
  run.child().WaitFor("\x1b[?1049h");
  run.Next();
  run.child().Type("\x03");
  CHECK(run.End() == 130);
}

TEST_CASE("on a dumb terminal, with -q and with -v nothing is drawn") {
  for (const Words& line :
       {Words{"up", "web"}, Words{"-q", "up", "web"}, Words{"-v", "up", "web"}}) {
    Lab lab({.healthy_after_ms = 1'200});
    lab.Service("web", "web:1");
    if (line.size() == 2) lab.env["TERM"] = "dumb";
    lab.env["NO_COLOR"] = "1";
    WatchedRun run(line, lab.Options(), 24, 80);
    CHECK(run.End() == 0);
    CHECK_FALSE(Mentions(run.child().shown(), "\x1b"));
    CHECK(FirstWith(run.screen().lines(), "web") != "");
    if (line[0] != "-v") CHECK(Twice(run.screen().lines()) == Words{});  // it names each request
  }
}

TEST_CASE("elsewhere a rollout says one plain line a change of state, and none twice") {
  Lab lab({.healthy_after_ms = 700, .fail = {"cache"}, .never = {"mail"}});
  lab.Usual();
  lab.Spec("web", TwoOfTwoTasks());
  const NmgrResult result = lab.Run({"up", "services", "--timeout", "3s"});
  INFO(result.out << result.err);
  CHECK(result.exit_code == 1);
  CHECK_FALSE(Mentions(result.err, "\x1b"));
  CHECK(LinesWith(result.err, "+ web  new").size() == 1);
  CHECK(LinesWith(result.err, "web: healthy").size() == 1);
  CHECK(LinesWith(result.err, "web: 0 of 2").empty());
  CHECK(LinesWith(result.err, "web: 2 of 2").empty());
  CHECK(LinesWith(result.err, "error: cache: ").size() == 1);
  CHECK(Twice(AllLines(result)) == Words{});
}

TEST_CASE("where progress and result go to one place, each job is told once") {
  Lab lab({.fail = {"cache"}});
  lab.Usual();
  const NmgrResult result = RunShell("$NMGR up services 2>&1", lab.Options());
  INFO(result.out);
  CHECK(result.exit_code == 1);
  CHECK(LinesWith(result.out, "web: healthy").size() == 1);
  CHECK(LinesWith(result.out, "web  ").empty());
  CHECK(LinesWith(result.out, "cache  ").empty());
  CHECK(LinesWith(result.out, "Registered 2 of 3, 1 failed (cache)").size() == 1);
  const NmgrResult apart = lab.Run({"down", "services"});
  CHECK(LinesWith(apart.out, "web    ").size() + LinesWith(apart.out, "web  ").size() >= 1);
}

TEST_CASE("events are lines of JSON as it goes on, and the last one is the document") {
  Lab lab({.healthy_after_ms = 300, .fail = {"cache"}});
  lab.Usual();
  const NmgrResult result = lab.Run({"-o", "json", "up", "web", "cache", "--events"});
  INFO(result.out << result.err);
  CHECK(result.exit_code == 1);
  std::vector<nlohmann::json> events;
  for (const std::string& line : LinesWith(result.out, "")) {
    events.push_back(nlohmann::json::parse(line));
  }
  const auto types_of = [&](const std::string& job) {
    Words types;
    for (const auto& event : events) {
      if (event.value("id", "") == job) types.push_back(event.at("type"));
    }
    return types;
  };
  REQUIRE(events.size() > 4);
  CHECK(events.front().at("type") == "decided");
  CHECK(events.front().at("jobs").size() == 2);
  CHECK(types_of("web").front() == "started");
  CHECK(types_of("web").back() == "finished");
  CHECK(types_of("web").size() >= 3);
  nlohmann::json last = events.back();
  CHECK(last.at("type") == "summary");
  CHECK(last.at("exit_code") == 1);
  CHECK(last.at("jobs").size() == 2);
  // What goes on is told once; failures also to who reads stderr.
  CHECK_FALSE(Mentions(result.err, "web"));
  CHECK(Mentions(result.err, "error: cache: failed"));

  const NmgrResult early = lab.Run({"-o", "json", "--events", "up", "nowhere"});
  CHECK(early.exit_code == 66);
  CHECK(nlohmann::json::parse(early.out).at("type") == "summary");
  CHECK(nlohmann::json::parse(early.out).at("error").at("code") == "not_found");
  CHECK(lab.Run({"--events", "up", "web"}).exit_code == 64);
  lab.env["NMGR_EVENTS"] = "1";
  CHECK(lab.Run({"up", "web"}).exit_code == 0);
  CHECK(nlohmann::json::parse(lab.Run({"-o", "json", "list", "-l", "all"}).out).contains("jobs"));
}

}  // namespace nmgr::testing
