// What a sync says of a tree where Nomad is not asked.
#include "nmgr/sync/cycle.h"

#include <catch2/catch.hpp>

#include "repo/repository.h"

namespace nmgr::sync {
namespace {

using testing::JobText;
using testing::Repository;

}  // namespace

TEST_CASE("where no sync can be, each job that Nomad would be asked about is unreachable") {
  Repository repository;
  repository.options.default_namespace = "apps";
  repository.Add("b/web.nomad", JobText("web"));
  repository.Add("api.nomad", JobText("api"));
  repository.Add("shared.nomad", JobText("shared"));
  repository.Add("dns.nomad", JobText("dns"));
  repository.Add("elsewhere.nomad", JobText("elsewhere", "  namespace = \"ops\""));
  Tree tree;
  tree.checkout.folder = "/cld";
  tree.checkout.commit = "0123456789abcdef";
  tree.repo = repository.options;
  tree.selection = repo::MakeSelection(repository.Find().specs, tree.repo);
  Source source;
  source.name = "lab";
  Claims claims;
  claims.names[{"apps", "shared"}] = {"lab", "other"};
  SyncOptions options;
  options.source = &source;
  options.claims = &claims;
  options.protect = {"dns"};

  const SyncResult result = NoSync(tree, options, "nobody answers", WallTime(Duration(5)));
  REQUIRE(result.jobs.size() == 5);
  std::vector<std::string> rows;
  for (const JobStatus& job : result.jobs) {
    rows.push_back(job.name_space + "/" + job.id + " " + job.path + " " +
                   std::string(WordOf(job.verdict)) + ": " + job.reason);
    CHECK(job.source == "lab");
    CHECK_FALSE(job.since);
    CHECK(job.commit.empty());
  }
  CHECK(rows[0] == "apps/api api.nomad unreachable: nobody answers");
  CHECK(rows[1].starts_with("apps/dns dns.nomad held: "));
  CHECK(rows[2] == "apps/shared shared.nomad conflict: source other names it too");
  CHECK(rows[3] == "apps/web b/web.nomad unreachable: nobody answers");
  CHECK(rows[4].starts_with("ops/elsewhere elsewhere.nomad held: "));
  CHECK(result.runs.empty());
  CHECK_FALSE(result.end);
}

}  // namespace nmgr::sync
