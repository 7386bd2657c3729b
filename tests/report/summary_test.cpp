#include "nmgr/report/summary.h"

#include <catch2/catch.hpp>

using namespace nmgr::report;

TEST_CASE("counts that add up, and apart from them those that overlap") {
  CHECK(CountsText({{4, "running"}, {0, "stopped"}, {2, "not known"}}, {}) ==
        "4 running, 2 not known");
  CHECK(CountsText({{4, "running"}}, {{0, "a"}, {1, "without a spec"}, {2, "b"}}) ==
        "4 running; of these 1 without a spec, 2 b");
  CHECK(CountsText({}, {}).empty());
}
