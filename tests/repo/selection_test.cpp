#include "nmgr/repo/selection.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "repo/repository.h"

namespace {

using nmgr::ErrorCode;
using nmgr::Path;
using nmgr::repo::BaseDirNeed;
using nmgr::repo::Selection;
using nmgr::repo::TargetRequest;
using nmgr::testing::Ids;
using nmgr::testing::JobText;
using nmgr::testing::Repository;
using Names = std::vector<std::string>;

// Three infra jobs and some services, spread over folders.
struct Homelab : Repository {
  Homelab() {
    Add("caddy/caddy.hcl", JobText("caddy", "  # /mnt/nas"));
    Add("garage/garage.hcl", JobText("garage"));
    Add("keydb/keydb.hcl", JobText("keydb"));
    Add("immich/immich.hcl", JobText("immich", "  # /mnt/nas/photos"));
    Add("immich/immich-cron.hcl", JobText("immich-cron"));
    Add("forgejo/forgejo.hcl", JobText("forgejo", "  # /mnt/crypt"));
    Add("forgejo/.env", "DB=postgres://db:15432/forgejo");
    Add("ntfy/ntfy.hcl", JobText("ntfy", "  # port 15432"));
    Add("ntfy/readme.md", "/mnt/nas");
  }

  Names Pick(const Names& targets, const Names& excluded = {}) {
    const nmgr::Expected<Selection> selection = Select({targets, excluded, filters});
    if (!selection) return {"error: " + selection.error().message};
    return Ids(*selection);
  }

  nmgr::Error Fail(const Names& targets, const Names& excluded = {}) {
    const nmgr::Expected<Selection> selection = Select({targets, excluded, filters});
    REQUIRE_FALSE(selection.has_value());
    return selection.error();
  }

  std::vector<nmgr::repo::FilterSpec> filters;
};

}  // namespace

TEST_CASE("infra comes in configured order, services by name, all is both") {
  Homelab lab;
  CHECK(lab.Pick({"infra"}) == Names{"garage", "keydb", "caddy"});
  CHECK(lab.Pick({"services"}) == Names{"forgejo", "immich", "immich-cron", "ntfy"});
  CHECK(lab.Pick({"all"}) ==
        Names{"garage", "keydb", "caddy", "forgejo", "immich", "immich-cron", "ntfy"});
}

TEST_CASE("built-in filters look at spec texts, db at config files too, infra left out") {
  Homelab lab;
  CHECK(lab.Pick({"nas"}) == Names{"immich"});
  CHECK(lab.Pick({"db"}) == Names{"forgejo", "ntfy"});
  CHECK(lab.Pick({"crypt"}) == Names{"forgejo"});
  const Selection none = lab.Select({{"jfs"}, {}, {}}).value();
  CHECK(none.jobs.empty());
  CHECK(none.notices == Names{"jfs selects no job"});
}

TEST_CASE("configured filters add to the built-in ones and may redefine them") {
  Homelab lab;
  lab.filters = {{"photos", {"photos", "nothing"}, false, true},
                 {"nas", {"/mnt/nas"}, false, false}};
  CHECK(lab.Pick({"photos"}) == Names{"immich"});
  CHECK(lab.Pick({"nas"}) == Names{"caddy", "immich"});
  CHECK(lab.Pick({"crypt"}) == Names{"forgejo"});
}

TEST_CASE("names are looked up as filter, then exact ID, then glob") {
  Homelab lab;
  lab.Add("nas/nas.hcl", JobText("nas"));
  lab.Add("odd/odd.hcl", JobText("immich*"));
  CHECK(lab.Pick({"nas"}) == Names{"immich"});
  CHECK(lab.Pick({"job:nas"}) == Names{"nas"});
  CHECK(lab.Pick({"immich*"}) == Names{"immich*"});
  CHECK(lab.Pick({"immich-*"}) == Names{"immich-cron"});
  CHECK(lab.Pick({"[fn]*"}) == Names{"forgejo", "nas", "ntfy"});
  lab.filters = {{"ntfy", {"/mnt/crypt"}, false, true}};
  CHECK(lab.Pick({"ntfy"}) == Names{"forgejo"});
}

TEST_CASE("several targets are joined in the order of the selection, exclusions taken away") {
  Homelab lab;
  CHECK(lab.Pick({"ntfy", "caddy", "nas", "ntfy"}) == Names{"caddy", "immich", "ntfy"});
  CHECK(lab.Pick({"all"}, {"infra", "immich*"}) == Names{"forgejo", "ntfy"});
  CHECK(lab.Pick({"all"}, {"jfs"}).size() == 7);
  CHECK(lab.Pick({"services"}, {"/cld/immich/"}) == Names{"forgejo", "ntfy"});
  const Selection nothing = lab.Select({{"nas"}, {"immich"}, {}}).value();
  CHECK(nothing.jobs.empty());
  CHECK(nothing.notices ==
        Names{"caddy uses nas too, an infra job: add it by name or --include-infra",
              "nothing is left after --exclude"});
}

TEST_CASE("a word that is nothing ends the run and suggests the nearest") {
  Homelab lab;
  const nmgr::Error error = lab.Fail({"imich"});
  CHECK(error.code == ErrorCode::kNotFound);
  CHECK(error.message == "no job, filter or path is called \"imich\"");
  CHECK(error.hint.find("immich") != std::string::npos);
  CHECK(lab.Fail({"all", "cady", "ntfyy"}).message ==
        "no job, filter or path is called \"cady\", \"ntfyy\"");
  CHECK(lab.Fail({"servces"}).hint == "did you mean services?");
  CHECK(lab.Fail({"job:cady"}).hint == "did you mean caddy?");
  CHECK(lab.Fail({"zzzzzzzz"}).hint == "`nmgr list all` shows the jobs");
  CHECK(lab.Fail({"web*"}).code == ErrorCode::kNotFound);
  CHECK(lab.Fail({"job:imich"}).hint.find("immich") != std::string::npos);
  CHECK(lab.Fail({"job:"}).code == ErrorCode::kNotFound);
  CHECK(lab.Fail({""}).code == ErrorCode::kNotFound);
}

TEST_CASE("a misspelt exclusion ends the run as well") {
  Homelab lab;
  CHECK(lab.Fail({"all"}, {"cady"}).hint == "did you mean caddy?");
}

TEST_CASE("a path selects one spec or all below a folder, wherever it lies") {
  Homelab lab;
  lab.files.Add("/other/.hidden/x.hcl", JobText("x"));
  lab.files.Add("/other/y.nomad", JobText("y"));
  lab.files.Add("/other/.more/z.hcl", JobText("z"));
  lab.files.Add("relative/r.hcl", JobText("r"));
  CHECK(lab.Pick({"/cld/ntfy/ntfy.hcl"}) == Names{"ntfy"});
  CHECK(lab.Pick({"/cld/immich"}) == Names{"immich", "immich-cron"});
  CHECK(lab.Pick({"/other/"}) == Names{"y"});
  CHECK(lab.Pick({"/other/.hidden/"}) == Names{"x"});
  CHECK(lab.Pick({"relative/"}) == Names{"r"});
  CHECK(lab.Pick({"./relative/r.hcl", "/other/.more/z.hcl"}) == Names{"r", "z"});
  CHECK(lab.Pick({"/cld/keydb/", "ntfy"}) == Names{"keydb", "ntfy"});
}

TEST_CASE("paths need no base directory") {
  Homelab lab;
  lab.options.base_dir = "/nowhere";
  CHECK(lab.Pick({"/cld/ntfy/ntfy.hcl"}) == Names{"ntfy"});
  CHECK(lab.Fail({"ntfy"}).code == ErrorCode::kNotFound);
  const auto need = [&](const TargetRequest& request) {
    return nmgr::repo::NeedOfBaseDir(request, lab.options, lab.files);
  };
  CHECK(need({{"/cld/ntfy/ntfy.hcl", "/cld/ntfy"}, {"/cld/keydb/"}, {}}) == BaseDirNeed::kNames);
  CHECK(need({{"/cld/ntfy/"}, {"nas"}, {}}) == BaseDirNeed::kRequired);
  CHECK(need({{"changed:origin/main"}, {}, {}}) == BaseDirNeed::kRequired);
  CHECK(need({{"job:a/b"}, {}, {}}) == BaseDirNeed::kRequired);
  CHECK(need({{"ops/web"}, {}, {}}) == BaseDirNeed::kHelpful);
  CHECK(need({{"/cld/forgejo/.env"}, {}, {}}) == BaseDirNeed::kHelpful);
}

TEST_CASE("a spec that is named twice is one spec") {
  Homelab lab;
  lab.files.AddLink("/here", "/cld");
  CHECK(lab.Pick({"all", "/cld/ntfy/ntfy.hcl"}).size() == 7);
  CHECK(lab.Pick({"ntfy", "/here/ntfy/ntfy.hcl", "/cld/ntfy/"}) == Names{"ntfy"});
  CHECK(lab.Select({{"ntfy", "/here/ntfy/ntfy.hcl"}, {}, {}}).value().jobs[0].duplicates.empty());
  CHECK(lab.Pick({"/here/ntfy/", "/cld/ntfy/ntfy.hcl"}) == Names{"ntfy"});
}

TEST_CASE("paths that lead nowhere end the run") {
  Homelab lab;
  lab.files.AddFolder("/cld/empty");
  CHECK(lab.Fail({"./nothing.hcl"}).message == "./nothing.hcl: no such file or folder");
  CHECK(lab.Fail({"ntfy/ntfy.hcl"}).hint ==
        "paths are relative to the current folder; there is /cld/ntfy/ntfy.hcl");
  CHECK(lab.Fail({"/cld/empty/"}).message == "/cld/empty: no job specs below this folder");
  CHECK(lab.Fail({"/cld/empty/"}).code == ErrorCode::kNotFound);
}

TEST_CASE("a named file that holds no spec is a failure of its own; the others go on") {
  Homelab lab;
  lab.Add("x/empty.hcl", "");
  lab.Add("x/policy.hcl", "secret = 1\n");
  lab.files.AddOther("/cld/x/pipe.hcl");
  const Selection selection =
      lab.Select({{"/cld/x/empty.hcl", "ntfy", "/cld/x/policy.hcl", "/cld/x/pipe.hcl"}, {}, {}})
          .value();
  CHECK(Ids(selection) == Names{"ntfy"});
  REQUIRE(selection.failures.size() == 3);
  CHECK(selection.failures[0].message == "/cld/x/empty.hcl: the file is empty");
  CHECK(selection.failures[1].message == "/cld/x/policy.hcl: no job block in it");
  CHECK(selection.failures[1].hint == "/cld/x/policy.hcl:1:1: Unsupported argument");
  REQUIRE(selection.jobless.size() == 1);
  CHECK(selection.jobless[0]->path() == "/cld/x/policy.hcl");
  CHECK(selection.failures[2].message == "/cld/x/pipe.hcl: not a regular file");
}

TEST_CASE("a file that is no spec stands for the jobs that read it") {
  Homelab lab;
  lab.Add("web/web.hcl", JobText("web", "  meta { a = file(\"../shared/app.conf\") }"));
  lab.Add("shared/app.conf", "x");
  CHECK(lab.Pick({"/cld/shared/app.conf"}) == Names{"web"});
  CHECK(lab.Pick({"/cld/forgejo/.env"}) == Names{"forgejo"});
  CHECK(lab.Pick({"all"}, {"/cld/forgejo/.env", "/cld/shared/app.conf", "infra"}) ==
        Names{"immich", "immich-cron", "ntfy"});
  const Selection none = lab.Select({{"/cld/ntfy/readme.md"}, {}, {}}).value();
  CHECK(none.jobs.empty());
  REQUIRE(none.failures.size() == 1);
  CHECK(none.failures[0].message == "/cld/ntfy/readme.md: no job block in it");
}

TEST_CASE("faulty specs: an error inside the selection, one line for all outside") {
  Homelab lab;
  lab.Add("bad/bad.hcl", "job \"bad\" {\n  # /mnt/jfs\n  group \"a\" {\n");
  const Selection inside = lab.Select({{"bad"}, {}, {}}).value();
  REQUIRE(Ids(inside) == Names{"bad"});
  CHECK(inside.jobs[0].spec->faulty);
  CHECK(inside.warnings.empty());
  CHECK(lab.Pick({"jfs"}) == Names{"bad"});
  CHECK(lab.Select({{"ntfy"}, {}, {}}).value().warnings ==
        Names{"1 other spec is broken (nmgr validate all)"});
  lab.Add("bad/worse.hcl", "job \"worse\" {\n");
  CHECK(lab.Select({{"ntfy"}, {}, {}}).value().warnings ==
        Names{"2 other specs are broken (nmgr validate all)"});
}

TEST_CASE("what cannot be read is told once, apart from the warnings") {
  Homelab lab;
  lab.Add("secret/secret.hcl", JobText("secret"));
  lab.files.Forbid("/cld/secret/secret.hcl");
  lab.Add("forgejo/b.hcl", JobText("b"));
  lab.files.Forbid("/cld/forgejo/.env");
  const Selection selection = lab.Select({{"db"}, {}, {}}).value();
  CHECK(Ids(selection) == Names{"ntfy"});
  CHECK(selection.unreadable ==
        Names{"/cld/forgejo/.env: permission denied", "/cld/secret/secret.hcl: permission denied"});
  CHECK(selection.warnings.empty());
}

TEST_CASE("duplicates are judged by ID, namespace and region within the selection") {
  Homelab lab;
  lab.Add("web/web.hcl", JobText("web"));
  lab.Add("web2/web.hcl", JobText("web", "  namespace = \"default\""));
  lab.Add("web3/web.hcl", JobText("web", "  namespace = \"ops\""));
  lab.Add("web4/web.hcl", JobText("web", "  region = \"eu\""));
  const Selection selection = lab.Select({{"web"}, {}, {}}).value();
  REQUIRE(selection.jobs.size() == 3);
  CHECK(selection.specs.size() == 4);
  CHECK(selection.jobs[0].spec->path() == "/cld/web4/web.hcl");
  REQUIRE(selection.jobs[1].duplicates.size() == 1);
  CHECK(selection.jobs[1].spec->path() == "/cld/web/web.hcl");
  CHECK(selection.jobs[1].duplicates[0]->path() == "/cld/web2/web.hcl");
  CHECK(selection.jobs[2].spec->path() == "/cld/web3/web.hcl");
  CHECK(lab.Select({{"/cld/web2/"}, {}, {}}).value().jobs[0].duplicates.empty());
  lab.options.default_namespace = "ops";
  CHECK(lab.Select({{"web"}, {}, {}}).value().jobs[2].duplicates.size() == 1);
}

TEST_CASE("an empty repository selects nothing and says so") {
  Homelab lab;
  lab.options.base_dir = "/bare";
  lab.files.AddFolder("/bare");
  CHECK(lab.Select({{"all"}, {}, {}}).value().notices == Names{"no job specs below /bare"});
}
