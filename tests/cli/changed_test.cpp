// changed:REV through the program: what it sees, and what a repository cannot make it do.
#include <catch2/catch.hpp>

#include "support/run_nmgr.h"
#include "support/temp_dir.h"

namespace nmgr::testing {
namespace {

std::string Job(const std::string& id, const std::string& body = {}) {
  return "job \"" + id + "\" {\n  group \"g\" {\n    task \"t\" {\n      driver = \"docker\"\n" +
         "      config {\n        image = \"busybox:1\"\n      }\n" + body + "    }\n  }\n}\n";
}

std::string Template(const std::string& data) {
  return "      template {\n        destination = \"local/x\"\n        data = " + data +
         "\n      }\n";
}

// A git repository with its own home: what a person has cloned, and what an author put into it.
class Clone {
 public:
  explicit Clone(const std::string& base = "jobs") : base_(base) {
    dir_.MakeFolder("home");
    dir_.MakeFolder("repo/jobs");
    Shell("git init -q -b main");
  }

  void Write(const std::string& relative, const std::string& text) {
    dir_.Write("repo/" + relative, text);
  }
  void Remove(const std::string& relative) { dir_.Remove("repo/" + relative); }

  void Commit() { Shell("git add -A && git commit -q -m x"); }

  // In the top of the working tree.
  std::string Shell(const std::string& line) const {
    const NmgrResult result = RunShell(line, Options("repo"));
    INFO(line << "\n" << result.err);
    REQUIRE(result.exit_code == 0);
    return result.out;
  }

  NmgrResult Run(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {"--base-dir", dir_.At("repo/" + base_)});
    return RunNmgr(arguments, Options("repo"));
  }
  std::string List(const std::string& target) const {
    const NmgrResult result = Run({"list", target});
    return result.exit_code == 0 ? result.out : "exit " + std::to_string(result.exit_code);
  }

  // A command that leaves a mark, and whether it has.
  std::string Mark() const { return "touch " + dir_.At("MARK"); }
  bool Marked() const {
    return RunShell("test -e " + dir_.At("MARK"), Options("repo")).exit_code == 0;
  }

  TempDir& dir() { return dir_; }
  std::map<std::string, std::string> env = {};

 private:
  NmgrOptions Options(const std::string& folder) const {
    NmgrOptions options;
    options.env = env;
    options.env.emplace("HOME", dir_.At("home"));
    options.env.insert({{"GIT_AUTHOR_NAME", "t"},
                        {"GIT_AUTHOR_EMAIL", "t@example.org"},
                        {"GIT_COMMITTER_NAME", "t"},
                        {"GIT_COMMITTER_EMAIL", "t@example.org"}});
    options.folder = dir_.At(folder);
    return options;
  }

  TempDir dir_;
  std::string base_;
};

}  // namespace

TEST_CASE("a file that a fileset took and that is gone is one that the job read") {
  Clone clone;
  clone.Write("jobs/set.hcl",
              Job("set", Template("join(\"\", [for f in sort(fileset(\"set.d\", \"*.conf\")) : "
                                  "file(\"set.d/${f}\")])")));
  clone.Write("jobs/other.hcl", Job("other"));
  clone.Write("jobs/set.d/1.conf", "one");
  clone.Write("jobs/set.d/2.conf", "two");
  clone.Write("jobs/set.d/notes.txt", "none of it");
  clone.Commit();
  SECTION("nothing has changed") { CHECK(clone.List("changed:HEAD").empty()); }
  SECTION("deleted") {
    clone.Remove("jobs/set.d/2.conf");
    CHECK(clone.List("changed:HEAD") == "set\n");
  }
  SECTION("renamed, so that the pattern leaves it out") {
    clone.Shell("git mv jobs/set.d/2.conf jobs/set.d/2.conf.off");
    CHECK(clone.List("changed:HEAD") == "set\n");
  }
  SECTION("with its whole folder") {
    clone.Shell("rm -r jobs/set.d");
    CHECK(clone.List("changed:HEAD") == "set\n");
  }
  SECTION("and the deletion is committed") {
    clone.Remove("jobs/set.d/2.conf");
    clone.Commit();
    CHECK(clone.List("changed:HEAD").empty());
    CHECK(clone.List("changed:HEAD~1") == "set\n");
  }
  SECTION("a new one") {
    clone.Write("jobs/set.d/3.conf", "three");
    CHECK(clone.List("changed:HEAD") == "set\n");
  }
  SECTION("one that the pattern never took") {
    clone.Remove("jobs/set.d/notes.txt");
    CHECK(clone.List("changed:HEAD").empty());
  }
}

TEST_CASE("gone files are seen through links, in dynamic blocks, and by fileexists") {
  Clone clone;
  clone.Write("shared/a/1.yml", "one");
  clone.Write("jobs/dynamic.hcl",
              "job \"dynamic\" {\n  group \"g\" {\n    dynamic \"task\" {\n      for_each = "
              "fileset(\"tasks\", \"**/*.yml\")\n      labels = [basename(task.value)]\n"
              "      content {\n        driver = \"docker\"\n        config {\n          image = "
              "\"x:1\"\n        }\n      }\n    }\n  }\n}\n");
  clone.dir().Link("../shared/a", "repo/jobs/tasks");
  clone.Write("jobs/perhaps.hcl",
              Job("perhaps", Template("fileexists(\"../conf/perhaps\") ? \"yes\" : \"no\"")));
  clone.Write("conf/perhaps", "x");
  clone.Commit();
  CHECK(clone.List("changed:HEAD").empty());
  clone.Remove("shared/a/1.yml");
  CHECK(clone.List("changed:HEAD") == "dynamic\n");
  clone.Remove("conf/perhaps");
  CHECK(clone.List("changed:HEAD") == "dynamic\nperhaps\n");
}

TEST_CASE("a var file that has changed concerns the specs that declare what changed in it") {
  Clone clone(".");
  clone.Write("jobs/web.hcl", "variable \"domain\" { default = \"a\" }\n" + Job("web"));
  clone.Write("jobs/api.hcl", "variable \"tag\" { default = \"1\" }\n" + Job("api"));
  clone.Write("jobs/both.hcl", "variables {\n  tag = \"1\"\n  domain = \"a\"\n}\n" + Job("both"));
  clone.Write("jobs/none.hcl", Job("none"));
  clone.Write("shared.vars", "domain = \"example.org\"\ntag    = \"1\"\n");
  clone.Commit();
  clone.Write("shared.vars", "# a comment\ndomain = \"example.org\"\ntag    = \"2\"\n");
  const auto list = [&](const std::string& file) {
    return clone.Run({"list", "changed:HEAD", "--var-file", file}).out;
  };
  CHECK(list("shared.vars") == "api\nboth\n");
  CHECK(list(clone.dir().At("repo/shared.vars")) == "api\nboth\n");
  CHECK(clone.List("changed:HEAD").empty());  // not given
  clone.Write("shared.vars", "tag = \"1\"\n");
  CHECK(list("shared.vars") == "both\nweb\n");
  clone.Write("new.vars", "domain = \"x\"\n");
  CHECK(list("new.vars") == "both\nweb\n");
  clone.Write("shared.vars", "tag = \n");
  CHECK(clone.Run({"list", "changed:HEAD", "--var-file", "shared.vars"}).exit_code == 64);
}

TEST_CASE("changed:REV... begins where the branches part") {
  Clone clone;
  clone.Write("jobs/a.hcl", Job("a"));
  clone.Write("jobs/b.hcl", Job("b"));
  clone.Commit();
  clone.Shell("git checkout -q -b topic");
  clone.Write("jobs/a.hcl", Job("a", "      # topic\n"));
  clone.Commit();
  clone.Shell("git checkout -q main");
  clone.Write("jobs/b.hcl", Job("b", "      # main\n"));
  clone.Commit();
  clone.Shell("git checkout -q topic");
  CHECK(clone.List("changed:main") == "a\nb\n");
  CHECK(clone.List("changed:main...") == "a\n");
  clone.Shell("git checkout -q --orphan alone && git commit -q -m alone");
  const NmgrResult result = clone.Run({"list", "changed:main..."});
  CHECK(result.exit_code == 66);
  CHECK(result.err.find("no commit in common") != std::string::npos);
}

TEST_CASE("what names no single commit is no revision") {
  Clone clone;
  clone.Write("jobs/a.hcl", Job("a"));
  clone.Commit();
  clone.Write("jobs/a.hcl", Job("a", "      # 2\n"));
  clone.Commit();
  CHECK(clone.List("changed:HEAD^") == "a\n");
  CHECK(clone.List("changed:@~1") == "a\n");
  for (const std::string revision : {"^HEAD", "HEAD~1..HEAD", "HEAD~1..", "..HEAD", "HEAD~1...HEAD",
                                     "HEAD^@", "HEAD^!", "HEAD^-", "HEAD^-1", "--all", "-1",
                                     "HEAD:jobs/a.hcl", "HEAD^{tree}", "HEAD....", "HEAD HEAD"}) {
    INFO(revision);
    CHECK(clone.List("changed:" + revision) == "exit 66");
  }
  CHECK(clone.List("changed:...") == "exit 64");
}

TEST_CASE("a revision that a shallow clone lacks is hinted at") {
  Clone clone;
  clone.Write("jobs/a.hcl", Job("a"));
  clone.Commit();
  clone.Write("jobs/a.hcl", Job("a", "      # 2\n"));
  clone.Commit();
  clone.Shell("git clone -q --depth 1 file://$PWD ../shallow");
  const NmgrResult result =
      RunNmgr({"--base-dir", clone.dir().At("shallow/jobs"), "list", "changed:HEAD~1"},
              {.folder = clone.dir().path()});
  CHECK(result.exit_code == 66);
  CHECK(result.err.find("a shallow clone? fetch it (actions/checkout: fetch-depth: 0)") !=
        std::string::npos);
  const NmgrResult whole = clone.Run({"list", "changed:nonsense"});
  CHECK(whole.exit_code == 66);
  CHECK(whole.err.find("shallow") == std::string::npos);
}

TEST_CASE("a repository's own configuration runs nothing") {
  Clone clone;
  clone.Write("jobs/a.hcl", Job("a"));
  clone.Write("jobs/b.hcl", Job("b"));
  clone.Write("jobs/.gitattributes", "*.hcl filter=planted diff=planted\n");
  clone.Commit();
  clone.Write("jobs/a.hcl", Job("a", "      # 2\n"));
  clone.Shell("touch jobs/b.hcl");
  const std::string mark = clone.Mark();
  SECTION("a monitor of the file system") {
    clone.Shell("git config core.fsmonitor '" + mark + "; false'");
  }
  SECTION("filters") {
    clone.Shell("git config filter.planted.clean '" + mark + "; cat'");
    clone.Shell("git config filter.planted.smudge '" + mark + "; cat'");
    clone.Shell("git config filter.planted.process '" + mark + "'");
    clone.Shell("git config filter.planted.required true");
  }
  SECTION("filters for attributes of another file") {
    clone.Write("../attributes", "* filter=other\n");
    clone.Shell("git config core.attributesFile ../attributes");
    clone.Shell("git config filter.other.clean '" + mark + "; cat'");
    clone.Write(".git/info/attributes", "* filter=other\n");
  }
  SECTION("a configuration that is included") {
    clone.Write("../more.config", "[core]\n\tfsmonitor = \"" + mark + "; false\"\n");
    clone.Shell("git config include.path " + clone.dir().At("more.config"));
  }
  SECTION("hooks") {
    clone.Write("hooks/post-index-change", "#!/bin/sh\n" + mark + "\n");
    clone.Write("hooks/reference-transaction", "#!/bin/sh\n" + mark + "\n");
    clone.Shell("chmod +x hooks/* && git config core.hooksPath $PWD/hooks");
  }
  SECTION("programs for diffs, pages and askers") {
    clone.Shell("git config diff.external '" + mark + "'");
    clone.Shell("git config diff.planted.textconv '" + mark + "'");
    clone.Shell("git config diff.planted.command '" + mark + "'");
    clone.Shell("git config core.pager '" + mark + "'");
    clone.Shell("git config pager.ls-tree true && git config pager.ls-files true");
    clone.Shell("git config core.sshCommand '" + mark + "'");
    clone.Shell("git config core.askPass '" + mark + "'");
    clone.Shell("git config alias.ls-tree '!" + mark + "'");
  }
  SECTION("a submodule with a configuration of its own") {
    clone.Shell(
        "git init -q sub && git -C sub commit -q --allow-empty -m s && git add sub 2>/dev/null");
    clone.Shell("git -C sub config core.fsmonitor '" + mark + "; false'");
    clone.Shell("touch sub/x");
  }
  const NmgrResult result = clone.Run({"list", "changed:HEAD"});
  CHECK_FALSE(clone.Marked());
  CHECK(result.exit_code == 0);
  CHECK(result.out == "a\nb\n");  // with a filter, what is not as the index remembers has changed
}

TEST_CASE("a partial clone fetches nothing") {
  Clone clone;
  clone.Write("jobs/a.hcl", Job("a"));
  clone.Write("shared.vars", "x = 1\n");
  clone.Commit();
  // The object of the var file is not there; the remote that has it is a command.
  clone.Shell(
      "o=$(git rev-parse HEAD:shared.vars); rm -f .git/objects/$(echo $o | cut -c1-2)/$(echo $o | "
      "cut -c3-)");
  clone.Shell("git config remote.origin.url \"ext::sh -c '" + clone.Mark() + "'\"");
  clone.Shell("git config remote.origin.promisor true");
  clone.Shell("git config remote.origin.partialclonefilter blob:none");
  clone.Shell("git config extensions.partialClone origin");
  clone.Shell("git config protocol.ext.allow always && git config protocol.allow always");
  clone.Shell("git config core.repositoryFormatVersion 1");
  clone.Write("shared.vars", "x = 2\n");
  clone.Run({"list", "changed:HEAD", "--var-file", clone.dir().At("repo/shared.vars")});
  CHECK_FALSE(clone.Marked());
}

TEST_CASE("a folder of a clone that is a bare repository is none") {
  Clone clone;
  clone.Write("jobs/keep", "");
  clone.Commit();
  clone.Shell("rm -r jobs && git clone -q --bare . jobs");
  clone.Shell(
      "git -C jobs config core.bare false && git -C jobs config core.worktree . && git -C jobs "
      "config core.fsmonitor '" +
      clone.Mark() + "; false'");
  clone.Write("jobs/refs/keep", "");
  clone.Write("jobs/a.hcl", Job("a"));
  const NmgrResult result = clone.Run({"list", "changed:HEAD"});
  CHECK_FALSE(clone.Marked());
  CHECK(result.exit_code == 66);
}

TEST_CASE("a file with a filter counts as changed when it is not as the index remembers it") {
  Clone clone;
  clone.Write("jobs/big.hcl", Job("big", Template("file(\"big.bin\")")));
  clone.Write("jobs/big.bin", "the pointer");
  clone.Write("jobs/.gitattributes", "*.bin filter=lfs -text\n");
  clone.Commit();
  NmgrResult result = clone.Run({"list", "changed:HEAD"});
  CHECK(result.out.empty());
  CHECK(result.err.find("filter") == std::string::npos);
  clone.Shell("touch -d '2001-02-03' jobs/big.bin");
  result = clone.Run({"list", "changed:HEAD"});
  CHECK(result.out == "big\n");
  CHECK(result.err.find("1 file with a git filter (LFS, git-crypt) may only look changed") !=
        std::string::npos);
}

TEST_CASE("files whose times or line endings alone differ have not changed") {
  Clone clone;
  clone.Write("jobs/a.hcl", Job("a"));
  clone.Write("jobs/b.hcl", Job("b"));
  clone.Write("jobs/c.hcl", Job("c"));
  clone.Write("jobs/.gitattributes", "b.hcl text\nc.hcl -text\n");
  clone.Commit();
  clone.Shell("touch jobs/a.hcl && sed -i 's/$/\\r/' jobs/b.hcl jobs/c.hcl");
  CHECK(clone.List("changed:HEAD") == "c\n");
  clone.Shell("sed -i 's/$/\\r/' jobs/a.hcl");
  CHECK(clone.List("changed:HEAD") == "a\nc\n");
  clone.Shell("git config --global core.autocrlf true");
  CHECK(clone.List("changed:HEAD") == "c\n");
}

TEST_CASE("what the user's own configuration leaves out is left out") {
  Clone clone;
  clone.Write("jobs/a.hcl", Job("a"));
  clone.Commit();
  clone.Write("jobs/local.hcl", Job("local"));
  CHECK(clone.List("changed:HEAD") == "local\n");
  clone.dir().Write("home/ignore", "local.hcl\n");
  clone.Shell("git config --global core.excludesFile ~/ignore");
  CHECK(clone.List("changed:HEAD").empty());
}

TEST_CASE("the base directory says which repository is meant, not GIT_DIR") {
  Clone clone;
  clone.Write("jobs/a.hcl", Job("a"));
  clone.Commit();
  clone.Write("jobs/a.hcl", Job("a", "      # 2\n"));
  clone.Shell("git init -q ../other");
  clone.env = {{"GIT_DIR", clone.dir().At("other/.git")},
               {"GIT_WORK_TREE", clone.dir().At("other")},
               {"GIT_INDEX_FILE", clone.dir().At("other/index")},
               {"GIT_GLOB_PATHSPECS", "1"}};
  CHECK(clone.List("changed:HEAD") == "a\n");
}

TEST_CASE("of programs git is needed, and no other") {
  Clone clone;
  clone.Write("jobs/a.hcl", Job("a"));
  clone.Commit();
  clone.Write("jobs/a.hcl", Job("a", "      # 2\n"));
  clone.Shell("mkdir ../bin && ln -s \"$(command -v git)\" ../bin/git");
  clone.env = {{"PATH", clone.dir().At("bin")}};
  CHECK(clone.List("changed:HEAD") == "a\n");
  clone.env = {{"PATH", clone.dir().At("home")}};
  const NmgrResult none = clone.Run({"list", "changed:HEAD"});
  CHECK(none.exit_code == 66);
  CHECK(Holds(none.err, "changed: cannot run git: there is no such program"));
}

TEST_CASE("an index that knows links, conflicts and files that were left out") {
  Clone clone;
  clone.Write("jobs/a.hcl", Job("a"));
  clone.Write("jobs/b/b.hcl", Job("b"));
  clone.Write("shared/real.hcl", Job("linked"));
  clone.dir().Link("../shared/real.hcl", "repo/jobs/linked.hcl");
  clone.Commit();
  CHECK(clone.List("changed:HEAD").empty());
  SECTION("what a link leads to") {
    clone.Write("shared/real.hcl", Job("linked", "      # 2\n"));
    CHECK(clone.List("changed:HEAD") == "linked\n");
  }
  SECTION("no longer in the index, and as it was") {
    clone.Shell("git rm -q --cached jobs/a.hcl");
    CHECK(clone.List("changed:HEAD").empty());
  }
  SECTION("staged, and put back on the disk") {
    const std::string before = Job("a");
    clone.Write("jobs/a.hcl", Job("a", "      # 2\n"));
    clone.Shell("git add jobs/a.hcl");
    CHECK(clone.List("changed:HEAD") == "a\n");
    clone.Write("jobs/a.hcl", before);
    CHECK(clone.List("changed:HEAD").empty());
  }
  SECTION("a sparse checkout") {
    clone.Write("jobs/a.hcl", Job("a",
                                  "      # "
                                  "2\n" +
                                      Template("file(\"b/x\")")));
    clone.Write("jobs/b/x", "x");
    clone.Commit();
    clone.Shell("git sparse-checkout set --no-cone /jobs/a.hcl");
    CHECK(clone.List("changed:HEAD").empty());
  }
}

TEST_CASE("changed names what may read a changed file, where it does not evaluate") {
  Clone clone;
  clone.Write("conf/a.conf", "a\n");
  const std::string unset = "variable \"ci\" {}\n";
  clone.Write("jobs/x/ten.hcl", unset + Job("ten", Template("file(\"../../conf/a.conf\")")));
  clone.Write("jobs/y/twelve.hcl",
              unset + Job("twelve", Template("file(\"../../conf/${var.ci}.conf\")")));
  clone.Write("jobs/z/none.hcl", unset + Job("none"));
  clone.Commit();
  CHECK(clone.Run({"list", "changed:HEAD"}).err.find("twelve") == std::string::npos);
  clone.Write("conf/a.conf", "b\n");
  const NmgrResult changed = clone.Run({"list", "changed:HEAD"});
  INFO(changed.err);
  CHECK(changed.out == "ten\n");
  CHECK(changed.err.find("twelve (") != std::string::npos);
  CHECK(changed.err.find("none") == std::string::npos);
}

}  // namespace nmgr::testing
