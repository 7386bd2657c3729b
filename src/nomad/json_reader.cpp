#include "json_reader.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string>
#include <utility>

#include "nmgr/base/letters.h"
#include "nmgr/base/scan.h"
#include "nmgr/base/text.h"

namespace nmgr::nomad {
namespace {

using Json = nlohmann::json;

// Most names that are not wanted are told by their length and last letter.
class WantedNames {
 public:
  explicit WantedNames(const ReadFields& fields) : fields_(fields) {
    for (const std::string_view name : fields.names) seen_ |= BitOf(name);
  }
  bool Has(std::string_view name) const {
    return (seen_ & BitOf(name)) != 0 &&
           std::binary_search(fields_.names.begin(), fields_.names.end(), name);
  }
  bool IsWhole(std::string_view name) const {
    return std::find(fields_.whole.begin(), fields_.whole.end(), name) != fields_.whole.end();
  }

 private:
  static std::uint64_t BitOf(std::string_view name) {
    if (name.empty()) return 1;
    const std::size_t mixed = name.size() * 7 + static_cast<unsigned char>(name.back());
    return std::uint64_t{1} << (mixed % 64);
  }

  const ReadFields& fields_;
  std::uint64_t seen_ = 0;
};

constexpr ReadFields kNoFields{};

// What may stand behind a backslash, and what it means there.
constexpr std::string_view kSimple = "\"\\/bfnrt";
constexpr std::string_view kPlain = "\"\\/\b\f\n\r\t";

// Where what is read goes: nothing is kept without `json`; `whole`: all of it.
struct Kept {
  Json* json = nullptr;
  bool whole = false;
};

class JsonReader {
 public:
  JsonReader(std::string_view text, const ReadFields* fields)
      : at_(text.data()),
        end_(text.data() + text.size()),
        whole_(fields == nullptr),
        wanted_(whole_ ? kNoFields : *fields) {
    constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
    if (text.starts_with(kByteOrderMark)) at_ += kByteOrderMark.size();
  }

  // A document, or one row of a list: the bound on values is that of each.
  bool Document(Json& json) {
    values_ = 0;
    return Value({&json, whole_}, 0);
  }
  // Passes blanks, and `c` if that comes then.
  bool Takes(char c) {
    SkipBlanks();
    if (at_ == end_ || *at_ != c) return false;
    ++at_;
    return true;
  }
  bool TakesNull() {
    SkipBlanks();
    return Literal("null", {}, nullptr);
  }
  bool AtEnd() {
    SkipBlanks();
    return at_ == end_;
  }
  Misfit misfit() const { return misfit_; }

 private:
  bool Value(const Kept& kept, int depth) {
    if (++values_ > kMostValues) {
      misfit_ = Misfit::kTooLarge;
      return false;
    }
    SkipBlanks();
    if (at_ == end_) return false;
    switch (*at_) {
      case '{':
        return depth < kMaxNesting && Object(kept, depth + 1);
      case '[':
        return depth < kMaxNesting && Array(kept, depth + 1);
      case '"':
        return String(kept);
      case 't':
        return Literal("true", kept, true);
      case 'f':
        return Literal("false", kept, false);
      case 'n':
        return Literal("null", kept, nullptr);
      default:
        return Number(kept);
    }
  }

  bool Object(const Kept& kept, int depth) {
    ++at_;
    if (kept.json != nullptr) *kept.json = Json::object();
    if (Takes('}')) return true;
    do {
      SkipBlanks();
      std::string_view token;
      bool escaped = false;
      if (!Token(token, escaped)) return false;
      const Kept member = kept.json == nullptr ? Kept{} : Member(kept, token, escaped);
      if (!Takes(':') || !Value(member, depth)) return false;
    } while (Takes(','));
    return Takes('}');
  }

  // Where the value of this name goes.
  Kept Member(const Kept& kept, std::string_view token, bool escaped) const {
    std::string plain;
    std::string_view name = token.substr(1, token.size() - 2);
    if (escaped) name = plain = Plain(token);
    if (!kept.whole && !wanted_.Has(name)) return {};
    return {&(*kept.json)[std::string(name)], kept.whole || wanted_.IsWhole(name)};
  }

  bool Array(const Kept& kept, int depth) {
    ++at_;
    if (kept.json != nullptr) *kept.json = Json::array();
    if (Takes(']')) return true;
    do {
      if (kept.json == nullptr) {
        if (!Value({}, depth)) return false;
        continue;
      }
      Json element;
      if (!Value({&element, kept.whole}, depth)) return false;
      kept.json->push_back(std::move(element));
    } while (Takes(','));
    return Takes(']');
  }

  bool String(const Kept& kept) {
    std::string_view token;
    bool escaped = false;
    if (!Token(token, escaped)) return false;
    if (kept.json == nullptr) return true;
    if (escaped) {
      *kept.json = Plain(token);
    } else {
      *kept.json = std::string(token.substr(1, token.size() - 2));
    }
    return true;
  }

  // What a token with escapes, all of them good, stands for.
  static std::string Plain(std::string_view token) {
    if (token.find("\\u") != std::string_view::npos) return Json::parse(token).get<std::string>();
    std::string plain;
    plain.reserve(token.size());
    for (std::size_t at = 1; at + 1 < token.size();) {
      if (token[at] == '\\') {
        plain += kPlain[kSimple.find(token[at + 1])];
        at += 2;
        continue;
      }
      const std::size_t next = std::min(token.find('\\', at), token.size() - 1);
      plain += token.substr(at, next - at);
      at = next;
    }
    return plain;
  }

  // A string with its quotes.
  bool Token(std::string_view& token, bool& escaped) {
    if (at_ == end_ || *at_ != '"') return false;
    const char* const begin = at_++;
    while (true) {
      at_ = FindStopOrControl<'"', '\\'>(at_, end_);
      if (at_ == end_) return false;
      if (*at_ == '"') break;
      if (*at_ != '\\' || !Escape()) return false;
      escaped = true;
    }
    ++at_;
    token = {begin, static_cast<std::size_t>(at_ - begin)};
    return true;
  }

  bool Escape() {
    if (end_ - at_ < 2) return false;
    if (at_[1] != 'u') {
      if (kSimple.find(at_[1]) == std::string_view::npos) return false;
      at_ += 2;
      return true;
    }
    const int unit = Unit();
    if (unit < 0 || (unit >= 0xDC00 && unit <= 0xDFFF)) return false;
    if (unit < 0xD800 || unit > 0xDBFF) return true;
    if (end_ - at_ < 2 || *at_ != '\\' || at_[1] != 'u') return false;
    const int low = Unit();
    return low >= 0xDC00 && low <= 0xDFFF;
  }

  // \uXXXX; negative for anything else.
  int Unit() {
    constexpr int kLength = 6;
    if (end_ - at_ < kLength) return -1;
    int unit = 0;
    for (int i = 2; i < kLength; ++i) {
      const int digit = HexValue(at_[i]);
      if (digit < 0) return -1;
      unit = unit * 16 + digit;
    }
    at_ += kLength;
    return unit;
  }

  template <class T>
  bool Literal(std::string_view word, const Kept& kept, T value) {
    if (static_cast<std::size_t>(end_ - at_) < word.size() ||
        std::string_view(at_, word.size()) != word) {
      return false;
    }
    at_ += word.size();
    if (kept.json != nullptr) *kept.json = value;
    return true;
  }

  bool Digits() {
    const char* const begin = at_;
    while (at_ != end_ && IsAsciiDigit(*at_)) ++at_;
    return at_ != begin;
  }

  bool Number(const Kept& kept) {
    const char* const begin = at_;
    const bool negative = *at_ == '-';
    if (negative) ++at_;
    const bool zero = at_ != end_ && *at_ == '0';
    if (zero) {
      ++at_;
    } else if (!Digits()) {
      return false;
    }
    bool whole = true;
    bool may_overflow = at_ - begin > 300;
    if (at_ != end_ && *at_ == '.') {
      whole = false;
      ++at_;
      if (!Digits()) return false;
    }
    if (at_ != end_ && (*at_ == 'e' || *at_ == 'E')) {
      whole = false;
      ++at_;
      if (at_ != end_ && (*at_ == '+' || *at_ == '-')) ++at_;
      const char* const exponent = at_;
      if (!Digits()) return false;
      may_overflow = may_overflow || at_ - exponent > 2;
    }
    if (kept.json == nullptr && !may_overflow) return true;
    const std::string_view token(begin, static_cast<std::size_t>(at_ - begin));
    if (whole &&
        (negative ? Integer<std::int64_t>(token, kept) : Integer<std::uint64_t>(token, kept)))
      return true;
    Json number = Json::parse(token, nullptr, /*allow_exceptions=*/false);
    if (number.is_discarded()) return false;
    if (kept.json != nullptr) *kept.json = std::move(number);
    return true;
  }

  template <class Int>
  static bool Integer(std::string_view token, const Kept& kept) {
    Int value = 0;
    const char* const end = token.data() + token.size();
    const auto [stop, error] = std::from_chars(token.data(), end, value);
    if (error != std::errc() || stop != end) return false;
    if (kept.json != nullptr) *kept.json = value;
    return true;
  }

  void SkipBlanks() {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\t' || *at_ == '\r')) ++at_;
  }

  const char* at_;
  const char* const end_;
  const bool whole_;
  const WantedNames wanted_;
  std::size_t values_ = 0;
  Misfit misfit_ = Misfit::kOther;
};

}  // namespace

tl::expected<Json, Misfit> ParseJson(std::string_view text, const ReadFields* fields) {
  if (!IsValidUtf8(text)) return tl::unexpected(Misfit::kOther);
  JsonReader reader(text, fields);
  Json document;
  if (!reader.Document(document) || !reader.AtEnd()) return tl::unexpected(reader.misfit());
  return document;
}

std::optional<Misfit> ForEachRow(std::string_view text, const ReadFields* fields,
                                 const std::function<std::optional<Misfit>(const Json& row)>& row) {
  if (!IsValidUtf8(text)) return Misfit::kOther;
  JsonReader reader(text, fields);
  if (reader.TakesNull()) return reader.AtEnd() ? std::nullopt : std::optional(Misfit::kOther);
  if (!reader.Takes('[')) return Misfit::kOther;
  if (!reader.Takes(']')) {
    std::size_t rows = 0;
    do {
      Json element;
      if (++rows > kMostRows) return Misfit::kTooLarge;
      if (!reader.Document(element)) return reader.misfit();
      if (const auto wrong = row(element)) return wrong;
    } while (reader.Takes(','));
    if (!reader.Takes(']')) return Misfit::kOther;
  }
  return reader.AtEnd() ? std::nullopt : std::optional(Misfit::kOther);
}

}  // namespace nmgr::nomad
