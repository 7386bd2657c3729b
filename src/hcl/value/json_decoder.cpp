// DecodeJson of json.h.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include "nmgr/base/text.h"
#include "nmgr/hcl/value/json.h"
#include "nmgr/hcl/value/unicode.h"

namespace nmgr::hcl {
namespace {

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

// Reads one document; the first fault ends it. Every Read leaves the value empty after a fault.
class Decoder {
 public:
  explicit Decoder(std::string_view text) : text_(text) {}

  Expected<Value> Decode() {
    std::optional<Value> value = ReadValue(0);
    if (value) {
      SkipBlanks();
      // Go's decoder takes a stray closing bracket for the end of something it is inside of.
      if (!AtEnd() && Peek() != ']' && Peek() != '}') {
        Fail("extraneous data after the JSON value");
        value.reset();
      }
    }
    if (!value) return Error{ErrorCode::kInvalid, std::move(fault_)};
    return *std::move(value);
  }

 private:
  bool AtEnd() const { return at_ == text_.size(); }
  char Peek() const { return text_[at_]; }

  void SkipBlanks() {
    while (!AtEnd() && IsBlank(Peek())) ++at_;
  }

  bool Take(char c) {
    if (AtEnd() || Peek() != c) return false;
    ++at_;
    return true;
  }

  std::nullopt_t Fail(std::string message) {
    if (fault_.empty()) fault_ = std::move(message) + " at byte " + std::to_string(at_);
    return std::nullopt;
  }

  std::nullopt_t FailHere(std::string_view wanted) {
    if (AtEnd()) {
      if (fault_.empty()) fault_ = "unexpected end of JSON, " + std::string(wanted) + " is missing";
      return std::nullopt;
    }
    std::size_t length = 0;
    DecodeCodePoint(text_.substr(at_), length);
    const std::string_view found = text_.substr(at_, length);
    return Fail("invalid character '" + std::string(found) + "' where " + std::string(wanted) +
                " should be");
  }

  std::optional<Value> ReadValue(int depth) {
    SkipBlanks();
    if (AtEnd()) return FailHere("a value");
    switch (Peek()) {
      case '{':
        return depth < kMaxJsonNesting ? ReadObject(depth + 1) : FailDeep();
      case '[':
        return depth < kMaxJsonNesting ? ReadArray(depth + 1) : FailDeep();
      case '"': {
        std::string text;
        if (!ReadString(text)) return std::nullopt;
        return Value::Of(std::move(text));
      }
      case 't':
        return ReadWord("true", Value::Bool(true));
      case 'f':
        return ReadWord("false", Value::Bool(false));
      case 'n':
        return ReadWord("null", Value::Null());
      default:
        return ReadNumber();
    }
  }

  std::nullopt_t FailDeep() {
    return Fail("JSON nests deeper than " + std::to_string(kMaxJsonNesting) + " levels");
  }

  std::optional<Value> ReadWord(std::string_view word, Value value) {
    for (const char c : word) {
      if (!Take(c)) return FailHere(word);
    }
    return value;
  }

  bool TakeDigits() {
    const std::size_t start = at_;
    while (!AtEnd() && IsAsciiDigit(Peek())) ++at_;
    return at_ > start;
  }

  std::optional<Value> ReadNumber() {
    const std::size_t start = at_;
    const bool negative = Take('-');
    if (!Take('0') && !TakeDigits()) return FailHere(negative ? "a digit" : "a value");
    if (Take('.') && !TakeDigits()) return FailHere("a digit");
    if (Take('e') || Take('E')) {
      if (!Take('+')) Take('-');
      if (!TakeDigits()) return FailHere("a digit");
    }
    std::optional<Number> number = Number::Parse(text_.substr(start, at_ - start));
    if (!number) return Fail("number out of range");
    return Value::Of(*std::move(number));
  }

  std::optional<Value> ReadArray(int depth) {
    ++at_;
    Values values;
    SkipBlanks();
    if (Take(']')) return Value::Tuple({});
    while (true) {
      std::optional<Value> value = ReadValue(depth);
      if (!value) return std::nullopt;
      values.push_back(*std::move(value));
      SkipBlanks();
      if (Take(']')) return Value::Tuple(std::move(values));
      if (!Take(',')) return FailHere("',' or ']'");
    }
  }

  std::optional<Value> ReadObject(int depth) {
    ++at_;
    Fields fields;
    SkipBlanks();
    if (Take('}')) return Value::Object({});
    while (true) {
      Field field;
      if (!ReadKey(field.key)) return std::nullopt;
      std::optional<Value> value = ReadValue(depth);
      if (!value) return std::nullopt;
      field.value = *std::move(value);
      fields.push_back(std::move(field));
      SkipBlanks();
      if (Take('}')) break;
      if (!Take(',')) return FailHere("',' or '}'");
    }
    if (!CheckDuplicates(fields)) return std::nullopt;
    return Value::Object(std::move(fields));
  }

  bool ReadKey(std::string& key) {
    SkipBlanks();
    if (AtEnd() || Peek() != '"') {
      FailHere("a property name in quotes");
      return false;
    }
    if (!ReadString(key)) return false;
    // cty looks its own normalised name up by the raw one, and fails.
    if (!IsNfc(key) && NormalizeNfc(key) != key) {
      Fail("property name \"" + key + "\" is not in Unicode NFC");
      return false;
    }
    SkipBlanks();
    if (!Take(':')) {
      FailHere("':'");
      return false;
    }
    return true;
  }

  // Properties of one name must have one type; the last counts (cty's ImpliedType).
  bool CheckDuplicates(const Fields& fields) {
    std::vector<const Field*> order;
    order.reserve(fields.size());
    for (const Field& field : fields) order.push_back(&field);
    std::stable_sort(order.begin(), order.end(),
                     [](const Field* a, const Field* b) { return a->key < b->key; });
    const auto clash =
        std::adjacent_find(order.begin(), order.end(), [](const Field* a, const Field* b) {
          return a->key == b->key && !Value::SameType(a->value, b->value);
        });
    if (clash == order.end()) return true;
    Fail("duplicate \"" + (*clash)->key + "\" property in the JSON object that ends");
    return false;
  }

  bool ReadString(std::string& out) {
    ++at_;
    while (true) {
      const std::size_t start = at_;
      while (!AtEnd() && Peek() != '"' && Peek() != '\\' &&
             static_cast<unsigned char>(Peek()) >= 0x20) {
        ++at_;
      }
      out += text_.substr(start, at_ - start);
      if (Take('"')) return true;
      if (!Take('\\')) {
        FailHere("'\"'");
        return false;
      }
      if (!ReadEscape(out)) return false;
    }
  }

  bool ReadEscape(std::string& out) {
    constexpr std::string_view kLetters = "\"\\/bfnrt";
    constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    if (Take('u')) return ReadUnicodeEscape(out);
    const std::size_t index = AtEnd() ? kLetters.npos : kLetters.find(Peek());
    if (index == kLetters.npos) {
      FailHere("an escape sequence");
      return false;
    }
    ++at_;
    out += kMeanings[index];
    return true;
  }

  std::optional<char32_t> ReadUnit() {
    char32_t unit = 0;
    for (int i = 0; i < 4; ++i) {
      const int digit = AtEnd() ? -1 : HexValue(Peek());
      if (digit < 0) return FailHere("a hexadecimal digit");
      unit = unit * 16 + static_cast<char32_t>(digit);
      ++at_;
    }
    return unit;
  }

  // A pair of surrogates is one character; a lone one becomes U+FFFD.
  bool ReadUnicodeEscape(std::string& out) {
    const std::optional<char32_t> unit = ReadUnit();
    if (!unit) return false;
    if (IsHighSurrogate(*unit) && text_.substr(at_, 2) == "\\u") {
      const std::size_t before = at_;
      at_ += 2;
      const std::optional<char32_t> low = ReadUnit();
      if (!low) return false;
      if (IsSurrogate(*low) && !IsHighSurrogate(*low)) {
        AppendCodePoint(0x10000 + ((*unit - 0xD800) << 10U) + (*low - 0xDC00), out);
        return true;
      }
      at_ = before;
    }
    AppendCodePoint(IsSurrogate(*unit) ? 0xFFFD : *unit, out);
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string fault_;
};

}  // namespace

Expected<Value> DecodeJson(std::string_view text) { return Decoder(text).Decode(); }

}  // namespace nmgr::hcl
