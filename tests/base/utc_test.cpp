#include "nmgr/base/utc.h"

#include <catch2/catch.hpp>

using nmgr::ParseUtcNs;

TEST_CASE("times of Nomad become nanoseconds, and nothing else does") {
  CHECK(ParseUtcNs("1970-01-01T00:00:01Z") == 1'000'000'000);
  CHECK(ParseUtcNs("2026-11-21T04:11:25.123456789Z") == 1'795'234'285'123'456'789);
  CHECK(ParseUtcNs("2026-11-21T04:11:25.5Z") == 1'795'234'285'500'000'000);
  for (const char* wrong : {"", "Z", "2026-11-21", "2026-11-21T04:11:25", "0001-01-01T00:00:00Z",
                            "2026-11-21T04:11:25.x5Z", "2026/11/21T04:11:25Z",
                            "2026-11-21T04:11:2Z", "99999-11-21T04:11:25Z"}) {
    INFO(wrong);
    CHECK(ParseUtcNs(wrong) == 0);
  }
}
