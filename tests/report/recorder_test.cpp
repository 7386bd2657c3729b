#include "nmgr/report/recorder.h"

#include <catch2/catch.hpp>
#include <memory>

using namespace nmgr;
using namespace nmgr::report;

TEST_CASE("a recorder keeps both streams apart, and tells again what it was told") {
  const std::unique_ptr<Reporter> shown = MakeReporter({});
  Recorder recorder(*shown);
  recorder.Line("one");
  recorder.Raw("two\nthree\n");
  recorder.Json({{"jobs", 3}});
  recorder.Progress("goes by");
  recorder.Notice("3 jobs");
  recorder.Warning("odd");
  recorder.Error({ErrorCode::kIo, "broken", "mend it"});
  CHECK(recorder.lines() == std::vector<std::string>{"one", "two", "three"});
  CHECK(recorder.document() == nlohmann::json{{"jobs", 3}});
  REQUIRE(recorder.messages().size() == 3);
  CHECK(recorder.messages()[0].text == "3 jobs");
  CHECK(recorder.messages()[0].is_notice);
  CHECK(recorder.messages()[1].text == "warning: odd");
  CHECK(recorder.messages()[2].text == "error: broken\n  mend it");
  CHECK_FALSE(recorder.messages()[2].is_notice);

  Recorder again(*shown);
  for (const Recorder::Message& message : recorder.messages()) message.tell(again);
  REQUIRE(again.messages().size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(again.messages()[i].text == recorder.messages()[i].text);
  }
}
