#include "hcl/functions/call.h"

namespace nmgr::hcl {

namespace {

std::string Add(std::string_view time, std::string_view span) {
  return Show("timeadd", {Text(time), Text(span)});
}

std::string Date(std::string_view format, std::string_view time) {
  return Show("formatdate", {Text(format), Text(time)});
}

}  // namespace

TEST_CASE("timeadd keeps the offset and cuts to seconds") {
  CHECK(Add("2017-11-22T00:00:00Z", "1.5h") == "2017-11-22T01:30:00Z");
  CHECK(Add("2017-12-31T23:59:59+02:00", "1s") == "2018-01-01T00:00:00+02:00");
  CHECK(Add("2020-02-28T00:00:00.5Z", "-24h500ms") == "2020-02-27T00:00:00Z");
  CHECK(Add("9999-12-31T23:59:59Z", "1s") == "10000-01-01T00:00:00Z");
  CHECK(Add("0000-01-01T00:00:00Z", "-1s") == "-0001-12-31T23:59:59Z");
  CHECK(Add("2017-11-22T00:00:00Z", "1h1m1µs") == "2017-11-22T01:01:00Z");
  for (const char* span : {"", "5", "x", "1d", "1h 1m", ".s", "9223372036854775808ns", "-"}) {
    INFO(span);
    CHECK(FaultAt("timeadd", {Text("2017-11-22T00:00:00Z"), Text(span)}) == -1);
  }
}

TEST_CASE("formatdate verbs") {
  CHECK(Date("YYYY YY MMMM MMM MM M DD D EEEE EEE", "2018-01-04T23:12:01Z") ==
        "2018 18 January Jan 01 1 04 4 Thursday Thu");
  CHECK(Date("hh h HH H AA aa mm m ss s", "2018-01-04T15:02:01Z") == "15 15 03 3 PM pm 02 2 01 1");
  CHECK(Date("HH AA", "2018-01-04T00:00:00Z") == "12 AM");
  CHECK(Date("Z ZZZ ZZZZ ZZZZZ", "2018-01-04T23:12:01-08:00") == "-08:00 -0800 -0800 -08:00");
  CHECK(Date("Z ZZZ ZZZZ ZZZZZ", "2018-01-04T23:12:01Z") == "Z UTC +0000 +00:00");
  CHECK(Date("h 'o''clock' ''é", "2018-01-04T23:12:01Z") == "23 o'clock 'é");
}

TEST_CASE("formatdate points at what is wrong") {
  for (const char* format : {"ZZ", "X", "YYYYY", "MMMMM", "E", "A", "'x", "'"}) {
    INFO(format);
    CHECK(FaultAt("formatdate", {Text(format), Text("2018-01-04T23:12:01Z")}) == 0);
  }
}

TEST_CASE("Timestamps are RFC 3339 to the letter") {
  for (const char* time :
       {"", "x", "2018-01-04", "2018-13-04T00:00:00Z", "2018-02-30T00:00:00Z",
        "1900-02-29T00:00:00Z", "2018-01-04T24:00:00Z", "2018-01-04T23:12:60Z",
        "2018-01-04t23:12:01z", "2018-01-04T3:12:01Z", "2018-01-04T23:12:01",
        "2018-01-04T23:12:01,5Z", "2018-01-04T23:12:01+24:00", "2018-01-04T23:12:01Zx"}) {
    INFO(time);
    CHECK(FaultAt("formatdate", {Text("YYYY"), Text(time)}) == 1);
    CHECK(FaultAt("timeadd", {Text(time), Text("1h")}) == -1);
  }
}

}  // namespace nmgr::hcl
