// Completion: what is offered for the word that is being typed, and that bash, zsh and fish take
// it. The shells are real ones, loaded with the scripts; bash and zsh are typed at in a terminal.
#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "nmgr/actions/action.h"
#include "nmgr/cli/options.h"
#include "support/fake_nomad_process.h"
#include "support/run_nmgr.h"
#include "support/temp_dir.h"

namespace {

using nmgr::testing::NmgrOptions;
using nmgr::testing::NmgrResult;
using nmgr::testing::RunNmgr;
using nmgr::testing::RunShell;
using nmgr::testing::TempDir;
using Words = std::vector<std::string>;

std::string Job(const std::string& id, const std::string& task) {
  return "job \"" + id + "\" {\n  group \"main\" {\n    task \"" + task +
         "\" {\n      driver = \"docker\"\n      config {\n        image = \"docker.io/" + id +
         ":1\"\n      }\n    }\n  }\n}\n";
}

struct CompletionLab {
  CompletionLab() {
    dir.Write("cld/jellyfin.hcl", Job("jellyfin", "server"));
    dir.Write("cld/jellyseerr.hcl", Job("jellyseerr", "web"));
    dir.Write("cld/nextcloud.hcl", Job("nextcloud", "php"));
    dir.Write("cld/torn.hcl", "job \"torn\" {\n");
    env = {{"NMGR_BASE_DIR", dir.At("cld")},
           {"NMGR_CONFIG", dir.Write("own.toml", "[filter.gpu]\nkeywords = [\"/dev/dri\"]\n")},
           {"NOMAD_ADDR", "http://127.0.0.1:1"}};
  }
  NmgrOptions Options() const {
    NmgrOptions options;
    options.env = env;
    options.folder = dir.path();
    return options;
  }

  // The words that are offered, without what is said of them.
  Words Offered(Words typed) const {
    typed.insert(typed.begin(), "__complete");
    const NmgrResult result = RunNmgr(typed, Options());
    CHECK(result.exit_code == 0);
    CHECK(result.err.empty());
    Words words;
    std::size_t at = 0;
    while (at < result.out.size()) {
      const std::size_t end = result.out.find('\n', at);
      words.push_back(result.out.substr(at, std::min(result.out.find('\t', at), end) - at));
      at = end + 1;
    }
    return words;
  }

  TempDir dir;
  std::map<std::string, std::string> env;
};

bool Offers(const Words& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

TEST_CASE("actions and their options are completed, from the tables") {
  const CompletionLab lab;
  const Words actions = lab.Offered({""});
  for (const nmgr::actions::Action& action : nmgr::actions::AllActions()) {
    INFO(action.name);
    CHECK(Offers(actions, std::string(action.name)));
    const Words options = lab.Offered({std::string(action.name), "--"});
    std::set<std::string> heeded;
    for (const nmgr::cli::Option& row : nmgr::cli::Options()) {
      if (row.on_command_line() && nmgr::cli::Heeds(action, row)) {
        heeded.insert("--" + std::string(row.name));
      }
    }
    CHECK(std::set<std::string>(options.begin(), options.end()) == heeded);
  }
  CHECK(lab.Offered({"lis"}) == Words{"list"});
  CHECK(lab.Offered({"list", "--lo"}) == Words{"--long"});
  CHECK(lab.Offered({"list", "--purge"}).empty());
  CHECK(lab.Offered({"-n", "li"}) == Words{"list"});
  CHECK(lab.Offered({"--base-dir", "cld", "li"}) == Words{"list"});
}

TEST_CASE("values of options are completed") {
  const CompletionLab lab;
  CHECK(lab.Offered({"list", "--output", "j"}) == Words{"json"});
  CHECK(lab.Offered({"list", "--output=j"}) == Words{"--output=json"});
  CHECK(lab.Offered({"list", "-o", ""}) == Words{"text", "json", "lines", "github"});
  CHECK(lab.Offered({"list", "--config", ""}) == Words{":files"});
  CHECK(lab.Offered({"list", "--base-dir", "x"}) == Words{":folders"});
  CHECK(lab.Offered({"list", "all", "--exclude", "jellyf"}) == Words{"jellyfin"});
  CHECK(lab.Offered({"list", "all", "--and", "driv"}) == Words{"driver:"});
  CHECK(lab.Offered({"list", "--infra-jobs", "nextcloud", "jellyf"}) == Words{"jellyfin"});
  CHECK(lab.Offered({"restart", "jellyfin", "--task", ""}) == Words{"server"});
  CHECK(lab.Offered({"restart", "--task", "p"}) == Words{"php"});
  CHECK(lab.Offered({"completion", ""}) == Words{"bash", "zsh", "fish"});
}

TEST_CASE("targets are completed: words, filters, jobs, values") {
  const CompletionLab lab;
  const Words all = lab.Offered({"up", ""});
  for (const char* word : {"infra", "services", "all", "nas", "gpu", "jellyfin", "torn"}) {
    INFO(word);
    CHECK(Offers(all, word));
  }
  CHECK(lab.Offered({"up", "jelly"}) == Words{"jellyfin", "jellyseerr"});
  CHECK(lab.Offered({"up", "jellyfin", "next"}) == Words{"nextcloud"});
  CHECK(lab.Offered({"list", "image:docker.io/n"}) == Words{"image:docker.io/nextcloud:1"});
  CHECK(lab.Offered({"list", "driver:"}) == Words{"driver:docker"});
  CHECK(Offers(lab.Offered({"list", "state:"}), "state:needs-promotion"));
  CHECK(lab.Offered({"list", "env.X:"}).empty());
  CHECK(lab.Offered({"list", "./"}) == Words{":files"});
  CHECK(lab.Offered({"find", "jelly"}).empty());
  CHECK(lab.Offered({"config", "jelly"}).empty());
}

TEST_CASE("what could steer the terminal of whoever completes is not offered") {
  CompletionLab lab;
  lab.dir.Write("cld/1.hcl", Job("evil\\u001b]0;title\\u0007", "t"));
  lab.dir.Write("cld/2.hcl", Job("evil\\u202ejob", "t"));
  lab.dir.Write("cld/3.hcl", Job("evil\\u009b31m", "t"));
  lab.dir.Write("cld/4.hcl", Job("evil-but-plain", "t"));
  CHECK(lab.Offered({"up", "evil"}) == Words{"evil-but-plain"});
}

TEST_CASE("allocations and nodes are completed from Nomad, and none where it does not answer") {
  CompletionLab lab;
  const Words wanted = {"logs", "jellyfin", "--alloc", ""};
  CHECK(lab.Offered(wanted).empty());
  CHECK(lab.Offered({"list", "node:"}).empty());
  const nmgr::testing::FakeNomadProcess nomad;
  lab.env["NOMAD_ADDR"] = nomad.address();
  REQUIRE(RunNmgr({"up", "jellyfin", "nextcloud"}, lab.Options()).exit_code == 0);
  const nlohmann::json own = nomad.Get("/v1/job/jellyfin/allocations");
  REQUIRE(own.size() == 1);
  const std::string id = own[0]["ID"].get<std::string>().substr(0, 8);
  CHECK(lab.Offered(wanted) == Words{id});
  CHECK(lab.Offered({"logs", "jellyfin", "--alloc=" + id.substr(0, 2)}) == Words{"--alloc=" + id});
  CHECK(lab.Offered({"exec", "--alloc", ""}).size() == 2);
  CHECK(lab.Offered({"list", "node:"}) == Words{"node:" + own[0]["NodeName"].get<std::string>()});
}

TEST_CASE("runs are completed where one may be named, and jobs alone where one must be") {
  CompletionLab lab;
  nmgr::testing::FakeNomadProcess nomad;
  lab.env["NOMAD_ADDR"] = nomad.address();
  lab.env["XDG_STATE_HOME"] = lab.dir.At("state");
  CHECK(lab.Offered({"undo", ""}).empty());
  REQUIRE(RunNmgr({"up", "--detach", "jellyfin"}, lab.Options()).exit_code == 0);
  const Words runs = lab.Offered({"undo", ""});
  REQUIRE(runs.size() == 1);
  CHECK(lab.Offered({"history", ""}) ==
        Words{runs[0], "jellyfin", "jellyseerr", "nextcloud", "torn"});
  CHECK(lab.Offered({"undo", runs[0].substr(0, 4)}) == runs);
  CHECK(lab.Offered({"undo", runs[0], ""}).empty());
  CHECK(lab.Offered({"revert", ""}) == Words{"jellyfin", "jellyseerr", "nextcloud", "torn"});
}

TEST_CASE("revisions are completed behind changed:, by what git has names for") {
  const CompletionLab lab;
  CHECK(lab.Offered({"up", "changed:"}) == Words{"changed:HEAD"});
  REQUIRE(RunShell("cd " + lab.dir.At("cld") +
                   " && git init -q -b main && git add . && git -c user.name=a -c user.email=a@b "
                   "commit -qm x && git tag v1 && git branch team/next")
              .exit_code == 0);
  Words offered = lab.Offered({"up", "changed:"});
  std::sort(offered.begin(), offered.end());
  CHECK(offered == Words{"changed:HEAD", "changed:main", "changed:team/next", "changed:v1"});
  CHECK(lab.Offered({"up", "changed:te"}) == Words{"changed:team/next"});
}

TEST_CASE("what `set` changes is completed: a job, then its images") {
  const CompletionLab lab;
  CHECK(lab.Offered({"set", "jellyf"}) == Words{"jellyfin"});
  CHECK(lab.Offered({"set", "jellyfin", ""}) == Words{"image=", "server="});
  CHECK(lab.Offered({"set", "jellyfin", "image=x", "se"}) == Words{"server="});
  CHECK(lab.Offered({"set", "jellyfin", "image="}).empty());
  CHECK(lab.Offered({"edit", "jellyf"}) == Words{"jellyfin"});
}

TEST_CASE("what is wrong is passed over in silence") {
  CompletionLab lab;
  CHECK(lab.Offered({"--no-such-option", "lis"}) == Words{"list"});
  lab.env["NMGR_BASE_DIR"] = lab.dir.At("nowhere");
  CHECK(Offers(lab.Offered({"up", ""}), "all"));
  lab.env["NMGR_CONFIG"] = lab.dir.Write("bad.toml", "[[[");
  CHECK(Offers(lab.Offered({"up", ""}), "all"));
}

TEST_CASE("the original's own options: lists and the installation of bash's script") {
  CompletionLab lab;
  const NmgrResult actions = RunNmgr({"--list-actions"}, lab.Options());
  CHECK(actions.out.starts_with("list\n"));
  CHECK(actions.out.find("\nreconcile\n") != std::string::npos);
  CHECK(RunNmgr({"--list-targets"}, lab.Options()).out ==
        "infra\nservices\nall\ngpu\ndb\nnas\njfs\ncrypt\n");
  const NmgrResult options = RunNmgr({"--list-options"}, lab.Options());
  CHECK(options.out.find("--dry-run\n") != std::string::npos);
  CHECK(options.out.find("-n\n") != std::string::npos);
  lab.env["XDG_DATA_HOME"] = lab.dir.At("data");
  const std::string path = lab.dir.At("data/bash-completion/completions/nmgr");
  CHECK(RunNmgr({"--completion"}, lab.Options()).out ==
        "Bash completion script installed at " + path + "\n");
  CHECK(RunShell("cat " + path, lab.Options()).out ==
        RunNmgr({"completion", "bash"}, lab.Options()).out);
  CHECK(RunNmgr({"--completion"}, lab.Options()).out.find("up-to-date") != std::string::npos);
  CHECK(RunNmgr({"completion", "tcsh"}, lab.Options()).exit_code == 64);
}

namespace {

// Types at an interactive shell in a terminal, presses Tab, and prints the line that has become of
// it: bash and zsh each have a key that shows their buffer.
constexpr const char* kDriver = R"(
zmodload zsh/zpty
shell=$1 script=$2 typed=$3
if [[ $shell == bash ]]; then
  zpty -b box bash --norc --noprofile -i
  start="bind 'set bell-style none' 'set completion-query-items 0'; bind -x '\"\\C-t\": printf \"BUFFER<%s>\" \"\$READLINE_LINE\"'"
else
  zpty -b box zsh -f -i
  start='autoload -Uz compinit; compinit -u -D; show() { print -r -- "BUFFER<$BUFFER>"; }; zle -N show; bindkey "^T" show'
fi
until_seen() {
  local seen='' part
  while [[ $seen != *$1* ]]; do
    if zpty -rt box part; then seen+=$part; else sleep 0.02; fi
  done
  print -r -- "$seen"
}
zpty -w box "$start"
zpty -w box "nmgr() { \"\$NMGR\" \"\$@\"; }; source $script; echo REA''DY"
until_seen READY >/dev/null
zpty -w -n box "$typed"$'\t\x14'
until_seen 'BUFFER<' | tr -d '\r' | grep -ao 'BUFFER<.*>' | tail -1
zpty -d box
)";

bool IsThere(const std::string& shell) {
  const bool there = RunShell("command -v " + shell).exit_code == 0;
  if (!there) WARN("SKIPPED: there is no " + shell + " here");
  return there;
}

struct Typed {
  const char* line;
  const char* becomes;
};
constexpr Typed kTyped[] = {
    {"nmgr lis", "nmgr list "},
    {"nmgr list --lon", "nmgr list --long "},
    {"nmgr up nextc", "nmgr up nextcloud "},
    {"nmgr list all --exclude gp", "nmgr list all --exclude gpu "},
    {"nmgr list --output js", "nmgr list --output json "},
    {"nmgr list --output=js", "nmgr list --output=json "},
    {"nmgr list driv", "nmgr list driver:"},
    {"nmgr list image:docker.io/nex", "nmgr list image:docker.io/nextcloud:1 "},
    {"nmgr restart nextcloud --task p", "nmgr restart nextcloud --task php "},
};

// What a repository calls its jobs is one word, whatever a shell makes of the signs in it.
constexpr Typed kHostile[] = {
    {"nmgr list evi", R"(nmgr list evil\$\(touch\ PWNED\)\`x\`\;\>y )"},
    {"nmgr list sp", R"(nmgr list sp\ ace\'s )"},
    {R"(nmgr list sp\ a)", R"(nmgr list sp\ ace\'s )"},
};
constexpr Typed kHostileQuoted[] = {
    {R"(nmgr list "evi)", R"(nmgr list "evil\$(touch PWNED)\`x\`;>y" )"},
    {R"(nmgr list "sp)", R"(nmgr list "sp ace's" )"},
};

class ShellAtTerminal {
 public:
  ShellAtTerminal(const CompletionLab& lab, std::string shell)
      : shell_(std::move(shell)),
        driver_(lab.dir.Write("drive.zsh", kDriver)),
        script_(lab.dir.Write("script", RunNmgr({"completion", shell_}, lab.Options()).out)),
        options_(lab.Options()) {
    options_.env["TERM"] = "dumb";
    options_.env["HOME"] = lab.dir.path();
  }

  void Type(const Typed& typed) const {
    INFO(typed.line);
    const NmgrResult result = RunShell(
        "zsh -f " + driver_ + " " + shell_ + " " + script_ + " '" + typed.line + "'", options_);
    CHECK(result.out == "BUFFER<" + std::string(typed.becomes) + ">\n");
  }

 private:
  std::string shell_;
  std::string driver_;
  std::string script_;
  NmgrOptions options_;
};

void TypeAt(const std::string& shell) {
  if (!IsThere(shell) || !IsThere("zsh")) return;
  const CompletionLab lab;
  const ShellAtTerminal terminal(lab, shell);
  for (const Typed& typed : kTyped) terminal.Type(typed);
  lab.dir.Write("cld/evil.hcl", "job \"evil$(touch PWNED)`x`;>y\" {\n}\n");
  lab.dir.Write("cld/sp.hcl", "job \"sp ace's\" {\n}\n");
  for (const Typed& typed : kHostile) terminal.Type(typed);
  if (shell != "bash") return;
  for (const Typed& typed : kHostileQuoted) terminal.Type(typed);
}

}  // namespace

TEST_CASE("bash completes what is typed") { TypeAt("bash"); }

TEST_CASE("zsh completes what is typed") { TypeAt("zsh"); }

TEST_CASE("fish completes what is typed") {
  if (!IsThere("fish")) return;
  const CompletionLab lab;
  const std::string script =
      lab.dir.Write("nmgr.fish", RunNmgr({"completion", "fish"}, lab.Options()).out);
  const std::string folder = lab.dir.MakeFolder("bin");
  RunShell("ln -s \"$NMGR\" " + folder + "/nmgr", lab.Options());
  NmgrOptions options = lab.Options();
  options.env["HOME"] = lab.dir.path();
  options.env["PATH"] = folder + ":/usr/bin:/bin";
  for (const Typed& typed : kTyped) {
    INFO(typed.line);
    std::string wanted = typed.becomes;
    wanted = wanted.substr(std::string(typed.line).rfind(' ') + 1);
    if (wanted.ends_with(' ')) wanted.pop_back();
    const NmgrResult result = RunShell(
        "fish --no-config -c 'source " + script + "; complete -C \"" + typed.line + "\"'", options);
    INFO(result.err);
    CHECK(result.out.substr(0, result.out.find_first_of("\t\n")) == wanted);
  }
}
