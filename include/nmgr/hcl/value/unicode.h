// The Unicode rules that HCL needs (Unicode 15, as Go 1.26), in one place over utf8proc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace nmgr::hcl {

// NFC of valid UTF-8. Runs of more than 30 combining marks are split by U+034F, as Go's normaliser
// splits them.
std::string NormalizeNfc(std::string_view text);
// Whether the text can be seen to be NFC at a glance: nearly all that is. False says nothing.
bool IsNfc(std::string_view text);
bool IsAscii(std::string_view text);

// Length in bytes of the first extended grapheme cluster (UAX 29; CRLF is one); 0 for "".
std::size_t FirstGrapheme(std::string_view text);
std::size_t CountGraphemes(std::string_view text);

// The clusters at the start of `text` up to the first that ends at byte `least` or behind it.
struct GraphemeRun {
  std::size_t count = 0;
  std::size_t bytes = 0;
};
GraphemeRun PassGraphemes(std::string_view text, std::size_t least);

// Decodes the code point at the start of non-empty valid UTF-8 and sets its length in bytes. An
// invalid byte gives U+FFFD and length 1.
char32_t DecodeCodePoint(std::string_view text, std::size_t& length);
void AppendCodePoint(char32_t code_point, std::string& out);

// What stands for an invalid sequence.
constexpr char32_t kReplacement = 0xFFFD;

// The halves of a pair in UTF-16, which no text in UTF-8 may hold.
constexpr bool IsHighSurrogate(char32_t c) { return c >= 0xD800 && c <= 0xDBFF; }
constexpr bool IsLowSurrogate(char32_t c) { return c >= 0xDC00 && c <= 0xDFFF; }
constexpr bool IsSurrogate(char32_t c) { return IsHighSurrogate(c) || IsLowSurrogate(c); }

// Bytes of the identifier at the start; 0 if there is none.
std::size_t IdentifierLength(std::string_view text);
bool IsWhiteSpace(char32_t c);       // Unicode White_Space
bool IsIdentifierStart(char32_t c);  // ID_Start of Unicode 9, or '_'
bool IsIdentifierPart(char32_t c);   // ID_Continue of Unicode 9, or '-'
char32_t ToUpper(char32_t c);        // simple mappings
char32_t ToLower(char32_t c);
char32_t ToTitle(char32_t c);
bool IsLetter(char32_t c);
bool IsDigit(char32_t c);
bool IsPrintable(
    char32_t c);  // letters, marks, numbers, punctuation, symbols and U+0020 (Go's IsPrint)

// Without leading / trailing Unicode white space.
std::string_view TrimSpaceLeft(std::string_view text);
std::string_view TrimSpaceRight(std::string_view text);

}  // namespace nmgr::hcl
