#include "nmgr/sync/job_rows.h"

#include <catch2/catch.hpp>

namespace nmgr::sync {
namespace {

nomad::JobSummary RowOf(const std::string& id, std::uint64_t job, int failed) {
  nomad::JobSummary row;
  row.ref.id = id;
  row.status = "running";
  row.job_modify_index = job;
  row.groups["main"] = {{"Failed", failed}, {"Running", 1}};
  return row;
}

}  // namespace

TEST_CASE("of two lists those jobs have moved that came, went or changed") {
  JobRows rows;
  CHECK(rows.Take({RowOf("db", 1, 1), RowOf("gone", 1, 1), RowOf("web", 1, 1)}).empty());
  CHECK(rows.Take({RowOf("db", 1, 1), RowOf("gone", 1, 1), RowOf("web", 1, 1)}).empty());
  CHECK(rows.Take({RowOf("db", 1, 2), RowOf("new", 9, 1), RowOf("web", 8, 1)}) ==
        std::set<std::string>{"db", "gone", "new", "web"});
  nomad::JobSummary stopped = RowOf("web", 8, 1);
  stopped.status = "dead";
  CHECK(rows.Take({RowOf("db", 1, 1), RowOf("new", 9, 1), RowOf("web", 8, 1)}) ==
        std::set<std::string>{"db"});
  CHECK(rows.Take({RowOf("db", 1, 1), RowOf("new", 9, 1), stopped}) ==
        std::set<std::string>{"web"});
}

TEST_CASE("what a job has launched moves that job too") {
  JobRows rows;
  nomad::JobSummary launch = RowOf("backup/periodic-1", 3, 3);
  launch.parent_id = "backup";
  rows.Take({RowOf("backup", 1, 1)});
  CHECK(rows.Take({RowOf("backup", 1, 1), launch}) ==
        std::set<std::string>{"backup", "backup/periodic-1"});
  CHECK(rows.Take({RowOf("backup", 1, 1)}) == std::set<std::string>{"backup", "backup/periodic-1"});
}

}  // namespace nmgr::sync
