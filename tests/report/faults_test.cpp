#include "nmgr/report/faults.h"

#include <catch2/catch.hpp>

using namespace nmgr;
using namespace nmgr::report;

namespace {

hcl::Diagnostics SpecWith(const std::string& name, const std::vector<std::string>& summaries) {
  const auto file = std::make_shared<hcl::SourceFile>(name, "a = b\n");
  hcl::Diagnostics faults;
  for (const std::string& summary : summaries) faults.Error(file, {0, 1}, summary, "Detail.");
  return faults;
}

}  // namespace

TEST_CASE("the first three faults of a spec, the rest counted") {
  const hcl::Diagnostics one = SpecWith("a.hcl", {"A", "B", "C", "D", "E"});
  const hcl::Diagnostics two = SpecWith("b.hcl", {"X"});
  const auto shown = Condensed({&one, &two}).items();
  REQUIRE(shown.size() == 4);
  CHECK(shown[2].summary == "C");
  CHECK(shown[2].detail ==
        "Detail.\n2 more faults in this spec (nmgr validate -o json shows all).");
  CHECK(shown[1].detail == "Detail.");
  CHECK(shown[3].summary == "X");
}

TEST_CASE("the same fault in many specs is one message with a count") {
  const hcl::Diagnostics a = SpecWith("a.hcl", {"Same", "Own"});
  const hcl::Diagnostics b = SpecWith("b.hcl", {"Same"});
  const hcl::Diagnostics c = SpecWith("c.hcl", {"Same", "Same"});
  const auto shown = Condensed({&a, &b, &c}).items();
  REQUIRE(shown.size() == 2);
  CHECK(shown[0].detail == "Detail.\nThe same in 2 other specs: b.hcl, c.hcl");
  CHECK(shown[1].summary == "Own");
}

TEST_CASE("no spec, no fault") {
  CHECK(Condensed({}).empty());
  const hcl::Diagnostics none;
  CHECK(Condensed({&none}).empty());
}

TEST_CASE("what failed of several jobs alike is one message with a count") {
  const auto refused = [](const std::string& job, const std::string& right) {
    return JobError{job,
                    {ErrorCode::kForbidden,
                     "Nomad refused GET /v1/job/" + job + "/plan: Permission denied (403)",
                     "the token lacks the right " + right}};
  };
  const auto shown = CondensedErrors({refused("web", "read-job"),
                                      {"db", {ErrorCode::kIo, "db: no disk", ""}},
                                      refused("ops%2Fmail", "read-job"),
                                      refused("x", "plan-job"),
                                      refused("y", "read-job")});
  REQUIRE(shown.size() == 3);
  CHECK(shown[0].message ==
        "web: Nomad refused GET /v1/job/web/plan: Permission denied (403) (the same of 2 other "
        "jobs: ops%2Fmail, y)");
  CHECK(shown[0].hint == "the token lacks the right read-job");
  CHECK(shown[1].message == "db: no disk");
  CHECK(shown[2].message == "x: Nomad refused GET /v1/job/x/plan: Permission denied (403)");
}
