#include "nmgr/base/clock.h"

#include <catch2/catch.hpp>

using namespace nmgr;
using namespace std::chrono_literals;

TEST_CASE("durations are read and written as people do") {
  CHECK(ParseDuration("90s").value() == 90s);
  CHECK(ParseDuration("1h30m").value() == 90min);
  CHECK(ParseDuration("250ms").value() == 250ms);
  CHECK(ParseDuration("1.5s").value() == 1500ms);
  CHECK(ParseDuration("30").value() == 30s);
  for (const char* wrong : {"", "s", "-5s", "5x", "5s3", "1e9h", "nan", "inf"}) {
    INFO(wrong);
    CHECK_FALSE(ParseDuration(wrong).has_value());
  }
  CHECK(FormatDuration(90s) == "1m30s");
  CHECK(FormatDuration(5min) == "5m");
  CHECK(FormatDuration(250ms) == "250ms");
}
