#include "nmgr/report/cells.h"

#include <catch2/catch.hpp>

using namespace nmgr::report;

TEST_CASE("width is counted in cells of a terminal") {
  CHECK(DisplayWidth("") == 0);
  CHECK(DisplayWidth("plain") == 5);
  CHECK(DisplayWidth("süß") == 3);
  CHECK(DisplayWidth("中文") == 4);
  CHECK(DisplayWidth("e\u0301") == 1);
  CHECK(DisplayWidth("\U0001F600") == 2);
  CHECK(DisplayWidth("\U0001F468\u200D\U0001F469\u200D\U0001F467") == 2);
}

TEST_CASE("glyphs cover a line: tabs to the next stop, controls and bad bytes escaped") {
  const auto glyphs = Glyphs("a\tb\x1b\xff中");
  std::string text;
  int width = 0;
  for (const Glyph& glyph : glyphs) {
    text += glyph.text;
    width += glyph.width;
  }
  CHECK(text == "a   b\\x1b\\xff中");
  CHECK(width == 15);
  REQUIRE(glyphs.size() == 6);
  CHECK(glyphs[1].width == 3);
  CHECK(glyphs[5].begin == 5);
}

TEST_CASE("text is wrapped at blanks, by cells, and keeps its line breaks and margins") {
  using Lines = std::vector<std::string>;
  CHECK(Wrap("", 10).empty());
  CHECK(Wrap("one two three", 8) == Lines{"one two", "three"});
  CHECK(Wrap("one two", 7) == Lines{"one two"});
  CHECK(Wrap("averyverylongword x", 8) == Lines{"averyverylongword", "x"});
  CHECK(Wrap("a\n\nb\n", 8) == Lines{"a", "", "b"});
  CHECK(Wrap("list:\n  - one two three\n", 11) == Lines{"list:", "  - one two", "  three"});
  CHECK(Wrap("中文 中文", 5) == Lines{"中文", "中文"});
  CHECK(Wrap("red \x1b[31m", 80) == Lines{"red \\x1b[31m"});
}

TEST_CASE("text is cropped in its middle, of which its end keeps more, or at its end") {
  CHECK(CropMiddle("short", 10) == "short");
  CHECK(CropMiddle("0123456789abcdef", 12) == "012...abcdef");
  CHECK(CropMiddle("ghcr.io/immich-app/immich-server:v1.125.0", 24) == "ghcr.io...erver:v1.125.0");
  CHECK(DisplayWidth(CropMiddle("\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d", 9)) <= 9);
  CHECK(CropMiddle("0123456789", 2) == "..");
  CHECK(CropMiddle("0123456789", 0).empty());
  CHECK(CropEnd("short", 5) == "short");
  CHECK(CropEnd("group db runs 0 of 1", 12) == "group db ...");
  CHECK(CropEnd("0123456789", 2) == "..");
  for (int width = 0; width < 12; ++width) {
    CHECK(DisplayWidth(CropEnd("\u4e2d\u4e2d e\u0301 x \u4e2d\u4e2d", width)) <= width);
    CHECK(DisplayWidth(CropMiddle("\u4e2d\u4e2d e\u0301 x \u4e2d\u4e2d", width)) <= width);
  }
}
