#include "nmgr/hcl/value/unicode.h"

#include <utf8proc.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <iterator>

#include "nmgr/base/owned.h"
#include "nmgr/base/scan.h"
#include "nmgr/base/text.h"

namespace nmgr::hcl {
namespace {

constexpr char32_t kSharpS =
    0xDF;  // utf8proc gives it a capital that Unicode's simple mapping lacks

utf8proc_category_t Category(char32_t c) {
  return utf8proc_category(static_cast<utf8proc_int32_t>(c));
}

unsigned char Byte(char c) { return static_cast<unsigned char>(c); }

// Whether the canonical decomposition of `c` composes to `c` again.
bool IsItsOwnComposition(char32_t c) {
  constexpr utf8proc_ssize_t kLongest = 16;
  utf8proc_int32_t parts[kLongest];
  int last = 0;
  const auto options =
      static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_DECOMPOSE | UTF8PROC_COMPOSE);
  const utf8proc_ssize_t count =
      utf8proc_decompose_char(static_cast<utf8proc_int32_t>(c), parts, kLongest, options, &last);
  return count > 0 && utf8proc_normalize_utf32(parts, count, options) == 1 &&
         parts[0] == static_cast<utf8proc_int32_t>(c);
}

// Whether `c` can stand in NFC text wherever it stands (UAX 15, NFC_Quick_Check=Yes), and is no
// mark.
bool IsAlwaysNfc(char32_t c) {
  const utf8proc_property_t& property = *utf8proc_get_property(static_cast<utf8proc_int32_t>(c));
  constexpr utf8proc_uint16_t kComposesBackward = 0x8000;
  constexpr utf8proc_uint16_t kNone = 0xFFFF;
  const bool composes_backward =
      property.comb_index >= kComposesBackward && property.comb_index != kNone;
  const bool is_jamo = c >= 0x1160 && c <= 0x11FF;  // vowels and finals join a syllable by rule
  if (property.combining_class != 0 || composes_backward || is_jamo) return false;
  return property.decomp_seqindex == kNone || property.decomp_type != 0 || IsItsOwnComposition(c);
}

struct NonStarters {
  int leading = 0;
  int trailing = 0;
};

// Combining marks at the start and end of the decomposition of `c`.
NonStarters CountNonStarters(char32_t c) {
  constexpr utf8proc_ssize_t kLongest = 16;
  utf8proc_int32_t parts[kLongest];
  int last = 0;
  const utf8proc_ssize_t count = utf8proc_decompose_char(static_cast<utf8proc_int32_t>(c), parts,
                                                         kLongest, UTF8PROC_DECOMPOSE, &last);
  NonStarters result;
  for (utf8proc_ssize_t i = 0; i < count; ++i) {
    const bool starter = utf8proc_get_property(parts[i])->combining_class == 0;
    result.trailing = starter ? 0 : result.trailing + 1;
    if (result.trailing == i + 1) result.leading = result.trailing;
  }
  return result;
}

// Splits runs of more than 30 combining marks by U+034F, as Go's normaliser does (UAX 15,
// Stream-Safe Text): reordering a run then takes bounded time.
std::string MakeStreamSafe(std::string_view text) {
  constexpr int kMostNonStarters = 30;
  std::string out;
  out.reserve(text.size());
  int run = 0;
  while (!text.empty()) {
    std::size_t length = 0;
    const NonStarters marks = CountNonStarters(DecodeCodePoint(text, length));
    run += marks.leading;
    if (run > kMostNonStarters) {
      AppendCodePoint(0x034F, out);
      run = marks.leading;
    }
    if (marks.leading == 0) run = marks.trailing;
    out += text.substr(0, length);
    text.remove_prefix(length);
  }
  return out;
}

struct Range {
  char32_t first;
  char32_t last;
};

// What may stand in an identifier since Unicode 10 to 15, and U+2E2F, which never may. HCL's
// scanner has the tables of Unicode 9.
constexpr Range kNotInUnicode9[] = {
    {0x560, 0x560},     {0x588, 0x588},     {0x5EF, 0x5EF},     {0x7FD, 0x7FD},
    {0x860, 0x89F},     {0x8B5, 0x8B5},     {0x8BE, 0x8D3},     {0x9FC, 0x9FE},
    {0xAFA, 0xAFF},     {0xB55, 0xB55},     {0xC04, 0xC04},     {0xC3C, 0xC3C},
    {0xC5D, 0xC5D},     {0xCDD, 0xCDD},     {0xCF3, 0xD00},     {0xD04, 0xD04},
    {0xD3B, 0xD3C},     {0xD81, 0xD81},     {0xE86, 0xE86},     {0xE89, 0xE89},
    {0xE8C, 0xE8C},     {0xE8E, 0xE93},     {0xE98, 0xE98},     {0xEA0, 0xEA0},
    {0xEA8, 0xEA9},     {0xEAC, 0xEAC},     {0xEBA, 0xEBA},     {0xECE, 0xECE},
    {0x170D, 0x170D},   {0x1715, 0x171F},   {0x180F, 0x180F},   {0x1878, 0x1878},
    {0x1ABF, 0x1ACE},   {0x1B4C, 0x1B4C},   {0x1C90, 0x1CBF},   {0x1CF7, 0x1CF7},
    {0x1CFA, 0x1CFA},   {0x1DF6, 0x1DFA},   {0x2C2F, 0x2C2F},   {0x2C5F, 0x2C5F},
    {0x2E2F, 0x2E2F},   {0x312E, 0x312F},   {0x31BB, 0x31BF},   {0x4DB6, 0x4DBF},
    {0x9FD6, 0x9FFF},   {0xA7AF, 0xA7AF},   {0xA7B8, 0xA7F6},   {0xA82C, 0xA82C},
    {0xA8FE, 0xA8FF},   {0xAB66, 0xAB69},   {0x1032D, 0x1032F}, {0x10570, 0x105BC},
    {0x10780, 0x107BA}, {0x10A34, 0x10A35}, {0x10D00, 0x10FF6}, {0x11070, 0x11075},
    {0x110C2, 0x110C2}, {0x11144, 0x11147}, {0x111C9, 0x111C9}, {0x111CE, 0x111CF},
    {0x1123F, 0x11241}, {0x1133B, 0x1133B}, {0x1145E, 0x11461}, {0x116B8, 0x116B8},
    {0x1171A, 0x1171A}, {0x11740, 0x1183A}, {0x11900, 0x11ABF}, {0x11D00, 0x11FB0},
    {0x12F90, 0x12FF0}, {0x1342F, 0x13455}, {0x16A70, 0x16AC9}, {0x16E40, 0x16E7F},
    {0x16F45, 0x16F4F}, {0x16F7F, 0x16F87}, {0x16FE1, 0x16FF1}, {0x187ED, 0x187F7},
    {0x18AF3, 0x1AFFE}, {0x1B002, 0x1B2FB}, {0x1CF00, 0x1CF46}, {0x1DF00, 0x1DF2A},
    {0x1E030, 0x1E7FE}, {0x1E94B, 0x1E94B}, {0x1FBF0, 0x1FBF9}, {0x2A6D7, 0x2A6DF},
    {0x2B735, 0x2B739}, {0x2CEB0, 0x2EBE0}, {0x30000, 0x323AF},
};

bool IsInUnicode9(char32_t c) {
  const Range* end = std::end(kNotInUnicode9);
  const Range* found =
      std::lower_bound(std::begin(kNotInUnicode9), end, c,
                       [](const Range& range, char32_t x) { return range.last < x; });
  return found == end || c < found->first;
}

// Other_ID_Start and Other_ID_Continue: in identifiers whatever their category says.
bool IsOtherIdStart(char32_t c) {
  return c == 0x1885 || c == 0x1886 || c == 0x2118 || c == 0x212E || c == 0x309B || c == 0x309C;
}

bool IsOtherIdContinue(char32_t c) {
  return c == 0xB7 || c == 0x387 || (c >= 0x1369 && c <= 0x1371) || c == 0x19DA;
}

// Grapheme_Cluster_Break. utf8proc has none for the unassigned, of which the standard makes some
// controls (default ignorable) and some pictographs to come.
int BreakClass(char32_t c) {
  const utf8proc_property_t& property = *utf8proc_get_property(static_cast<utf8proc_int32_t>(c));
  if (property.category != UTF8PROC_CATEGORY_CN) return property.boundclass;
  if (c == 0x2065 || (c >= 0xFFF0 && c <= 0xFFF8) || (c >= 0xE0000 && c <= 0xE0FFF)) {
    return UTF8PROC_BOUNDCLASS_CONTROL;
  }
  if ((c >= 0x1F000 && c <= 0x1FAFF) || (c >= 0x1FC00 && c <= 0x1FFFD)) {
    return UTF8PROC_BOUNDCLASS_EXTENDED_PICTOGRAPHIC;
  }
  return property.boundclass;
}

// One extended grapheme cluster, as go-textseg takes it. It differs from UAX 29 in rare sequences:
// an emoji after a joiner belongs to Hangul and flags before it too, and U+FFFD stands alone.
class ClusterScanner {
 public:
  explicit ClusterScanner(std::string_view text) : text_(text) { Look(); }

  std::size_t Scan() {
    if (Take(UTF8PROC_BOUNDCLASS_CR)) {
      Take(UTF8PROC_BOUNDCLASS_LF);
      return at_;
    }
    if (IsBreak()) {
      Next();
      return at_;
    }
    while (Take(UTF8PROC_BOUNDCLASS_PREPEND)) {
    }
    if (!at_end_ && !IsBreak()) ScanBase();
    return at_;
  }

 private:
  void Look() {
    at_end_ = at_ == text_.size();
    if (at_end_) return;
    code_point_ = DecodeCodePoint(text_.substr(at_), length_);
    class_ = BreakClass(code_point_);
  }

  void Next() {
    at_ += length_;
    Look();
  }

  bool Is(int boundclass) const { return !at_end_ && class_ == boundclass; }

  bool Take(int boundclass) {
    if (!Is(boundclass)) return false;
    Next();
    return true;
  }

  bool TakeAll(int boundclass) {
    const std::size_t start = at_;
    while (Take(boundclass)) {
    }
    return at_ > start;
  }

  // What no extender follows and no prepended mark precedes.
  bool IsBreak() const {
    return Is(UTF8PROC_BOUNDCLASS_CR) || Is(UTF8PROC_BOUNDCLASS_LF) ||
           Is(UTF8PROC_BOUNDCLASS_CONTROL) || (!at_end_ && code_point_ == kReplacement);
  }

  void ScanBase() {
    switch (class_) {
      case UTF8PROC_BOUNDCLASS_L:
      case UTF8PROC_BOUNDCLASS_V:
      case UTF8PROC_BOUNDCLASS_T:
      case UTF8PROC_BOUNDCLASS_LV:
      case UTF8PROC_BOUNDCLASS_LVT:
        ScanHangul();
        break;
      case UTF8PROC_BOUNDCLASS_EXTENDED_PICTOGRAPHIC:
        Next();
        break;
      case UTF8PROC_BOUNDCLASS_REGIONAL_INDICATOR:
        Next();
        Take(UTF8PROC_BOUNDCLASS_REGIONAL_INDICATOR);
        break;
      default:
        Next();
        TakeExtenders(false);
        return;
    }
    TakeExtenders(true);
  }

  void ScanHangul() {
    const bool leading = TakeAll(UTF8PROC_BOUNDCLASS_L);
    if (Take(UTF8PROC_BOUNDCLASS_LV)) {
      const bool vowels = TakeAll(UTF8PROC_BOUNDCLASS_V);
      if (vowels || !leading) TakeAll(UTF8PROC_BOUNDCLASS_T);
      return;
    }
    const bool syllable = Take(UTF8PROC_BOUNDCLASS_LVT) || TakeAll(UTF8PROC_BOUNDCLASS_V);
    if (syllable || !leading) TakeAll(UTF8PROC_BOUNDCLASS_T);
  }

  void TakeExtenders(bool joins_emoji) {
    while (true) {
      if (Take(UTF8PROC_BOUNDCLASS_EXTEND) || Take(UTF8PROC_BOUNDCLASS_SPACINGMARK)) continue;
      if (!Take(UTF8PROC_BOUNDCLASS_ZWJ)) return;
      if (joins_emoji) Take(UTF8PROC_BOUNDCLASS_EXTENDED_PICTOGRAPHIC);
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t length_ = 0;
  char32_t code_point_ = 0;
  int class_ = 0;
  bool at_end_ = false;
};

}  // namespace

bool IsAscii(std::string_view text) { return SkipAscii(text).empty(); }

// Below U+0300 nothing composes with what stands before it and everything is composed already; the
// smallest first byte of a higher code point is 0xCC.
bool IsNfc(std::string_view text) {
  for (;;) {
    text = SkipAscii(text);
    if (text.empty()) return true;
    std::size_t length = 1;
    if (Byte(text.front()) >= 0xCC && !IsAlwaysNfc(DecodeCodePoint(text, length))) return false;
    text.remove_prefix(length);
  }
}

std::string NormalizeNfc(std::string_view text) {
  if (IsNfc(text)) return std::string(text);
  const std::string safe = MakeStreamSafe(text);
  utf8proc_uint8_t* composed = nullptr;
  const auto options = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE);
  const utf8proc_ssize_t size =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(safe.data()),
                   static_cast<utf8proc_ssize_t>(safe.size()), &composed, options);
  const Owned<utf8proc_uint8_t, std::free> owner(composed);
  if (size < 0) return std::string(text);
  return std::string(reinterpret_cast<const char*>(composed), static_cast<std::size_t>(size));
}

char32_t DecodeCodePoint(std::string_view text, std::size_t& length) {
  length = 1;
  if (Byte(text.front()) < 0x80) return Byte(text.front());
  utf8proc_int32_t code_point = -1;
  const utf8proc_ssize_t taken =
      utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                       static_cast<utf8proc_ssize_t>(text.size()), &code_point);
  if (taken <= 0 || code_point < 0) return kReplacement;
  length = static_cast<std::size_t>(taken);
  return static_cast<char32_t>(code_point);
}

void AppendCodePoint(char32_t code_point, std::string& out) {
  utf8proc_uint8_t bytes[4];
  const utf8proc_ssize_t size =
      utf8proc_encode_char(static_cast<utf8proc_int32_t>(code_point), bytes);
  out.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
}

std::size_t FirstGrapheme(std::string_view text) {
  if (text.empty()) return 0;
  if (text.size() == 1) return 1;
  if (Byte(text[0]) < 0x80 && Byte(text[1]) < 0x80)
    return text[0] == '\r' && text[1] == '\n' ? 2 : 1;
  return ClusterScanner(text).Scan();
}

GraphemeRun PassGraphemes(std::string_view text, std::size_t least) {
  GraphemeRun run;
  std::size_t& at = run.bytes;
  for (; at < std::min(least, text.size()); ++run.count) {
    const bool simple = at + 1 < text.size() && Byte(text[at]) < 0x80 &&
                        Byte(text[at + 1]) < 0x80 && text[at] != '\r';
    at += simple ? 1 : FirstGrapheme(text.substr(at));
  }
  return run;
}

std::size_t CountGraphemes(std::string_view text) { return PassGraphemes(text, text.size()).count; }

bool IsWhiteSpace(char32_t c) {
  if (c < 0x80) return c == ' ' || (c >= '\t' && c <= '\r');
  if (c == 0x85) return true;
  const utf8proc_category_t category = Category(c);
  return category == UTF8PROC_CATEGORY_ZS || category == UTF8PROC_CATEGORY_ZL ||
         category == UTF8PROC_CATEGORY_ZP;
}

bool IsIdentifierStart(char32_t c) {
  if (c < 0x80) return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  if (c == 0x1CF2 || c == 0x1CF3) return false;  // marks, made letters later
  const bool by_category = IsLetter(c) || Category(c) == UTF8PROC_CATEGORY_NL;
  return (by_category && IsInUnicode9(c)) || IsOtherIdStart(c);
}

bool IsIdentifierPart(char32_t c) {
  if (c < 0x80) return IsIdentifierStart(c) || (c >= '0' && c <= '9') || c == '-';
  switch (Category(c)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_PC:
      return IsInUnicode9(c);
    default:
      return IsOtherIdStart(c) || IsOtherIdContinue(c);
  }
}

bool IsPrintable(char32_t c) {
  const utf8proc_category_t category = Category(c);
  return c == ' ' || (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_SO);
}

bool IsLetter(char32_t c) {
  const utf8proc_category_t category = Category(c);
  return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO;
}

bool IsDigit(char32_t c) { return Category(c) == UTF8PROC_CATEGORY_ND; }

char32_t ToUpper(char32_t c) {
  if (c == kSharpS) return c;
  return static_cast<char32_t>(utf8proc_toupper(static_cast<utf8proc_int32_t>(c)));
}

char32_t ToLower(char32_t c) {
  return static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(c)));
}

char32_t ToTitle(char32_t c) {
  if (c == kSharpS) return c;
  return static_cast<char32_t>(utf8proc_totitle(static_cast<utf8proc_int32_t>(c)));
}

std::size_t IdentifierLength(std::string_view text) {
  std::size_t size = 0;
  while (size < text.size()) {
    std::size_t length = 0;
    const char32_t c = DecodeCodePoint(text.substr(size), length);
    if (size == 0 ? !IsIdentifierStart(c) : !IsIdentifierPart(c)) break;
    size += length;
  }
  return size;
}

std::string_view TrimSpaceLeft(std::string_view text) {
  while (!text.empty()) {
    std::size_t length = 0;
    if (!IsWhiteSpace(DecodeCodePoint(text, length))) break;
    text.remove_prefix(length);
  }
  return text;
}

std::string_view TrimSpaceRight(std::string_view text) {
  while (!text.empty()) {
    std::size_t start = text.size() - 1;
    while (start > 0 && text.size() - start < 4 && IsContinuationByte(text[start])) --start;
    std::size_t length = 0;
    const char32_t last = DecodeCodePoint(text.substr(start), length);
    if (start + length != text.size() || !IsWhiteSpace(last)) break;
    text.remove_suffix(length);
  }
  return text;
}

}  // namespace nmgr::hcl
