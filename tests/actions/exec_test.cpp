// exec: a command in a task, really run by the stand-in: streams, exit codes, terminal, refusals.
#include <catch2/catch.hpp>
#include <csignal>
#include <fstream>
#include <thread>

#include "actions/lab.h"
#include "support/terminal.h"

namespace nmgr::testing {
namespace {

// A job "one" with one task, and "web" with two allocations of two.
class ExecLab : public Lab {
 public:
  explicit ExecLab(FakeNomadOptions options = {}) : Lab(std::move(options)) {
    Service("one", "one:1");
    Spec("web", TwoOfTwoTasks());
    REQUIRE(Run({"up", "one", "web"}).exit_code == 0);
    nomad.ClearLog();
  }
  NmgrResult Exec(const Words& more, const std::string& input = {}) const {
    Words words = {"exec", "one"};
    words.insert(words.end(), more.begin(), more.end());
    NmgrOptions options = Options();
    options.input = input;
    return RunNmgr(words, options);
  }
};

// All byte values, more than a frame of them.
std::string Blob() {
  std::string blob;
  for (int i = 0; i < 300'000; ++i) blob += static_cast<char>(i * 7 + i / 256);
  return blob;
}

}  // namespace

TEST_CASE("a command's streams stay apart, and its exit code is that of nmgr") {
  const ExecLab lab;
  const NmgrResult result = lab.Exec({"--", "sh", "-c", "echo out; echo err >&2; exit 3"});
  CHECK(result.exit_code == 3);
  CHECK(result.out == "out\n");
  CHECK(result.err == "err\n");
  CHECK(lab.Exec({"--", "true"}).exit_code == 0);
  CHECK(lab.Exec({"--", "sh", "-c", "kill -9 $$"}).exit_code == 137);
  CHECK(lab.Exec({"--", "sh", "-c", "exit 255"}).exit_code == 255);
  // Every word as it is.
  CHECK(lab.Exec({"--", "printf", "%s|", "a b", "", "$HOME", "\"é", "--task", "-n"}).out ==
        "a b||$HOME|\"é|--task|-n|");
}

TEST_CASE("stdin is handed on, byte for byte, to its end") {
  const ExecLab lab;
  CHECK(lab.Exec({"--", "cat"}, "hello\nmore").out == "hello\nmore");
  const std::string blob = Blob();
  CHECK(lab.Exec({"--", "cat"}, blob).out == blob);
  CHECK(lab.Exec({"--", "wc", "-c"}, "").out == "0\n");
  const NmgrResult pipe = RunShell(
      "(echo first; sleep 0.2; echo second) | \"$NMGR\" exec one -- sh -c 'read a; read b; echo "
      "\"$b $a\"'",
      lab.Options());
  CHECK(pipe.out == "second first\n");
}

TEST_CASE("a command that ends before its input does") {
  const ExecLab lab;
  const NmgrResult result = lab.Exec({"--", "head", "-c", "3"}, Blob());
  CHECK(result.exit_code == 0);
  CHECK(result.out == Blob().substr(0, 3));
}

TEST_CASE("without a command it is a shell") {
  const ExecLab lab;
  CHECK(lab.Exec({}, "echo $((6*7)); exit 4\n").out == "42\n");
  CHECK(lab.Exec({"--"}, "exit 4\n").exit_code == 4);
}

TEST_CASE("which task is meant has to be said where nobody can be asked") {
  const ExecLab lab;
  const NmgrResult several = lab.Run({"exec", "web", "--", "true"});
  CHECK(several.exit_code == 64);
  CHECK(Mentions(several.err, "web runs 2 tasks: main/web, main/side"));
  CHECK(Mentions(several.err, "--task"));
  const NmgrResult named = lab.Run({"exec", "web", "--task", "side", "--", "echo", "hi"});
  CHECK(named.exit_code == 0);
  CHECK(named.out == "hi\n");
  CHECK(Mentions(named.err, "web: in web.main[0] ("));
  CHECK(Mentions(named.err, "one of 2"));
  const auto requests = lab.nomad.Requests();
  CHECK(Mentions(requests.back().path, "task=side&tty=false&command=%5B%22echo%22%2C%22hi%22%5D"));
  CHECK(requests.back().status == 101);
  const NmgrResult wrong = lab.Run({"exec", "web", "--task", "sied", "--", "true"});
  CHECK(wrong.exit_code == 1);
  CHECK(Mentions(wrong.err, "its tasks: web, side"));
}

TEST_CASE("exec takes one job, and a command behind two dashes") {
  const ExecLab lab;
  CHECK(lab.Run({"exec"}).exit_code == 64);
  const NmgrResult words = lab.Run({"exec", "one", "ls"});
  CHECK(words.exit_code == 64);
  CHECK(Mentions(words.err, "nmgr exec one -- ls"));
  const NmgrResult all = lab.Run({"exec", "all", "--", "true"});
  CHECK(all.exit_code == 64);
  CHECK(Mentions(all.err, "exec takes one job; all selects 2"));
  CHECK(lab.Run({"exec", "nope", "--", "true"}).exit_code == 66);
  CHECK(lab.nomad.CountOf("GET /v1/client") == 0);
}

TEST_CASE("a dry run of exec runs nothing") {
  const ExecLab lab;
  const NmgrResult result = lab.Exec({"-n", "--", "touch", lab.dir.At("made")});
  CHECK(result.exit_code == 0);
  CHECK(Mentions(result.out, "[DRY RUN] would run `touch "));
  CHECK(Mentions(result.out, "in one of one.main[0] ("));
  CHECK(lab.nomad.CountOf("GET /v1/client") == 0);
  CHECK_FALSE(std::ifstream(lab.dir.At("made")).good());
}

TEST_CASE("exec as JSON keeps the output for one document") {
  const ExecLab lab;
  const NmgrResult result =
      lab.Exec({"-o", "json", "--", "sh", "-c", "cat; echo e >&2; exit 5"}, "in");
  CHECK(result.exit_code == 5);
  const auto document = nlohmann::json::parse(result.out);
  CHECK(document["exit_code"] == 5);
  CHECK(document["stdout"] == "in");
  CHECK(document["stderr"] == "e\n");
  CHECK(document["task"] == "one");
  CHECK(document["cut"] == false);
}

TEST_CASE("a command that is not there ends with 127, one that cannot be run with 126") {
  const ExecLab lab;
  const Path plain = lab.dir.Write("plain", "echo no\n");
  struct Row {
    std::string command;
    int code;
    std::string why;
  };
  for (const Row& row :
       {Row{"no-such-command", 127,
            "exec: \"no-such-command\": executable file not found in $PATH"},
        Row{"/no/such/command", 127, "fork/exec /no/such/command: no such file or directory"},
        Row{plain, 126, "fork/exec " + plain + ": permission denied"},
        Row{lab.dir.path(), 126, "fork/exec " + lab.dir.path() + ": permission denied"},
        Row{plain + "/x", 126, "fork/exec " + plain + "/x: not a directory"}}) {
    INFO(row.command);
    const NmgrResult result = lab.Exec({"--", row.command});
    CHECK(result.exit_code == row.code);
    CHECK(
        Mentions(result.err, "error: one: the command cannot be started in one of one.main[0] ("));
    CHECK(result.err.ends_with("): " + row.why + "\n"));
  }
  const NmgrResult json = lab.Exec({"-o", "json", "--", "no-such-command"});
  CHECK(json.exit_code == 127);
  CHECK(nlohmann::json::parse(json.out)["exit_code"] == 127);
}

TEST_CASE("words like those of a command that is missing, of something else, are no code of one") {
  for (const char* words : {"dial unix /var/run/docker.sock: connect: permission denied",
                            "no such file or directory"}) {
    const ExecLab lab({.faults = {std::string("GET /v1/client/allocation 500 ") + words}});
    CHECK(lab.Exec({"--", "true"}).exit_code == 1);
  }
  for (const auto& [words, code] : std::vector<std::pair<std::string, int>>{
           {"OCI runtime exec failed: exec failed: unable to start container process: exec: \"x\": "
            "executable file not found in $PATH: unknown",
            127},
           {"OCI runtime exec failed: exec failed: unable to start container process: exec: "
            "\"/x\": permission denied: unknown",
            126}}) {
    const ExecLab lab({.faults = {"GET /v1/client/allocation 500 " + words}});
    CHECK(lab.Exec({"--", "x"}).exit_code == code);
  }
}

TEST_CASE("refusals are told, and are no exit code of the command") {
  const ExecLab lab;
  REQUIRE(lab.Run({"down", "one"}).exit_code == 0);
  const NmgrResult stopped = lab.Exec({"--", "true"});
  CHECK(stopped.exit_code == 1);
  CHECK(Mentions(stopped.err, "one: nothing of it runs now"));
}

TEST_CASE("a token that may not run commands") {
  const ExecLab lab({.faults = {"GET /v1/client/allocation 403 Permission denied"}});
  const NmgrResult result = lab.Exec({"--", "true"});
  CHECK(result.exit_code == 1);
  CHECK(Mentions(result.err, "alloc-exec"));
}

TEST_CASE("a connection that closes before the end is told") {
  const ExecLab lab({.faults = {"GET /v1/client/allocation close"}});
  const NmgrResult result = lab.Exec({"--", "true"});
  CHECK(result.exit_code == 1);
  CHECK(Mentions(result.err, "closed"));
}

TEST_CASE("an interrupted command without a terminal: it may go on, and that is said") {
  const ExecLab lab;
  const std::string begun = lab.dir.At("begun");
  Child child =
      StartNmgr({"exec", "one", "--", "sh", "-c", "echo > " + begun + "; sleep 30"}, lab.Options());
  for (int i = 0; i < 3000 && !std::ifstream(begun).good(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  REQUIRE(std::ifstream(begun).good());
  child.Signal(SIGINT);
  const NmgrResult result = child.Wait();
  CHECK(result.exit_code == 130);
  CHECK(Mentions(result.err, "the command may go on in one of one.main[0] ("));
}

TEST_CASE("a shell in a terminal: echo, window size and its changes, exit code") {
  const ExecLab lab;
  TerminalChild child({"exec", "one"}, lab.Options());
  child.Type("PS1='> '\n");
  child.Type("stty size\n");
  child.WaitFor("24 80");
  CHECK(child.IsRaw());
  child.Resize(40, 100);
  // The size travels beside the keys: ask until it has arrived.
  child.Type("until [ \"$(stty size)\" = '40 100' ]; do sleep 0.05; done; echo now $(stty size)\n");
  child.WaitFor("now 40 100");
  child.Type("exit 7\n");
  CHECK(child.Wait() == 7);
}

TEST_CASE("Ctrl-C and Ctrl-D in a terminal are the command's") {
  const ExecLab lab;
  TerminalChild interrupted({"exec", "one", "--", "sh", "-c", "echo begun; sleep 30"},
                            lab.Options());
  interrupted.WaitFor("begun");
  interrupted.Type("\x03");
  CHECK(interrupted.Wait() == 130);
  CHECK_FALSE(Mentions(interrupted.shown(), "nmgr: ending"));

  TerminalChild ended({"exec", "one", "--", "cat"}, lab.Options());
  ended.Type("word\n");
  ended.WaitFor("word\r\nword\r\n");
  ended.Type("\x04");
  CHECK(ended.Wait() == 0);
}

TEST_CASE("the terminal comes back as it was, also where a signal ends it") {
  const ExecLab lab;
  TerminalChild shell({"exec", "one", "--", "sh", "-c", "echo begun; sleep 30"}, lab.Options());
  shell.WaitFor("begun");
  CHECK(shell.IsRaw());
  shell.Signal(SIGTERM);
  shell.WaitFor("the command may go on in one of one.main[0] (");
  CHECK(shell.Wait() == 143);
  CHECK_FALSE(shell.IsRaw());
}

TEST_CASE("a task is asked for on a terminal") {
  const ExecLab lab;
  TerminalChild child({"exec", "web", "--", "echo", "hi"}, lab.Options());
  child.WaitFor("  1  main/web\r\n  2  main/side\r\n");
  child.WaitFor("task (1-2): ");
  child.Type("\n");
  child.WaitFor("is none of them");
  child.Type("si\n");
  child.WaitFor("hi\r\n");
  CHECK(child.Wait() == 0);
  CHECK(Mentions(lab.nomad.Requests().back().path, "task=side&tty=true"));

  TerminalChild stopped({"exec", "web"}, lab.Options());
  stopped.WaitFor("task (1-2): ");
  stopped.Type("\x04");
  CHECK(stopped.Wait() == 64);
}

TEST_CASE("a command whose output goes elsewhere gets no terminal and no input from it") {
  const ExecLab lab;
  TerminalChild child({"exec", "one", "--", "cat"}, lab.Options(), lab.dir.At("out"));
  CHECK(child.Wait() == 0);
}

}  // namespace nmgr::testing
