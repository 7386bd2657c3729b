#include "nmgr/hcl/syntax/source.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "nmgr/hcl/syntax/diagnostics.h"
#include "nmgr/hcl/value/unicode.h"
#include "support/cpu_time.h"

namespace nmgr::hcl {
namespace {

struct PlaceRow {
  std::string_view text;
  std::uint32_t byte;
  std::uint32_t line;
  std::uint32_t column;
};

TEST_CASE("A place has a line and a column of grapheme clusters") {
  const PlaceRow rows[] = {
      {"", 0, 1, 1},
      {"ab", 2, 1, 3},
      {"a\nb", 2, 2, 1},
      {"a\r\nb", 3, 2, 1},
      {"a\rb", 2, 1, 3},
      {"\tb", 1, 1, 2},
      {"\xEF\xBB\xBF"
       "ab",
       3, 1, 1},
      {"\xEF\xBB\xBF"
       "ab",
       4, 1, 2},
      {"\xC3\xA9x", 2, 1, 2},
      {"e\xCC\x81x", 3, 1, 2},
      {"\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x91\xA7x", 11, 1, 2},
      {"\xFFx", 1, 1, 2},
      {"\"\xCC\x81\" x", 4, 1, 4},
      {"\"\\\"\xCC\x81\" x", 6, 1, 5},
      {"\"\xD8\x80\" x", 4, 1, 4},
      {"a\n\n\nbc", 5, 4, 2},
  };
  for (const PlaceRow& row : rows) {
    CAPTURE(row.text, row.byte);
    const SourceFile file("t.hcl", std::string(row.text));
    CHECK(file.PosAt(row.byte) == SourcePos{row.line, row.column, row.byte});
  }
}

TEST_CASE("A place is the same however one gets there") {
  std::string text;
  for (int i = 0; i < 3000; ++i) {
    text += i % 7 == 0 ? "e\u0301\U0001F469\u200D\U0001F467" : i % 11 == 0 ? "a\r\nb" : "xyz";
    if (i % 1000 == 999) text += std::string(40'000, 'w') + "\u0301\n";
  }
  const SourceFile upwards("t.hcl", text);
  const SourceFile downwards("t.hcl", text);
  const auto size = static_cast<std::uint32_t>(text.size());
  std::vector<SourcePos> places;
  for (std::uint32_t byte = 0; byte <= size; byte += 97) places.push_back(upwards.PosAt(byte));
  for (auto place = places.rbegin(); place != places.rend(); ++place) {
    CHECK(downwards.PosAt(place->byte) == *place);
  }
  // By hand: lines by their ends, columns from the line's beginning.
  for (const SourcePos& place : places) {
    const std::string_view before = std::string_view(text).substr(0, place.byte);
    CHECK(place.line == 1 + std::count(before.begin(), before.end(), '\n'));
    CHECK(place.column == 1 + CountGraphemes(before.substr(before.rfind('\n') + 1)));
  }
}

TEST_CASE("Many places in one long line of many characters take no long time") {
  std::string text;
  for (int i = 0; i < 1'000'000; ++i) text += "\u00e9e\u0301";
  const SourceFile file("t.hcl", text);
  const double start = testing::CpuSeconds();
  for (int i = 0; i < 2000; ++i) {
    CHECK(file.PosAt(static_cast<std::uint32_t>(text.size()) - 5).column == 2'000'000 - 1);
  }
  CHECK(testing::CpuSeconds() - start < 20);
}

// The places that are kept in between are counted by the same rule.
TEST_CASE("A quote far into a line stands alone") {
  std::string text;
  for (int i = 0; i < 10000; ++i) text += "\"\u0301\\\"\u0301";
  const SourceFile source("t.hcl", text);
  for (const std::uint32_t i : {1U, 3000U, 9999U, 10000U}) {
    CHECK(source.PosAt(i * 7).column == i * 4 + 1);
  }
}

TEST_CASE("Line ends and quotes in any number take no long time") {
  for (const char* piece : {"\n", "\"", "\"\n", "a"}) {
    std::string text;
    for (int i = 0; i < 4'000'000; ++i) text += piece;
    const SourceFile source("t.hcl", text);
    const double start = testing::CpuSeconds();
    CHECK(source.PosAt(static_cast<std::uint32_t>(text.size())).byte == text.size());
    CHECK(testing::CpuSeconds() - start < 20);
  }
}

TEST_CASE("A line comes without its line end") {
  const SourceFile file("t.hcl", "one\ntwo\r\n\nfour");
  const auto line_at = [&](std::uint32_t byte) { return file.TextOf(file.LineAt(byte)); };
  CHECK(line_at(0) == "one");
  CHECK(line_at(3) == "one");
  CHECK(line_at(4) == "two");
  CHECK(line_at(8) == "two");
  CHECK(line_at(9).empty());
  CHECK(line_at(10) == "four");
  CHECK(line_at(14) == "four");
  CHECK(file.TextOf({4, 7}) == "two");
}

TEST_CASE("Diagnostics about a decoded text point into its origin") {
  const auto file = std::make_shared<SourceFile>("t.json", R"({"a": "x\ty"})");
  // x, tab and y; y stands behind the escape.
  const std::vector<SourceFile::OffsetPair> offsets = {{0, 7}, {2, 10}};
  const auto part = std::make_shared<SourceFile>(file, "x\ty", offsets);
  CHECK(part->name() == "t.json");
  CHECK(part->InOrigin({0, 1}) == Span{7, 8});
  CHECK(part->InOrigin({2, 3}) == Span{10, 11});

  Diagnostics diagnostics;
  diagnostics.Error(part, {2, 3}, "Wrong", "It is y.", Span{0, 3});
  const Diagnostic& item = diagnostics.items().front();
  CHECK(item.file == file);
  CHECK(*item.subject == Span{10, 11});
  CHECK(*item.context == Span{7, 11});
}

}  // namespace
}  // namespace nmgr::hcl
