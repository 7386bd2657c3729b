// Small text helpers shared by all folders. Anything about Unicode (NFC, grapheme clusters) is in
// hcl.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace nmgr {

// Of ASCII only, whatever the locale.
constexpr bool IsAsciiDigit(char c) { return c >= '0' && c <= '9'; }
constexpr bool IsAsciiLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// Of a hexadecimal digit in either case; -1 for any other byte.
constexpr int HexValue(char c) {
  if (IsAsciiDigit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string_view TrimBlanks(std::string_view text);

// Pieces between separators; "" gives one empty piece.
std::vector<std::string_view> Split(std::string_view text, char separator);

// Non-empty pieces between any of the characters.
std::vector<std::string> SplitList(std::string_view text, std::string_view separators = ", \t\n");

std::string Join(const std::vector<std::string>& parts, std::string_view separator);

// "a, b, c, d, e and 27 more": what a message can name of a list of any length.
std::string SomeOf(const std::vector<std::string>& names);

// Length of the well-formed UTF-8 sequence at the start (no overlong forms, no surrogates, nothing
// above U+10FFFF); 0 if there is none.
std::size_t Utf8Length(std::string_view text);
bool IsValidUtf8(std::string_view text);

// A byte of a UTF-8 sequence other than its first.
inline bool IsContinuationByte(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

// What could steer a terminal or mislead a reader, made visible: control characters (C0, DEL, C1)
// and bytes that are no UTF-8 as \xNN, bidi and line controls as \uNNNN. Characters in `keep` stay.
std::string EscapeControls(std::string_view text, std::string_view keep = {});

// One word of a command that somebody is to type: quoted where a shell would make something else of
// it.
std::string ShellWord(std::string_view word);

// A JSON document whose strings hold nothing that could steer a terminal: what EscapeControls makes
// visible becomes \\uNNNN, which means the same to a reader of JSON.
std::string EscapeInJson(std::string_view document);

// Levenshtein distance in bytes.
std::size_t EditDistance(std::string_view a, std::string_view b);

// Up to `most` of `candidates` that a person may have meant by `typed`: nearest first, then by
// name; only those within a third of its length (at least 2), or of which it is a part. None for or
// among names of more than 100 bytes: comparing takes the product of both lengths.
std::vector<std::string> NearestNames(std::string_view typed,
                                      const std::vector<std::string>& candidates,
                                      std::size_t most = 3);
// " Did you mean "x"?", to be appended to a sentence, or "".
std::string DidYouMean(std::string_view typed, const std::vector<std::string>& candidates);

// "1 job", "2 jobs".
std::string Count(std::size_t n, std::string_view singular, std::string_view plural = {});

// Shell-style match of a whole name: '*' any run, '?' one byte, '[a-z]' / '[!a-z]' / '[^a-z]' a
// class. A leading dot is nothing special.
bool GlobMatch(std::string_view pattern, std::string_view text);
bool HasGlobCharacters(std::string_view text);

// Every `what` of `text` as `with`. `what` is not empty.
std::string ReplaceAll(std::string text, std::string_view what, std::string_view with);

}  // namespace nmgr
