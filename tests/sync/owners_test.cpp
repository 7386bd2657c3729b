#include "nmgr/sync/owners.h"

#include <catch2/catch.hpp>

#include "repo/repository.h"

namespace nmgr::sync {
namespace {

using OwnerList = std::vector<std::string>;
using OwnerSet = std::set<std::string>;

// A tree with these jobs, each an ID and a name space or "".
std::unique_ptr<Tree> OwnedTree(const std::vector<std::pair<std::string, std::string>>& jobs) {
  testing::Repository repository;
  for (const auto& [id, name_space] : jobs) {
    const std::string body = name_space.empty() ? "" : "  namespace = \"" + name_space + "\"";
    repository.Add(id + name_space + ".nomad", testing::JobText(id, body));
  }
  auto tree = std::make_unique<Tree>();
  tree->repo = repository.options;
  tree->repo.default_namespace = "apps";
  tree->selection = repo::MakeSelection(repository.Find().specs, tree->repo);
  return tree;
}

JobStatus OwnedStatus(const std::string& name_space, const std::string& id) {
  JobStatus status;
  status.name_space = name_space;
  status.id = id;
  return status;
}

}  // namespace

TEST_CASE("a source that was not read may own anything, one that was what its tree says") {
  JobOwners owners;
  owners.Add("lab");
  owners.Add("home");
  Claims claims = owners.Known();
  CHECK(claims.names.empty());
  CHECK(claims.unclear.size() == 2);

  owners.Looked("lab", OwnedTree({{"web", ""}, {"db", "ops"}}).get());
  owners.Looked("home", OwnedTree({{"web", ""}}).get());
  claims = owners.Known();
  CHECK(claims.names.size() == 2);
  CHECK(claims.names.at({"apps", "web"}) == OwnerList{"lab", "home"});
  CHECK(claims.names.at({"ops", "db"}) == OwnerList{"lab"});
  CHECK(claims.unclear.empty());

  auto tree = OwnedTree({{"api", ""}});
  tree->unclear = {"x.nomad: its job has no ID"};
  owners.Looked("home", tree.get());
  claims = owners.Known();
  CHECK(claims.names.at({"apps", "web"}) == OwnerList{"lab"});
  CHECK(claims.unclear.at("home") == tree->unclear);

  owners.Looked("lab", nullptr);
  CHECK(owners.Known().names.size() == 1);
  CHECK(owners.Known().unclear.contains("lab"));
  owners.Drop("lab");
  CHECK_FALSE(owners.Known().unclear.contains("lab"));
}

TEST_CASE("a job of a source that no ID can be read of is no claim on that of another") {
  JobOwners owners;
  owners.Add("lab");
  owners.Add("home");
  auto tree = OwnedTree({});
  tree->selection = repo::MakeSelection({repo::OrphanSpec("")}, tree->repo);
  owners.Looked("lab", tree.get());
  owners.Looked("home", tree.get());
  CHECK(owners.Known().names.empty());
}

TEST_CASE("what has moved concerns who names it or has decided on it") {
  JobOwners owners;
  for (const char* source : {"lab", "home", "new"}) owners.Add(source);
  owners.Looked("lab", OwnedTree({{"web", ""}}).get());
  owners.Looked("home", OwnedTree({{"api", ""}}).get());
  const auto of = [&](const std::string& name_space, const OwnerSet& jobs) {
    return owners.Of(name_space, &jobs);
  };
  CHECK(of("apps", {"web"}) == OwnerSet{"lab"});
  CHECK(of("apps", {"api", "other", "web"}) == OwnerSet{"home", "lab"});
  CHECK(of("ops", {"web"}).empty());
  CHECK(of("apps", {"gone"}).empty());

  owners.Synced("home", {OwnedStatus("apps", "api"), OwnedStatus("apps", "gone")});
  CHECK(of("apps", {"gone"}) == OwnerSet{"home"});
  owners.Synced("home", {});
  CHECK(of("apps", {"gone"}).empty());
  CHECK(of("apps", {"api"}) == OwnerSet{"home"});
}

TEST_CASE("who else owns what a source names since, or does not name any more, is told") {
  JobOwners owners;
  for (const char* source : {"lab", "home", "new"}) owners.Add(source);
  CHECK(owners.Looked("lab", OwnedTree({{"web", ""}, {"db", ""}}).get()).empty());
  CHECK(owners.Looked("home", OwnedTree({{"web", ""}, {"api", ""}}).get()) == OwnerSet{"lab"});
  CHECK(owners.Looked("home", OwnedTree({{"web", ""}, {"mail", ""}}).get()).empty());
  CHECK(owners.Looked("home", OwnedTree({{"api", ""}}).get()) == OwnerSet{"lab"});
  owners.Synced("new", {OwnedStatus("apps", "mail")});
  CHECK(owners.Looked("lab", OwnedTree({{"mail", ""}}).get()) == OwnerSet{"new"});
}

TEST_CASE("where it is not known what has moved, all that have begun a sync are concerned") {
  JobOwners owners;
  owners.Add("lab");
  owners.Add("home");
  CHECK(owners.Of("apps", nullptr).empty());
  owners.Synced("lab", {});
  CHECK(owners.Of("apps", nullptr) == OwnerSet{"lab"});
  owners.Synced("home", {});
  CHECK(owners.Of("ops", nullptr) == OwnerSet{"home", "lab"});
}

}  // namespace nmgr::sync
