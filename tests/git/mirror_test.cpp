#include "nmgr/git/mirror.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "git/git_server.h"
#include "support/temp_dir.h"

namespace nmgr::git {
namespace {

using testing::GitOrigin;
using testing::TempDir;
using Names = std::vector<std::string>;

// A mirror of an origin, and the folder of its trees.
struct Mirrored {
  explicit Mirrored(const GitOrigin& origin, std::string ref = "refs/heads/main",
                    Limits limits = {})
      : access{origin.url(), std::move(ref)} {
    access.allow_file = true;
    Open(limits);
  }
  void Open(Limits limits = {}) {
    mirror.reset();
    mirror = std::make_unique<Mirror>(folder(), access, RealProcesses(), RealFileSystem(), limits);
  }
  Path folder() const { return dir.At("mirror"); }
  Path trees() const { return dir.At("trees"); }

  TempDir dir;
  Access access;
  std::unique_ptr<Mirror> mirror;
};

TEST_CASE("a mirror follows a branch: what the server has, what is fetched, its tree") {
  GitOrigin origin;
  origin.Write("web/web.hcl", "job \"web\" {}\n");
  origin.Write("web/.env", "A=1\n");
  const std::string first = origin.Commit("the first one");
  Mirrored at(origin);
  CHECK(at.mirror->LastFetched().value().empty());
  CHECK(at.mirror->RemoteCommit().value() == first);
  const auto fetched = at.mirror->Fetch().value();
  CHECK(fetched.commit == first);
  CHECK_FALSE(fetched.forced);
  CHECK(at.mirror->LastFetched().value() == first);
  const Checkout tree = at.mirror->CheckOut(first, at.trees()).value();
  CHECK(tree.folder == at.trees() + "/" + first);
  CHECK(tree.left_out.empty());
  CHECK(at.dir.Read("trees/" + first + "/web/web.hcl") == "job \"web\" {}\n");
  CHECK_FALSE(std::filesystem::exists(tree.folder + "/.git"));

  origin.Remove("web/.env");
  origin.Write("db/db.hcl", "job \"db\" {}\n");
  const std::string second = origin.Commit("the second one");
  CHECK(at.mirror->RemoteCommit().value() == second);
  CHECK(at.mirror->LastFetched().value() == first);
  CHECK_FALSE(at.mirror->Fetch().value().forced);
  CHECK(at.mirror->IsAncestor(first, second).value());
  CHECK_FALSE(at.mirror->IsAncestor(second, first).value());
  const Changes changes = at.mirror->ChangesBetween(first, second).value();
  CHECK(changes.changed == Names{"db/db.hcl"});
  CHECK(changes.deleted == Names{"web/.env"});
  const CommitInfo info = at.mirror->Describe(second).value();
  CHECK(info.commit == second);
  CHECK(info.author == "Ann Example");
  CHECK(info.email == "ann@example.org");
  CHECK(info.subject == "the second one");
  CHECK(info.time > WallTime(std::chrono::hours(24 * 365 * 50)));
  REQUIRE(at.mirror->CheckOut(second, at.trees()));
  REQUIRE(at.mirror->RemoveOthers(at.trees(), {second}));
  CHECK_FALSE(std::filesystem::exists(at.trees() + "/" + first));
  CHECK(std::filesystem::exists(at.trees() + "/" + second + "/db/db.hcl"));
}

}  // namespace
}  // namespace nmgr::git
