// logs: what tasks wrote, one after another; and followed, over lost connections and redeploys.
#include <catch2/catch.hpp>
#include <csignal>
#include <fstream>
#include <iterator>
#include <thread>

#include "actions/lab.h"
#include "nmgr/base/base64.h"
#include "support/terminal.h"

namespace nmgr::testing {
namespace {

class LogLab : public Lab {
 public:
  explicit LogLab(FakeNomadOptions options = {}) : Lab(std::move(options)) {}

  // The ID of the running allocation, of the first name.
  std::string Alloc(const std::string& job) const {
    std::string id;
    std::string name = "~";
    for (const nlohmann::json& row : nomad.Get("/v1/job/" + job + "/allocations")) {
      if (row["DesiredStatus"] != "run" || row["Name"].get<std::string>() > name) continue;
      name = row["Name"];
      id = row["ID"];
    }
    return id;
  }

  void Write(const std::string& job, const std::string& data, nlohmann::json more = {}) const {
    nlohmann::json body = {{"allocation", Alloc(job)}, {"task", job}, {"data", EncodeBase64(data)}};
    if (more.is_object()) body.update(more);
    REQUIRE(nomad.Send("POST", "/fake/log", body.dump()).status == 200);
  }
};

// What a followed run has printed, read while it goes on.
class Following {
 public:
  Following(const LogLab& lab, const std::string& arguments)
      : out_(lab.dir.At("out")),
        err_(lab.dir.At("err")),
        child_({"/bin/bash", "-c", "exec \"$NMGR\" " + arguments + " >" + out_ + " 2>" + err_},
               lab.Options()) {}

  // Until `part` stands in the output.
  void WaitFor(const std::string& part) { WaitIn(out_, part); }
  void WaitForNotice(const std::string& part) { WaitIn(err_, part); }
  std::string Out() const { return Read(out_); }
  std::string Err() const { return Read(err_); }
  int End() {
    child_.Signal(SIGINT);
    return child_.Wait().exit_code;
  }
  int Wait() { return child_.Wait().exit_code; }

 private:
  static std::string Read(const Path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }
  static void WaitIn(const Path& path, const std::string& part) {
    for (int i = 0; i < 3000; ++i) {
      if (Mentions(Read(path), part)) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    FAIL("\"" << part << "\" never came; there is:\n" << Read(path));
  }

  Path out_;
  Path err_;
  Child child_;
};

const char* const kOwn = "web: starting\nweb: listening\nweb: ready\n";

}  // namespace

TEST_CASE("the log of one task is what it wrote, and nothing else") {
  LogLab lab;
  lab.Service("web", "web:1");
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  const NmgrResult all = lab.Run({"logs", "web"});
  CHECK(all.exit_code == 0);
  CHECK(all.out == std::string(kOwn) + "web: warning\n");
  CHECK(all.err.empty());
  CHECK(lab.Run({"logs", "web", "--stdout"}).out == kOwn);
  CHECK(lab.Run({"logs", "web", "--stderr"}).out == "web: warning\n");
  CHECK(lab.Run({"logs", "web", "--stdout", "--stderr"}).out == all.out);
  CHECK(lab.Run({"logs", "web", "--tail", "1"}).out == "web: ready\nweb: warning\n");
  CHECK(lab.Run({"logs", "web", "--tail=0"}).out.empty());
  CHECK(lab.Run({"logs", "web", "--grep", "^web: (re|war)"}).out == "web: ready\nweb: warning\n");
  CHECK(lab.nomad.Writes().empty() == false);
}

TEST_CASE("the log of a job that is named by its exact ID needs no base directory") {
  LogLab lab;
  lab.Service("web", "web:1");
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  lab.Write("web", "one\n");
  lab.env["NMGR_BASE_DIR"] = lab.dir.At("nowhere");
  for (const char* word : {"job:web", "job:default/web"}) {
    const NmgrResult result = lab.Run({"logs", word});
    INFO(result.err);
    CHECK(result.exit_code == 0);
    CHECK(Mentions(result.out, "\none\n"));
    CHECK(result.err.empty());
  }
  CHECK(lab.Run({"logs", "web"}).exit_code == 64);
  CHECK(lab.Run({"logs", "job:gone"}).exit_code == 66);
  CHECK(lab.Run({"down", "job:web"}).exit_code == 64);
}

TEST_CASE("several tasks and allocations come one after another, each line behind its name") {
  LogLab lab;
  lab.Spec("web", TwoOfTwoTasks());
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  lab.Write("web", "more\n");
  const NmgrResult result = lab.Run({"logs", "web", "--tail", "1"});
  CHECK(result.out ==
        "main[0]/web | more\nmain[0]/web ! web: warning\n"
        "main[0]/side | side: ready\nmain[0]/side ! side: warning\n"
        "main[1]/web | web: ready\nmain[1]/web ! web: warning\n"
        "main[1]/side | side: ready\nmain[1]/side ! side: warning\n");
  CHECK(lab.Run({"logs", "web", "--task", "side", "--stdout", "--tail", "1"}).out ==
        "main[0]/side | side: ready\nmain[1]/side | side: ready\n");
  const std::string id = lab.Alloc("web").substr(0, 8);
  CHECK(lab.Run({"logs", "web", "--alloc", id, "--task", "web", "--stdout", "--tail", "1"}).out ==
        "more\n");
  // In colour where asked for, a colour each.
  const NmgrResult coloured = lab.Run({"logs", "web", "--tail", "1", "--color", "always"});
  CHECK(Mentions(coloured.out, "\x1b[36mmain[0]/web\x1b[0m | more\n"));
  CHECK(Mentions(coloured.out, "\x1b[32mmain[0]/side\x1b[0m | "));
}

TEST_CASE("several jobs at once have their names in front") {
  LogLab lab;
  lab.Service("web", "web:1");
  lab.Service("mail", "mail:1");
  REQUIRE(lab.Run({"up", "web", "mail"}).exit_code == 0);
  const NmgrResult result = lab.Run({"logs", "web", "mail", "--stdout", "--tail", "1"});
  CHECK(result.out == "mail.main[0]/mail | mail: ready\nweb.main[0]/web | web: ready\n");
  lab.Service("gone", "gone:1");
  const NmgrResult partly = lab.Run({"logs", "web", "gone", "--stdout", "--tail", "1"});
  CHECK(partly.exit_code == 1);
  CHECK(partly.out == "web: ready\n");
  CHECK(Mentions(partly.err, "error: gone: it is not registered in Nomad"));
}

TEST_CASE("logs as JSON: an object a line, names and bytes as they are") {
  LogLab lab;
  lab.Service("web", "web:1");
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  lab.Write("web", "a\tb \x1b[31m \xff end");
  const NmgrResult result = lab.Run({"logs", "web", "-o", "json", "--stdout", "--tail", "2"});
  CHECK(result.exit_code == 0);
  const Words lines = LinesWith(result.out, "{");
  REQUIRE(lines.size() == 2);
  const auto first = nlohmann::json::parse(lines[0]);
  CHECK(first == nlohmann::json{{"job", "web"},
                                {"namespace", "default"},
                                {"group", "main"},
                                {"task", "web"},
                                {"allocation", lab.Alloc("web")},
                                {"node", first["node"]},
                                {"stream", "stdout"},
                                {"line", "web: ready"}});
  CHECK(nlohmann::json::parse(lines[1])["line"] == "a\tb \x1b[31m \xEF\xBF\xBD end");
}

TEST_CASE("a terminal gets no bytes that steer it, a pipe gets all of them") {
  LogLab lab;
  lab.Service("web", "web:1");
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  lab.Write("web",
            "\x1b]0;owned\x07 \x9b"
            "2J\r\n");
  CHECK(lab.Run({"logs", "web", "--stdout", "--tail", "1"}).out ==
        "\x1b]0;owned\x07 \x9b"
        "2J\r\n");
  TerminalChild child({"logs", "web", "--stdout", "--tail", "1"}, lab.Options());
  CHECK(child.Wait() == 0);
  CHECK(child.shown() == "\\x1b]0;owned\\x07 \\x9b2J\r\n");
}

TEST_CASE("a task is asked for on a terminal where a job has several") {
  LogLab lab;
  lab.Spec("web", TwoOfTwoTasks());
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  TerminalChild child({"logs", "web", "--stdout", "--tail", "1"}, lab.Options());
  child.WaitFor("  1  main/web\r\n  2  main/side\r\n");
  child.WaitFor("(1-2, Enter: all): ");
  child.Type("nope\n");
  child.WaitFor("\"nope\" is none of them");
  child.Type("2\n");
  child.WaitFor("| side: ready");
  CHECK(child.Wait() == 0);
  CHECK_FALSE(Mentions(child.shown(), "web: ready"));

  TerminalChild all({"logs", "web", "--stdout", "--tail", "1"}, lab.Options());
  all.WaitFor("Enter: all): ");
  all.Type("\n");
  all.WaitFor("| web: ready");
  all.WaitFor("| side: ready");
  CHECK(all.Wait() == 0);

  TerminalChild named({"logs", "web", "--stdout", "--task=web"}, lab.Options());
  CHECK(named.Wait() == 0);
  CHECK_FALSE(Mentions(named.shown(), "Enter"));

  TerminalChild stopped({"logs", "web"}, lab.Options());
  stopped.WaitFor("Enter: all): ");
  stopped.Type("\x03");
  CHECK(stopped.Wait() == 130);
}

TEST_CASE("what was named and is not there is told with what is") {
  LogLab lab;
  lab.Spec("web", TwoOfTwoTasks());
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  const NmgrResult task = lab.Run({"logs", "web", "--task", "sied"});
  CHECK(task.exit_code == 1);
  CHECK(Mentions(task.err, "web: it has no task \"sied\""));
  CHECK(Mentions(task.err, "its tasks: web, side"));
  const NmgrResult group = lab.Run({"logs", "web", "--group", "nope"});
  CHECK(Mentions(group.err, "web: it has no group \"nope\""));
  CHECK(Mentions(group.err, "its groups: main"));
  const NmgrResult alloc = lab.Run({"logs", "web", "--alloc", "zzzz"});
  CHECK(Mentions(alloc.err, "web: it has no allocation \"zzzz\""));
  CHECK(Mentions(alloc.err, lab.Alloc("web").substr(0, 8)));
  CHECK(lab.Run({"logs"}).exit_code == 64);
  CHECK(lab.Run({"logs", "nope"}).exit_code == 66);
  CHECK(lab.Run({"logs", "web", "--tail", "-1"}).exit_code == 64);
  CHECK(lab.Run({"logs", "web", "--since", "1h"}).exit_code == 64);
  const NmgrResult pattern = lab.Run({"logs", "web", "--grep", "("});
  CHECK(pattern.exit_code == 64);
  CHECK(Mentions(pattern.err, "is not a regular expression"));
  CHECK(lab.Run({"logs", "web", "--previous", "-f"}).exit_code == 64);
}

TEST_CASE("the allocation before is that of --previous") {
  LogLab lab;
  lab.Service("web", "web:1");
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  lab.Write("web", "from the first\n");
  const NmgrResult none = lab.Run({"logs", "web", "--previous"});
  CHECK(none.exit_code == 0);
  CHECK(none.out.empty());
  CHECK(Mentions(none.err, "web: there is no allocation before the one it has"));
  lab.Service("web", "web:2");
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  lab.Write("web", "from the second\n");
  CHECK(lab.Run({"logs", "web", "--stdout", "--tail", "1"}).out == "from the second\n");
  CHECK(lab.Run({"logs", "web", "--stdout", "--tail", "1", "--previous"}).out ==
        "from the first\n");
}

TEST_CASE("the logs of what has ended, and of what a periodic job launched last") {
  LogLab lab;
  lab.Spec("once", ServiceSpec("once", "a:1", kBatchLines));
  lab.Spec("nightly", ServiceSpec("nightly", "a:1", kPeriodicLines));
  REQUIRE(lab.Run({"up", "once", "nightly"}).exit_code == 0);
  CHECK(Mentions(lab.Run({"logs", "once"}).out, "once: ready\n"));
  const NmgrResult none = lab.Run({"logs", "nightly"});
  CHECK(none.exit_code == 1);
  CHECK(Mentions(none.err, "nightly: it has not launched anything"));
  REQUIRE(lab.nomad.Send("POST", "/v1/job/nightly/periodic/force").status == 200);
  const NmgrResult child = lab.Run({"logs", "nightly"});
  CHECK(Mentions(child.err, "nightly: the newest of what it launched: nightly/periodic-"));
  CHECK(child.exit_code == 0);
}

TEST_CASE("a log that is followed begins with its last ten lines and goes on") {
  LogLab lab;
  lab.Service("web", "web:1");
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  std::string lines;
  for (int i = 0; i < 20; ++i) lines += "old " + std::to_string(i) + "\n";
  lab.Write("web", lines);
  Following follow(lab, "logs web -f --stdout");
  follow.WaitFor("old 19\n");
  lab.Write("web", "new 1\nnew ");
  follow.WaitFor("new 1\n");
  lab.Write("web", "2\n");
  follow.WaitFor("new 2\n");
  CHECK(follow.End() == 130);
  CHECK(follow.Out() == lines.substr(lines.find("old 10")) + "new 1\nnew 2\n");
}

TEST_CASE("a connection that is lost goes on at its offset: nothing twice, nothing missing") {
  LogLab lab;
  lab.Service("web", "web:1");
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  Following follow(lab, "logs web -f --stdout --tail 1");
  follow.WaitFor("web: ready\n");
  std::string expected = "web: ready\n";
  for (int i = 0; i < 4; ++i) {
    const std::string line = "line " + std::to_string(i) + "\n";
    const std::string away = "while away " + std::to_string(i) + "\n";
    lab.Write("web", line);
    follow.WaitFor(line);
    lab.Write("web", "", {{"cut", true}});
    lab.Write("web", away, {{"rotate", i % 2 == 1}});
    follow.WaitFor(away);
    expected += line + away;
  }
  follow.WaitForNotice("the connection was lost");
  CHECK(follow.End() == 130);
  CHECK(follow.Out() == expected);
}

// An index that stands answers every blocking query at once.
TEST_CASE("a server whose index stands is asked for allocations now and then, not all the time") {
  LogLab lab({.faults = {"GET /v1/job/web/allocations index=5"}});
  lab.Service("web", "web:1");
  REQUIRE(lab.Run({"up", "-d", "web"}).exit_code == 0);
  lab.nomad.ClearLog();
  Following follow(lab, "logs web -f --stdout --tail 1");
  follow.WaitFor("web: ready\n");
  for (int i = 0; i < 10; ++i) {
    const std::string line = "line " + std::to_string(i) + "\n";
    lab.Write("web", line);
    follow.WaitFor(line);
  }
  std::this_thread::sleep_for(std::chrono::seconds(1));
  CHECK(follow.End() == 130);
  const int asked = lab.nomad.CountOf("GET /v1/job/web/allocations");
  CHECK(asked > 0);
  CHECK(asked < 40);  // some of them by this test
}

TEST_CASE("new allocations are followed after a redeploy, from their start") {
  LogLab lab;
  lab.Service("web", "web:1");
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  Following follow(lab, "logs web -f --stdout --tail 1");
  follow.WaitFor("web: ready\n");
  lab.Write("web", "before\n");
  follow.WaitFor("before\n");
  lab.Service("web", "web:2");
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  follow.WaitFor("web: starting\n");
  lab.Write("web", "after\n");
  follow.WaitFor("after\n");
  follow.WaitForNotice("web: now web.main[0] (" + lab.Alloc("web").substr(0, 8));
  // Also where nothing ran in between.
  REQUIRE(lab.Run({"down", "web"}).exit_code == 0);
  follow.WaitForNotice("web: nothing of it runs now");
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  lab.Write("web", "once more\n");
  follow.WaitFor("once more\n");
  CHECK(follow.End() == 130);
  CHECK(follow.Out() ==
        std::string("web: ready\nbefore\n") + kOwn + "after\n" + kOwn + "once more\n");
}

TEST_CASE("a batch job, and an allocation that was named, are followed until they have ended") {
  LogLab lab({.busy = {"once"}});
  lab.Spec("once", ServiceSpec("once", "a:1", kBatchLines));
  REQUIRE(lab.Run({"up", "-d", "once"}).exit_code == 0);
  lab.Service("web", "web:1");
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  Following batch(lab, "logs once -f --stdout");
  batch.WaitFor("once: ready\n");
  REQUIRE(lab.Run({"down", "once"}).exit_code == 0);
  CHECK(batch.Wait() == 0);
  CHECK(lab.Run({"logs", "once", "-f", "--stdout"}).out ==
        "once: starting\nonce: listening\nonce: ready\n");

  Following named(lab, "logs web -f --stdout --alloc " + lab.Alloc("web").substr(0, 6));
  named.WaitFor("web: ready\n");
  REQUIRE(lab.Run({"down", "web"}).exit_code == 0);
  CHECK(named.Wait() == 0);
}

TEST_CASE("at most forty logs are followed, the rest is named") {
  LogLab lab;
  std::string spec =
      "job \"many\" {\n  group \"main\" {\n    count = 21\n" + DockerTask("many") + "  }\n}\n";
  lab.Spec("many", spec);
  REQUIRE(lab.Run({"up", "many"}).exit_code == 0);
  Following follow(lab, "logs many -f --tail 1");
  follow.WaitForNotice("40 logs are followed, the most at once; not followed: many.main[20] (");
  follow.WaitFor("main[19]/many ! ");
  CHECK(follow.End() == 130);
  const Words named = LinesWith(follow.Err(), "warning: 40 logs");
  REQUIRE(named.size() == 1);
  CHECK(Mentions(named[0], "task many, stdout"));
  CHECK(Mentions(named[0], "task many, stderr"));
  CHECK_FALSE(Mentions(named[0], "main[19]"));
}

TEST_CASE("a follow whose reader went away ends") {
  LogLab lab;
  lab.Service("web", "web:1");
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  const NmgrResult result =
      RunShell("\"$NMGR\" logs web -f --stdout | head -n 2; echo ${PIPESTATUS[0]}", lab.Options());
  CHECK(result.out == "web: starting\nweb: listening\n0\n");
}

TEST_CASE("a token that may not read logs ends them with what it lacks") {
  LogLab lab({.faults = {"GET /v1/client/fs/logs 403 Permission denied"}});
  lab.Service("web", "web:1");
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  for (const Words& words : {Words{"logs", "web"}, Words{"logs", "web", "-f"}}) {
    const NmgrResult result = lab.Run(words);
    CHECK(result.exit_code == 1);
    CHECK(Mentions(result.err, "\"read-logs\" in namespace \"default\""));
  }
}

TEST_CASE("logs where nobody answers") {
  LogLab lab;
  lab.Service("web", "web:1");
  lab.nomad.Kill();
  const NmgrResult result = lab.Run({"logs", "web", "-f"});
  CHECK(result.exit_code == 69);
  CHECK(result.out.empty());
}

}  // namespace nmgr::testing
