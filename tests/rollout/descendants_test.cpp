#include "nmgr/rollout/descendants.h"

#include <catch2/catch.hpp>

namespace nmgr::rollout {
namespace {

using Ids = std::vector<std::string>;

nomad::JobSummary ChildRow(std::string id, std::string parent, std::string status = "running") {
  nomad::JobSummary row;
  row.ref.id = std::move(id);
  row.parent_id = std::move(parent);
  row.status = std::move(status);
  return row;
}

Ids IdsOf(const std::vector<nomad::JobSummary>& jobs) {
  Ids ids;
  for (const nomad::JobSummary& job : jobs) ids.push_back(job.ref.id);
  return ids;
}

}  // namespace

TEST_CASE("Descendants go by ParentID, to the end, parents first") {
  const std::vector<nomad::JobSummary> jobs = {
      ChildRow("enc/dispatch-1/periodic-2/dispatch-3", "enc/dispatch-1/periodic-2"),
      ChildRow("enc/dispatch-1/periodic-2", "enc/dispatch-1", "dead"),
      ChildRow("enc/dispatch-1", "enc", "dead"),
      ChildRow("enc/dispatch-9", ""),
      ChildRow("enc/x", "enc/y"),
      ChildRow("enc", "enc"),
      ChildRow("other", "enc"),
  };
  CHECK(IdsOf(Descendants({"enc", "", ""}, jobs)) == Ids{"enc/dispatch-1", "other",
                                                         "enc/dispatch-1/periodic-2",
                                                         "enc/dispatch-1/periodic-2/dispatch-3"});
  CHECK(IdsOf(Running(Descendants({"enc", "", ""}, jobs))) ==
        Ids{"other", "enc/dispatch-1/periodic-2/dispatch-3"});
  CHECK(Descendants({"en", "", ""}, jobs).empty());
}

TEST_CASE("Jobs that name each other as parents end the search") {
  CHECK(IdsOf(Descendants({"a", "", ""}, {ChildRow("b", "a"), ChildRow("a", "b"),
                                          ChildRow("c", "c")})) == Ids{"b"});
}

TEST_CASE("A dead job whose tasks still end may run") {
  nomad::JobSummary job = ChildRow("a", "", "dead");
  CHECK_FALSE(MayRun(job));
  job.groups["g"] = {{"Complete", 3}, {"Running", 0}};
  CHECK_FALSE(MayRun(job));
  for (const char* state : {"Running", "Starting", "Unknown"}) {
    job.groups["g"] = {{"Complete", 3}, {state, 1}};
    CHECK(MayRun(job));
  }
}

TEST_CASE("A stray is named after a descendant whose record Nomad has collected") {
  const std::vector<nomad::JobSummary> jobs = {
      ChildRow("enc/dispatch-1/periodic-2", "enc/dispatch-1"),
      ChildRow("enc/dispatch-3/periodic-4", "enc/dispatch-3", "dead"),
      ChildRow("enc/other/periodic-4", "enc/other"),
      ChildRow("encode/dispatch-1/periodic-2", "encode/dispatch-1"),
      ChildRow("elsewhere", "enc/dispatch-1"),
  };
  CHECK(IdsOf(Strays({"enc"}, jobs)) == Ids{"enc/dispatch-1/periodic-2"});
}

TEST_CASE("A descendant is shown with its namespace where its ancestor is") {
  const nomad::JobRef enc{"enc", "prod", ""};
  CHECK(DescendantName("enc", enc, "enc/periodic-1") == "enc/periodic-1");
  CHECK(DescendantName("prod/enc", enc, "enc/periodic-1") == "prod/enc/periodic-1");
}

}  // namespace nmgr::rollout
