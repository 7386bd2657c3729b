#include "nmgr/hcl/syntax/source.h"

#include <catch2/catch.hpp>

#include "nmgr/hcl/syntax/diagnostics.h"

namespace nmgr::hcl {
namespace {

struct Row {
  std::string_view text;
  std::uint32_t byte;
  std::uint32_t line;
  std::uint32_t column;
};

TEST_CASE("A place has a line and a column of grapheme clusters") {
  const Row rows[] = {
      {"", 0, 1, 1},
      {"ab", 2, 1, 3},
      {"a\nb", 2, 2, 1},
      {"a\r\nb", 3, 2, 1},
      {"a\rb", 2, 1, 3},
      {"\tb", 1, 1, 2},
      {"\xEF\xBB\xBF" "ab", 3, 1, 1},
      {"\xEF\xBB\xBF" "ab", 4, 1, 2},
      {"\xC3\xA9x", 2, 1, 2},
      {"e\xCC\x81x", 3, 1, 2},
      {"\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x91\xA7x", 11, 1, 2},
      {"\xFFx", 1, 1, 2},
      {"a\n\n\nbc", 5, 4, 2},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text, row.byte);
    const SourceFile file("t.hcl", std::string(row.text));
    CHECK(file.PosAt(row.byte) == SourcePos{row.line, row.column, row.byte});
  }
}

TEST_CASE("A line comes without its line end") {
  const SourceFile file("t.hcl", "one\ntwo\r\n\nfour");
  CHECK(file.Line(1) == "one");
  CHECK(file.Line(2) == "two");
  CHECK(file.Line(3).empty());
  CHECK(file.Line(4) == "four");
  CHECK(file.Line(5).empty());
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
