#include "cli/command_line.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

namespace {

using nmgr::Error;
using nmgr::ErrorCode;
using nmgr::cli::CommandLine;
using nmgr::cli::ParseCommandLine;
using Words = std::vector<std::string>;

CommandLine Parse(const Words& words) {
  nmgr::Expected<CommandLine> line = ParseCommandLine(words);
  INFO((line ? "" : line.error().message));
  REQUIRE(line.has_value());
  return *std::move(line);
}

Error Fail(const Words& words) {
  const nmgr::Expected<CommandLine> line = ParseCommandLine(words);
  REQUIRE_FALSE(line.has_value());
  CHECK(line.error().code == ErrorCode::kUsage);
  return line.error();
}

Words WordsOf(const CommandLine& line, const std::string& name) {
  const auto found = line.options.find(name);
  return found == line.options.end() ? Words{"(not given)"} : found->second;
}

}  // namespace

TEST_CASE("options stand before or after the action") {
  for (const Words& words :
       {Words{"-n", "--base-dir", "/x", "list", "nas"}, Words{"list", "-n", "nas", "--base-dir=/x"},
        Words{"list", "nas", "--base-dir", "/x", "--dry-run"}}) {
    const CommandLine line = Parse(words);
    CHECK(line.action->name == "list");
    CHECK(line.targets == Words{"nas"});
    CHECK(WordsOf(line, "dry-run") == Words{"true"});
    CHECK(WordsOf(line, "base-dir") == Words{"/x"});
  }
}

TEST_CASE("options of the action stand before it too") {
  for (const Words& words : {Words{"-l", "list", "all"}, Words{"list", "-l", "all"},
                             Words{"list", "all", "--long"}, Words{"-nl", "list", "all"}}) {
    CHECK(Parse(words).action->name == "list");
    CHECK(Parse(words).targets == Words{"all"});
  }
  CHECK(Fail({"--regexp", "list", "all"}).message == "list has no option --regexp");
}

TEST_CASE("letters can be joined and values attached") {
  const CommandLine line = Parse({"-ndp", "-ojson", "-c=/x.toml", "down", "all", "-qv"});
  CHECK(WordsOf(line, "dry-run") == Words{"true"});
  CHECK(WordsOf(line, "detach") == Words{"true"});
  CHECK(WordsOf(line, "purge") == Words{"true"});
  CHECK(WordsOf(line, "output") == Words{"json"});
  CHECK(WordsOf(line, "config") == Words{"/x.toml"});
  CHECK(WordsOf(line, "verbose") == Words{"true"});
  CHECK(WordsOf(Parse({"list", "-no", "json", "x"}), "output") == Words{"json"});
  CHECK(WordsOf(Parse({"list", "--dry-run=false", "x"}), "dry-run") == Words{"false"});
}

TEST_CASE("two dashes end the options") {
  CHECK(Parse({"find", "--", "-n"}).targets == Words{"-n"});
  CHECK(Parse({"list", "--", "--", "-n"}).targets == Words{"--", "-n"});
  CHECK(Parse({"--", "list", "-n"}).targets == Words{"-n"});
  CHECK(Parse({"find", "-"}).targets == Words{"-"});
}

TEST_CASE("names of actions are targets behind the action") {
  CHECK(Parse({"list", "find", "list"}).targets == Words{"find", "list"});
}

TEST_CASE("a list option takes commas, repetition and several words") {
  const auto infra = [](const Words& words) { return WordsOf(Parse(words), "infra-jobs"); };
  CHECK(infra({"list", "all", "--infra-jobs", "a,b"}) == Words{"a", "b"});
  CHECK(infra({"list", "all", "--infra-jobs", "a", "b", "c,d"}) == Words{"a", "b", "c", "d"});
  CHECK(infra({"list", "all", "--infra-jobs", "a", "--infra-jobs", "b"}) == Words{"a", "b"});
  CHECK(infra({"list", "all", "--infra-jobs=a,b"}) == Words{"a", "b"});
  CHECK(infra({"list", "--infra-jobs=a", "all"}) == Words{"a"});
  CHECK(Parse({"list", "--infra-jobs=a", "all"}).targets == Words{"all"});
}

TEST_CASE("the words of a list end at the next option, at -- or at the action") {
  CommandLine line = Parse({"--infra-jobs", "a", "b", "list", "all"});
  CHECK(WordsOf(line, "infra-jobs") == Words{"a", "b"});
  CHECK(line.action->name == "list");
  CHECK(line.targets == Words{"all"});

  line = Parse({"list", "--ignore-dirs", "x", "y", "-n", "all"});
  CHECK(WordsOf(line, "ignore-dirs") == Words{"x", "y"});
  CHECK(line.targets == Words{"all"});

  line = Parse({"list", "--ignore-dirs", "x", "--", "all"});
  CHECK(WordsOf(line, "ignore-dirs") == Words{"x"});
  CHECK(line.targets == Words{"all"});

  line = Parse({"--ignore-dirs", "a", "--infra-jobs", "list", "all"});
  CHECK(WordsOf(line, "ignore-dirs") == Words{"a"});
  CHECK(WordsOf(line, "infra-jobs").empty());
}

TEST_CASE("given without a word a list is empty") {
  CHECK(WordsOf(Parse({"--infra-jobs", "list", "all"}), "infra-jobs").empty());
  CHECK(WordsOf(Parse({"list", "all", "--infra-jobs"}), "infra-jobs").empty());
  CHECK(WordsOf(Parse({"list", "all", "--infra-jobs="}), "infra-jobs").empty());
  CHECK(WordsOf(Parse({"list", "all"}), "infra-jobs") == Words{"(not given)"});
}

TEST_CASE("a list that took the action or the target is told of") {
  const Error no_action = Fail({"--infra-jobs", "garage", "caddy", "all"});
  CHECK(no_action.message == "no action is given");
  CHECK(no_action.hint.find("--infra-jobs took the words \"garage caddy all\"") == 0);
  const CommandLine line = Parse({"list", "--infra-jobs", "garage", "caddy", "all"});
  CHECK(line.targets.empty());
  CHECK(line.no_target_hint.find("--infra-jobs took the words \"garage caddy all\"") == 0);
  CHECK(Parse({"list", "all", "--infra-jobs", "garage"}).no_target_hint.empty());
  CHECK(Parse({"list", "--infra-jobs=garage"}).no_target_hint.empty());
}

TEST_CASE("what is misspelt is named with the nearest") {
  CHECK(Fail({"lisst", "all"}).message == "there is no action \"lisst\"");
  CHECK(Fail({"lisst", "all"}).hint == "did you mean list?");
  CHECK(Fail({"--dryrun", "list"}).message == "there is no option --dryrun");
  CHECK(Fail({"--dryrun", "list"}).hint == "did you mean --dry-run?");
  CHECK(Fail({"list", "all", "--lnog"}).message == "list has no option --lnog");
  CHECK(Fail({"list", "all", "--lnog"}).hint == "did you mean --long?");
  CHECK(Fail({"list", "-z"}).message == "list has no option -z");
  CHECK(Fail({"list", "-nz"}).message == "list has no option -z");
  CHECK(Fail({"-n"}).message == "no action is given");
}

TEST_CASE("verbs of other tools are told what there is") {
  CHECK(Fail({"log", "vaultwarden"}).message == "nmgr has no log: nmgr logs vaultwarden");
  CHECK(Fail({"tail"}).message == "nmgr has no tail: nmgr logs -f JOB");
  CHECK(Fail({"shell", "web", "--", "sh", "-c", "x"}).message ==
        "nmgr has no shell: nmgr exec web");
  CHECK(Fail({"--foo", "bar", "list"}).message == "there is no option --foo");
  CHECK(Fail({"start", "web", "-n"}).message == "nmgr has no start: nmgr up web");
  CHECK(Fail({"-n", "destroy", "web"}).message == "nmgr has no destroy: nmgr down -p web");
  CHECK(Fail({"grep", "a b; rm"}).message == "nmgr has no grep: nmgr find JOB");
  for (const char* verb : {"start", "apply", "stop", "destroy", "status", "ps", "grep", "logs",
                           "exec", "run", "rm", "kill", "delete", "deploy", "restart"}) {
    if (nmgr::cli::FindAction(verb) != nullptr) continue;
    CHECK(Fail({verb, "web"}).message.find(std::string("nmgr has no ") + verb + ": n") == 0);
  }
}

TEST_CASE("an action gets the arguments that it declares") {
  CHECK(Fail({"config", "x"}).message == "config takes no target");
  CHECK(Fail({"find"}).message == "find takes one string");
  CHECK(Fail({"find", ""}).message == "find takes one string");
  CHECK(Fail({"find", "a", "b"}).hint == "quote it if it holds blanks");
}

TEST_CASE("an option without its value is an error") {
  CHECK(Fail({"list", "all", "--base-dir"}).message == "--base-dir needs a value (DIR)");
  CHECK(Fail({"up", "all", "--timeout", "-n"}).message == "--timeout needs a value (T)");
  CHECK(Fail({"-o"}).message == "-o needs a value (FORM)");
  CHECK(WordsOf(Parse({"list", "all", "--var=a=-1"}), "var") == Words{"a=-1"});
}

TEST_CASE("repeated options keep their order") {
  CHECK(WordsOf(Parse({"list", "--var", "a=1", "x", "--var", "b=2,3"}), "var") ==
        Words{"a=1", "b=2,3"});
  CHECK(WordsOf(Parse({"list", "--exclude", "a", "x", "--exclude", "b"}), "exclude") ==
        Words{"a", "b"});
}

TEST_CASE("an option that the action does not heed is a usage error") {
  for (const Words& words : {Words{"list", "--purge", "all"}, Words{"--purge", "list", "all"}}) {
    CHECK(Fail(words).message == "list has no option --purge");
    CHECK(Fail(words).hint == "`nmgr list -h` shows its options");
  }
  CHECK(Fail({"-p", "list", "all"}).message == "list has no option -p");
  CHECK(Fail({"list", "all", "-np"}).message == "list has no option -p");
  CHECK(Fail({"config", "--detach"}).message == "config has no option --detach");
  CHECK(Fail({"up", "all", "-p"}).message == "up has no option -p");
}

TEST_CASE("options of one action stand anywhere") {
  for (const Words& words :
       {Words{"-p", "down", "x"}, Words{"-np", "down", "x"}, Words{"down", "x", "-np"}}) {
    const CommandLine line = Parse(words);
    CHECK(line.action->name == "down");
    CHECK(line.targets == Words{"x"});
    CHECK(WordsOf(line, "purge") == Words{"true"});
  }
}

TEST_CASE("a letter that two actions have is that of the action") {
  CHECK(WordsOf(Parse({"list", "-l", "x"}), "long") == Words{"true"});
  CHECK(WordsOf(Parse({"-l", "find", "x"}), "lines") == Words{"true"});
  CHECK(WordsOf(Parse({"find", "-l", "x"}), "long") == Words{"(not given)"});
  CHECK(Fail({"up", "-l", "x"}).message == "up has no option -l");
}

TEST_CASE("an optional value is the next word, if that is no option") {
  CHECK(WordsOf(Parse({"up", "--restore", "--forget"}), "forget") == Words{""});
  CHECK(WordsOf(Parse({"up", "--restore", "--forget", "web"}), "forget") == Words{"web"});
  CHECK(WordsOf(Parse({"up", "--forget", "--restore"}), "forget") == Words{""});
  CHECK(WordsOf(Parse({"--restore", "--forget", "up"}), "forget") == Words{""});
  CHECK(WordsOf(Parse({"up", "--forget=web", "x"}), "forget") == Words{"web"});
}

TEST_CASE("words that look special to the library are only words") {
  CHECK(Parse({"list", "[a,b]", "", "x y", "{}", "%%", "a=b"}).targets ==
        Words{"[a,b]", "", "x y", "{}", "%%", "a=b"});
  CHECK(WordsOf(Parse({"list", "x", "--var", "a=[1,2]", "--var=b={}"}), "var") ==
        Words{"a=[1,2]", "b={}"});
  CHECK(WordsOf(Parse({"list", "x", "--base-dir", "{}"}), "base-dir") == Words{"{}"});
  CHECK(WordsOf(Parse({"list", "x", "--base-dir", ""}), "base-dir") == Words{""});
  CHECK(WordsOf(Parse({"list", "x", "--dry-run="}), "dry-run") == Words{""});
}

TEST_CASE("help is an action of its own, and what nothing at all asks for") {
  CHECK(Parse({}).help);
  CHECK(Parse({"help"}).help);
  CHECK(Parse({"help"}).action == nullptr);
  CHECK(Parse({"help", "up"}).help);
  CHECK(Parse({"help", "up"}).action->name == "up");
  CHECK(Parse({"help", "diff"}).action->name == "plan");
  CHECK(Fail({"help", "lisst"}).hint == "did you mean list?");
  CHECK(Parse({"list", "help"}).targets == Words{"help"});
}

TEST_CASE("help and version need no action and win over what is missing") {
  CHECK(Parse({"-h"}).help);
  CHECK(Parse({"list", "--help"}).action->name == "list");
  CHECK(Parse({"list", "-nh"}).help);
  CHECK_FALSE(Parse({"revert", "web", "--version", "abc"}).version);
  CHECK_FALSE(Parse({"revert", "web", "--version="}).version);
  CHECK(Parse({"revert", "web", "--version"}).version);
  CHECK(Parse({"--version"}).version);
  CHECK_FALSE(Parse({"find", "--", "-h"}).help);
}
