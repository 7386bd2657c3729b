#include "nmgr/repo/repo.h"

#include <catch2/catch.hpp>
#include <set>
#include <string>

#include "nmgr/repo/evaluated.h"
#include "repo/repository.h"

namespace {

using nmgr::ErrorCode;
using nmgr::Path;
using nmgr::testing::JobText;
using nmgr::testing::Paths;
using nmgr::testing::Repository;

}  // namespace

TEST_CASE("a file is a spec if it has a top-level job block") {
  using std::string_literals::operator""s;
  Repository repository;
  repository.Add("web/web.hcl", JobText("web"));
  repository.Add("web/volume.hcl", "id = \"data\"\ntype = \"csi\"\n");
  repository.Add("acl/policy.hcl", "namespace \"*\" {\n  capabilities = [\"submit-job\"]\n}\n");
  repository.Add("tf/main.hcl", "module \"x\" {\n  job \"inner\" {\n  }\n}\n");
  repository.Add("doc/heredoc.hcl", "text = <<EOT\njob \"no\" {\nEOT\n");
  repository.Add("e/empty.hcl", "");
  repository.Add("e/blank.hcl", "\n\n");
  repository.Add("e/binary.hcl",
                 "\x7f"
                 "ELF\0\1\2job \"x\" {"s);
  repository.Add("json/api.nomad", "{\"job\": {\"api\": {\"group\": {}}}}");
  const nmgr::repo::Found found = repository.Find();
  CHECK(Paths(found) == std::vector<Path>{"/cld/json/api.nomad", "/cld/web/web.hcl"});
  CHECK(found.warnings.empty());
}

TEST_CASE("a job's ID is its id attribute, else the label") {
  Repository repository;
  repository.Add("a.hcl", JobText("label"));
  repository.Add("b.hcl",
                 JobText("label", "  id = \"real\"\n  namespace = \"ops\"\n  region = \"eu\""));
  repository.Add("c.hcl", "variable \"who\" {\n  default = \"me\"\n}\n" +
                              JobText("label", "  id = \"${var.who}-web\""));
  const nmgr::repo::Found found = repository.Find();
  REQUIRE(found.specs.size() == 3);
  CHECK(found.specs[0]->id() == "label");
  CHECK(found.specs[1]->id() == "real");
  CHECK(found.specs[1]->parsed.header.name_space == "ops");
  CHECK(found.specs[1]->parsed.header.region == "eu");
  CHECK(found.specs[2]->id() == "me-web");
}

TEST_CASE("a job is known by ID, namespace and region, what its spec leaves out by the defaults") {
  Repository repo;
  repo.options.default_namespace = "apps";
  repo.options.default_region = "eu";
  repo.Add("a.nomad", JobText("web"));
  repo.Add("b.nomad", JobText("web", "  namespace = \"apps\"\n  region = \"eu\""));
  repo.Add("c.nomad", JobText("web", "  namespace = \"ops\""));
  repo.Add("d.nomad", JobText("web", "  region = \"us\""));
  const auto found = repo.Find();
  REQUIRE(found.specs.size() == 4);
  const auto identity = [&](std::size_t i) { return IdentityOf(*found.specs[i], repo.options); };
  CHECK(identity(0) == std::tuple("web", "apps", "eu"));
  CHECK(identity(1) == identity(0));
  CHECK(identity(2) == std::tuple("web", "ops", "eu"));
  CHECK(identity(3) == std::tuple("web", "apps", "us"));
}

TEST_CASE("a spec that does not parse is kept with the ID of its header") {
  Repository repository;
  repository.Add("web.hcl", "job \"web\" {\n  group \"a\" {\n");
  repository.Add("db.hcl", "job \"db\" {\n  x = = 1\n}\n");
  const nmgr::repo::Found found = repository.Find();
  REQUIRE(found.specs.size() == 2);
  CHECK(found.specs[0]->id() == "db");
  CHECK(found.specs[0]->faulty);
  CHECK(found.specs[0]->diagnostics.HasErrors());
  CHECK(found.specs[1]->id() == "web");
  CHECK(found.specs[1]->faulty);
}

TEST_CASE("an ID that cannot be evaluated makes the spec faulty") {
  Repository repository;
  repository.Add("web.hcl",
                 "variable \"who\" {\n  type = string\n}\n" + JobText("web", "  id = var.who"));
  const nmgr::repo::Found found = repository.Find();
  REQUIRE(found.specs.size() == 1);
  CHECK(found.specs[0]->faulty);
  CHECK(found.specs[0]->id() == "web");
}

TEST_CASE("a merge conflict inside of a heredoc is told of, too") {
  Repository repository;
  repository.Add("web.hcl", JobText("web",
                                    "  meta {\n    a = <<EOT\n<<<<<<< HEAD\nx\n=======\ny\n>>>>>>> "
                                    "other\nEOT\n  }"));
  const nmgr::repo::Found found = repository.Find();
  REQUIRE(found.specs.size() == 1);
  REQUIRE(found.specs[0]->diagnostics.items().size() == 1);
  CHECK(found.specs[0]->diagnostics.items()[0].summary == "Merge conflict marker inside a text");
}

TEST_CASE("files that cannot be read are told apart") {
  Repository repository;
  repository.Add("web.hcl", JobText("web"));
  repository.Add("secret.hcl", JobText("secret"));
  repository.files.Forbid("/cld/secret.hcl");
  repository.Add("huge.hcl", std::string(nmgr::kMaxFileSize + 1, '#'));
  const nmgr::repo::Found found = repository.Find();
  CHECK(Paths(found) == std::vector<Path>{"/cld/web.hcl"});
  CHECK(found.unreadable ==
        std::vector<std::string>{"/cld/huge.hcl: too large", "/cld/secret.hcl: permission denied"});
}

TEST_CASE("the result is the same whatever the number of threads") {
  Repository repository;
  for (int i = 0; i < 60; ++i) {
    const std::string name = "job" + std::to_string(i * 7919 % 60);
    repository.Add(name + "/" + name + ".hcl", JobText(name));
  }
  repository.options.threads = 1;
  const std::vector<Path> alone = Paths(repository.Find());
  CHECK(alone.size() == 60);
  CHECK(std::is_sorted(alone.begin(), alone.end()));
  for (const std::size_t threads : {2, 8, 64}) {
    repository.options.threads = threads;
    CHECK(Paths(repository.Find()) == alone);
  }
}

TEST_CASE("each candidate is read once and other files never") {
  Repository repository;
  repository.Add("web/web.hcl", JobText("web"));
  repository.Add("web/.env", "SECRET=1");
  repository.Find();
  CHECK(repository.files.reads() == std::set<Path>{"/cld/web/web.hcl"});
}

TEST_CASE("a named file says why it is no spec") {
  Repository repository;
  repository.Add("empty.hcl", "");
  repository.Add("policy.hcl", "x = 1\n");
  repository.Add("typo.hcl", "jb \"web\" {\n}\n");
  repository.Add("unclosed.hcl", "x {\n");
  repository.Add("locals.hcl", "locals {}\n");
  repository.Add("volume.tar", std::string("x\0y", 3));
  repository.Add("web.txt", JobText("web"));
  const auto summary = [&](const Path& path) {
    const nmgr::repo::SpecPtr spec = nmgr::repo::ReadSpec(path, repository.access()).value();
    CHECK_FALSE(spec->parsed.has_job);
    CHECK(spec->faulty);
    CHECK(spec->id().empty());
    return spec->diagnostics.items().front().summary;
  };
  CHECK(summary("/cld/policy.hcl") == "Unsupported argument");
  CHECK(summary("/cld/typo.hcl") == "Unsupported block type");
  CHECK(summary("/cld/unclosed.hcl") == "Unclosed configuration block");
  CHECK(summary("/cld/locals.hcl") == "Missing job block");
  const auto error = [&](const Path& path) {
    return nmgr::repo::ReadSpec(path, repository.access()).error();
  };
  CHECK(error("/cld/empty.hcl").code == ErrorCode::kInvalid);
  CHECK(error("/cld/empty.hcl").message == "/cld/empty.hcl: the file is empty");
  CHECK(error("/cld/volume.tar").message == "/cld/volume.tar: a binary file, no job spec");
  CHECK(error("/cld/gone.hcl").code == ErrorCode::kNotFound);
  CHECK(nmgr::repo::ReadSpec("/cld/web.txt", repository.access()).value()->id() == "web");
}

TEST_CASE("a base directory that is not there is not found") {
  Repository repository;
  repository.Add("web.hcl", JobText("web"));
  repository.options.base_dir = "/nowhere";
  CHECK(nmgr::repo::OpenRepo(repository.options, repository.access()).error().code ==
        ErrorCode::kNotFound);
  repository.options.base_dir = "/cld/web.hcl";
  CHECK(nmgr::repo::OpenRepo(repository.options, repository.access()).error().message ==
        "/cld/web.hcl: not a folder");
}

TEST_CASE("neighbour config files are those of the spec's own folder") {
  Repository repository;
  repository.Add("web/web.hcl", JobText("web"));
  for (const char* name :
       {".env", "app.env.sample", "config.toml.tpl", "run.sh", "x.yaml", "settings.json",
        "haproxy.cfg", "notes.md", "deep/inner.env", ".envrc"}) {
    repository.Add(std::string("web/") + name, "text");
  }
  const nmgr::repo::Repo repo =
      nmgr::repo::OpenRepo(repository.options, repository.access()).value();
  CHECK(nmgr::repo::NeighbourConfigs(repo, *repo.found.specs.front()) ==
        std::vector<Path>{"/cld/web/.env", "/cld/web/.envrc", "/cld/web/app.env.sample",
                          "/cld/web/config.toml.tpl", "/cld/web/haproxy.cfg", "/cld/web/run.sh",
                          "/cld/web/settings.json", "/cld/web/x.yaml"});
}

TEST_CASE("a repository keeps no tree of a spec, and evaluates it all the same") {
  Repository repository;
  repository.Add("web/web.hcl",
                 "locals {\n  name = \"web\"\n}\n" + JobText("web", "  id = local.name\n"));
  repository.Add("bad/bad.hcl", JobText("bad", "  x = = 1\n"));
  const nmgr::repo::Found found = repository.Find();
  REQUIRE(Paths(found) == std::vector<Path>{"/cld/bad/bad.hcl", "/cld/web/web.hcl"});
  CHECK(found.specs[0]->parsed.body != nullptr);
  CHECK(found.specs[1]->parsed.body == nullptr);
  const auto evaluated = nmgr::repo::Evaluated(*found.specs[1], repository.access().spec);
  REQUIRE(evaluated->spec);
  REQUIRE(evaluated->spec->images.size() == 1);
  CHECK(evaluated->spec->images[0].image == "example/web:1");
}

TEST_CASE("a job whose header stands behind what cannot be seen is listed or named") {
  using std::string_literals::operator""s;
  Repository repository;
  repository.Add("nul.hcl", "# \0\n"s + JobText("nul"));
  repository.Add("nb.hcl", "\xC2\xA0" + JobText("nb"));
  repository.Add("zw.hcl", "\xE2\x80\x8B" + JobText("zw"));
  repository.Add("tpl.hcl", "{{ if x }}" + JobText("tpl") + "{{ end }}");
  repository.Add("wide.hcl", "j\0o\0b\0 \0\"\0w\0\"\0 \0{\0\n\0}\0"s);
  const nmgr::repo::Found found = repository.Find();
  std::set<Path> seen;
  for (const Path& path : Paths(found)) seen.insert(path);
  for (const nmgr::repo::NoSpec& no_spec : found.no_specs) seen.insert(no_spec.path);
  CHECK(seen == std::set<Path>{"/cld/nb.hcl", "/cld/nul.hcl", "/cld/tpl.hcl", "/cld/wide.hcl",
                               "/cld/zw.hcl"});
}

TEST_CASE("a text in UTF-16 is named, not passed over") {
  Repository repository;
  repository.Add("web/web.hcl", JobText("web"));
  for (const char* mark : {"\xff\xfe", "\xfe\xff"}) {
    std::string wide = mark;
    for (const char c : JobText("wide")) wide += {c, '\0'};
    repository.Add("wide/wide.nomad.hcl", wide);
    const nmgr::repo::Found found = repository.Find();
    CHECK(Paths(found) == std::vector<Path>{"/cld/web/web.hcl"});
    REQUIRE(found.no_specs.size() == 1);
    CHECK(found.no_specs[0].path == "/cld/wide/wide.nomad.hcl");
    CHECK(found.no_specs[0].why == "a text in UTF-16: save it as UTF-8");
  }
}

TEST_CASE(
    "a spec deeper than the depth that nobody chose is named, and one that was chosen is kept") {
  Repository repository;
  repository.Add("web.hcl", JobText("web"));
  repository.Add("1/2/3/4/5/6/7/8/9/data.hcl", "x = 1\n");
  CHECK(repository.Find().warnings.empty());
  repository.Add("1/2/3/4/5/6/7/8/9/10/deep.hcl", JobText("deep"));
  const nmgr::repo::Found found = repository.Find();
  CHECK(Paths(found) == std::vector<Path>{"/cld/web.hcl"});
  REQUIRE(found.warnings.size() == 1);
  CHECK(found.warnings[0] ==
        "/cld/1/2/3/4/5/6/7/8/9/10/deep.hcl: left out, and whatever else is more than 8 folders "
        "deep: general.max_depth sets the limit");
  repository.options.max_depth = 2;
  CHECK(repository.Find().warnings.empty());
}
