#include "nmgr/hcl/value/unicode.h"

#include <catch2/catch.hpp>
#include <vector>

#include "nmgr/base/text.h"

using namespace nmgr::hcl;

namespace {

std::string Utf8(std::u32string_view text) {
  std::string out;
  for (const char32_t c : text) AppendCodePoint(c, out);
  return out;
}

// Lengths of the clusters in code points.
std::vector<std::size_t> Clusters(std::u32string_view text) {
  const std::string bytes = Utf8(text);
  std::string_view rest = bytes;
  std::vector<std::size_t> result;
  while (!rest.empty()) {
    const std::size_t size = FirstGrapheme(rest);
    std::string_view cluster = rest.substr(0, size);
    std::size_t points = 0;
    for (std::size_t length = 0; !cluster.empty(); cluster.remove_prefix(length), ++points) {
      DecodeCodePoint(cluster, length);
    }
    result.push_back(points);
    rest.remove_prefix(size);
  }
  return result;
}

using Lengths = std::vector<std::size_t>;

}  // namespace

TEST_CASE("text is composed to NFC") {
  CHECK(NormalizeNfc("") == "");
  CHECK(NormalizeNfc("plain") == "plain");
  CHECK(NormalizeNfc("ÀÉ") == "ÀÉ");
  CHECK(NormalizeNfc(Utf8(U"e\u0301")) == "é");
  CHECK(NormalizeNfc(Utf8(U"a\u0323\u0302")) == "ậ");
  CHECK(NormalizeNfc(Utf8(U"a\u0302\u0323")) == "ậ");
  CHECK(NormalizeNfc(Utf8(U"\u1100\u1161\u11A8")) == "각");
  CHECK(NormalizeNfc(Utf8(U"\u212B")) == "Å");
  CHECK(NormalizeNfc(Utf8(U"\u0344")) == Utf8(U"\u0308\u0301"));  // excluded from composition
  CHECK(NormalizeNfc("ﬁ") == "ﬁ");                                // no compatibility mapping
}

TEST_CASE("NFC is seen at a glance where nothing is doubtful") {
  for (const char* text : {"", "plain", "größe", "настройка сервера й", "日本語", "각", "😀"}) {
    CAPTURE(text);
    CHECK(IsNfc(text));
    CHECK(NormalizeNfc(text) == text);
  }
  for (const std::u32string_view text :
       {U"e\u0301", U"\u212B", U"\u1100\u1161", U"\u0344", U"\u0958"}) {
    CHECK_FALSE(IsNfc(Utf8(text)));
  }
}

TEST_CASE("a long run of combining marks is split, as Go's normaliser splits it") {
  std::string marks = "q";
  for (int i = 0; i < 31; ++i) AppendCodePoint(0x0301, marks);
  std::string split = "q";
  for (int i = 0; i < 30; ++i) AppendCodePoint(0x0301, split);
  CHECK(NormalizeNfc(marks) == split + Utf8(U"\u034F\u0301"));
}

TEST_CASE("hostile runs of marks are normalised in bounded time") {
  std::string text = "a";
  for (int i = 0; i < 200000; ++i) AppendCodePoint(i % 2 == 0 ? 0x0301 : 0x0323, text);
  CHECK(NormalizeNfc(text).size() > text.size());
}

TEST_CASE("ASCII is recognised at any length") {
  std::string text;
  for (int i = 0; i < 40; ++i) {
    CHECK(IsAscii(text));
    CHECK_FALSE(IsAscii(text + "é"));
    CHECK_FALSE(IsAscii("é" + text));
    text += 'x';
  }
}

TEST_CASE("extended grapheme clusters are found") {
  CHECK(FirstGrapheme("") == 0);
  CHECK(Clusters(U"ab") == Lengths{1, 1});
  CHECK(Clusters(U"\r\n\n\ra") == Lengths{2, 1, 1, 1});
  CHECK(Clusters(U"e\u0301x") == Lengths{2, 1});
  CHECK(Clusters(U"\U0001F468\u200D\U0001F469\u200D\U0001F467!") == Lengths{5, 1});
  CHECK(Clusters(U"\U0001F44D\U0001F3FD") == Lengths{2});
  CHECK(Clusters(U"\U0001F1E9\U0001F1EA\U0001F1EB\U0001F1F7\U0001F1E9") == Lengths{2, 2, 1});
  CHECK(Clusters(U"\u1100\u1161\u11A8\uAC00\u11A8") == Lengths{3, 2});
  CHECK(Clusters(U"\u0915\u094D\u0937") ==
        Lengths{2, 1});                            // no Indic conjuncts before Unicode 15.1
  CHECK(Clusters(U"\u0E01\u0E33") == Lengths{2});  // spacing mark
  CHECK(Clusters(U"\u0600\u0031") == Lengths{2});  // prepended mark
  CHECK(Clusters(U"a\u200D\U0001F468") == Lengths{2, 1});
  CHECK(CountGraphemes(Utf8(U"\U0001F468\u200D\U0001F469 e\u0301\r\n")) == 4);
}

TEST_CASE("clusters differ from UAX 29 where go-textseg does") {
  CHECK(Clusters(U"\u11A8\u200D\U0001F468") == Lengths{3});
  CHECK(Clusters(U"\U0001F1E6\u200D\U0001F468") == Lengths{3});
  CHECK(Clusters(U"\uFFFD\u0301") == Lengths{1, 1});
  CHECK(Clusters(U"\u2065\u0301") == Lengths{1, 1});
  CHECK(Clusters(U"\U0001F468\u200D\U0001FAFF") == Lengths{3});
  CHECK(Clusters(U"\u1100\uAC00\u11A8") == Lengths{2, 1});
}

TEST_CASE("code points are read and written") {
  std::size_t length = 0;
  CHECK(DecodeCodePoint("😀x", length) == 0x1F600);
  CHECK(length == 4);
  CHECK(DecodeCodePoint("\xFFx", length) == 0xFFFD);
  CHECK(length == 1);
  CHECK(DecodeCodePoint("\xC3", length) == 0xFFFD);
  CHECK(length == 1);
  CHECK(Utf8(U"aé€😀") == "aé€😀");
}

TEST_CASE("every code point is well-formed UTF-8, and no part of one is") {
  for (char32_t c = 0; c <= 0x10FFFF; ++c) {
    if (c >= 0xD800 && c <= 0xDFFF) continue;
    std::string text;
    AppendCodePoint(c, text);
    const std::string_view part(text.data(), text.size() - 1);
    if (nmgr::Utf8Length(text) != text.size() || nmgr::Utf8Length(part) != 0) {
      FAIL(static_cast<std::uint32_t>(c));
    }
  }
}

TEST_CASE("all two-byte and many longer sequences are judged as utf8proc does") {
  for (int first = 0x80; first <= 0xFF; ++first) {
    for (int second = 0; second <= 0xFF; ++second) {
      for (const char* tail : {"", "\x80", "\xBF\x80", "\x80\x41"}) {
        const std::string text =
            std::string{static_cast<char>(first), static_cast<char>(second)} + tail;
        std::size_t expected = 0;
        DecodeCodePoint(text, expected);
        REQUIRE(nmgr::Utf8Length(text) == (expected == 1 ? 0 : expected));
      }
    }
  }
}

TEST_CASE("white space is Unicode's") {
  for (const char32_t c : std::u32string_view(U"\t\n\v\f\r \u0085\u00A0\u1680\u2003\u2028\u3000")) {
    CHECK(IsWhiteSpace(c));
  }
  for (const char32_t c : std::u32string_view(U"a\u200B\uFEFF\u180E\u001C"))
    CHECK_FALSE(IsWhiteSpace(c));
  CHECK(TrimSpaceLeft("\u00A0 x ") == "x ");
  CHECK(TrimSpaceRight(" x\u2003\u3000\n") == " x");
  CHECK(TrimSpaceRight("\u3000").empty());
  CHECK(TrimSpaceRight("é") == "é");
  CHECK(TrimSpaceRight("x\xE3") == "x\xE3");
}

TEST_CASE("identifiers follow Unicode 9") {
  for (const char32_t c : std::u32string_view(U"aZ_éßπ日ⅷ℘ᢅ")) CHECK(IsIdentifierStart(c));
  for (const char32_t c : std::u32string_view(U"0-$.\u0301·€😀\u2E2F"))
    CHECK_FALSE(IsIdentifierStart(c));
  for (const char32_t c : std::u32string_view(U"a0-_\u0301·٣፩‿")) CHECK(IsIdentifierPart(c));
  for (const char32_t c : std::u32string_view(U" .$€\u200D")) CHECK_FALSE(IsIdentifierPart(c));
  CHECK_FALSE(IsIdentifierStart(0x1C90));   // Georgian capital, Unicode 11
  CHECK_FALSE(IsIdentifierPart(0x1DF6));    // mark, Unicode 10
  CHECK_FALSE(IsIdentifierStart(0x30000));  // Han extension, Unicode 13
  CHECK(IsIdentifierStart(0x4DB5));
  CHECK_FALSE(IsIdentifierStart(0x4DB6));
}

TEST_CASE("case mappings are the simple ones") {
  CHECK(ToUpper(U'é') == U'É');
  CHECK(ToUpper(U'ß') == U'ß');
  CHECK(ToTitle(U'ß') == U'ß');
  CHECK(ToUpper(U'ŉ') == U'ŉ');
  CHECK(ToUpper(U'ﬁ') == U'ﬁ');
  CHECK(ToUpper(U'ǆ') == U'Ǆ');
  CHECK(ToTitle(U'ǆ') == U'ǅ');
  CHECK(ToLower(U'İ') == U'i');
  CHECK(ToLower(U'Σ') == U'σ');
  CHECK(ToLower(U'ẞ') == U'ß');
}

TEST_CASE("categories are told apart") {
  CHECK(IsLetter(U'日'));
  CHECK_FALSE(IsLetter(U'1'));
  CHECK_FALSE(IsLetter(U'_'));
  CHECK(IsDigit(U'٣'));
  CHECK_FALSE(IsDigit(U'Ⅷ'));
  CHECK(IsPrintable(U' '));
  CHECK(IsPrintable(U'€'));
  for (const char32_t c : std::u32string_view(U"\n\u00A0\u00AD\u200B\u0378\uE000"))
    CHECK_FALSE(IsPrintable(c));
}
