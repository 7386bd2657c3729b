// format and formatlist; a verb by itself is format_verb.h.
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "hcl/functions/format_verb.h"
#include "hcl/functions/support.h"
#include "nmgr/base/text.h"
#include "nmgr/hcl/value/unicode.h"

namespace nmgr::hcl::functions {
namespace {

// A format string at work: flags, width, precision and [index] come in this order only.
class Formatter {
 public:
  Formatter(std::string_view format, std::span<const Value> values, const FunctionContext& context)
      : format_(format), values_(values), context_(context) {}

  std::optional<FunctionError> Run() {
    while (at_ < format_.size()) {
      const std::size_t percent = std::min(format_.find('%', at_), format_.size());
      out_ += format_.substr(at_, percent - at_);
      at_ = percent;
      if (at_ == format_.size()) break;
      if (auto fault = RunVerb()) return fault;
    }
    if (highest_ < values_.size()) return TooManyValues();
    if (static_cast<std::int64_t>(out_.size()) > kMaxResultSize) return TooLarge();
    return {};
  }

  std::string TakeText() { return std::move(out_); }

 private:
  std::optional<FunctionError> RunVerb() {
    FormatVerb verb;
    verb.offset = at_++;
    if (Peek() == '%') {
      out_ += '%';
      ++at_;
      return {};
    }
    ReadFlags(verb);
    if (IsAsciiDigit(Peek())) verb.width = ReadNumber();
    if (Peek() == '.') {
      ++at_;
      verb.precision = ReadNumber();
    }
    std::size_t index = next_;
    if (Peek() == '[') {
      ++at_;
      if (!IsAsciiDigit(Peek()) || Peek() == '0') return BadCharacter();
      index = static_cast<std::size_t>(ReadNumber());
      if (Peek() != ']') return BadCharacter();
      ++at_;
    }
    if (!IsAsciiLetter(Peek())) return BadCharacter();
    verb.mode = format_[at_++];
    verb.raw = format_.substr(verb.offset, at_ - verb.offset);
    return Apply(verb, index);
  }

  std::optional<FunctionError> Apply(const FormatVerb& verb, std::size_t index) {
    highest_ = std::max(highest_, index);
    next_ = index + 1;
    if (index > values_.size()) {
      return Fault(fmt::format("not enough arguments for {} at {}: need index {} but have {} total",
                               Quote(verb.raw), verb.offset, index, values_.size()));
    }
    return AppendFormatted(verb, values_[index - 1], context_, out_);
  }

  void ReadFlags(FormatVerb& verb) {
    for (;; ++at_) {
      switch (Peek()) {
        case '0':
          verb.zero = true;
          break;
        case '#':
          verb.sharp = true;
          break;
        case '-':
          verb.minus = true;
          break;
        case '+':
          verb.plus = true;
          break;
        case ' ':
          verb.space = true;
          break;
        default:
          return;
      }
    }
  }

  std::int64_t ReadNumber() {
    constexpr std::int64_t kEnough = std::numeric_limits<std::int64_t>::max() / 100;
    std::int64_t number = 0;
    for (; IsAsciiDigit(Peek()); ++at_) {
      if (number < kEnough) number = number * 10 + (format_[at_] - '0');
    }
    return number;
  }

  char Peek() const { return at_ < format_.size() ? format_[at_] : '\0'; }

  FunctionError BadCharacter() const {
    if (at_ >= format_.size()) {
      return Fault(fmt::format("invalid format string starting at offset {}", at_));
    }
    std::size_t length = 0;
    DecodeCodePoint(format_.substr(at_), length);
    return Fault(fmt::format("unrecognized format character '{}' at offset {}",
                             format_.substr(at_, length), at_));
  }

  FunctionError TooManyValues() const {
    if (highest_ == 0) return ArgumentFault(1, "too many arguments; no verbs in format string");
    return ArgumentFault(
        highest_ + 1, fmt::format("too many arguments; only {} used by format string", highest_));
  }

  std::string_view format_;
  std::span<const Value> values_;
  const FunctionContext& context_;
  std::size_t at_ = 0;
  std::size_t next_ = 1;     // values are counted from 1
  std::size_t highest_ = 0;  // 0: none used yet
  std::string out_;
};

FunctionResult FormatText(std::string_view format, std::span<const Value> values,
                          const FunctionContext& context) {
  Formatter formatter(format, values, context);
  if (auto fault = formatter.Run()) return *std::move(fault);
  return Value::Of(formatter.TakeText());
}

bool AllWhollyKnown(std::span<const Value> values) {
  return std::all_of(values.begin(), values.end(),
                     [](const Value& value) { return value.IsWhollyKnown(); });
}

FunctionResult Format(const FunctionCall& call) {
  const std::span<const Value> values = call.arguments.subspan(1);
  if (!AllWhollyKnown(values)) return Value::Unknown(Type::String());
  return FormatText(call.arguments[0].as_string(), values, call.context);
}

bool IsIterated(const Value& value) { return IsSequenceOrSet(value.kind()) && !value.is_null(); }

struct Rows {
  std::size_t count = 1;
  bool known = true;
};

// How many results the sequences among `values` ask for: all must be of one length.
FunctionOutcome<Rows> CountRows(std::span<const Value> values) {
  Rows rows;
  std::optional<std::size_t> chooser;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const Value& value = values[i];
    if (!IsIterated(value)) {
      if (value.kind() == Kind::kDynamic && !value.is_known()) rows.known = false;
      continue;
    }
    if (!value.is_known()) rows.known = false;
    if (!HasKnownLength(value)) {
      rows.known = false;
      continue;
    }
    const std::size_t length = LengthOf(value);
    if (!chooser) {
      chooser = i;
      rows.count = length;
    } else if (length != rows.count) {
      return ArgumentFault(
          i + 1, fmt::format("argument {} has length {}, which is inconsistent with argument {} of "
                             "length {}",
                             i + 1, length, *chooser + 1, rows.count));
    }
  }
  return rows;
}

FunctionResult FormatList(const FunctionCall& call) {
  const std::string_view format = call.arguments[0].as_string();
  const std::span<const Value> values = call.arguments.subspan(1);
  const auto rows = CountRows(values);
  if (!rows) return rows.error();
  if (!(*rows).known) return Value::Unknown(call.result_type);

  Values results;
  Values row(values.size());
  for (std::size_t i = 0; i < (*rows).count; ++i) {
    for (std::size_t k = 0; k < values.size(); ++k) {
      row[k] = IsIterated(values[k]) ? values[k].elements()[i] : values[k];
    }
    if (!AllWhollyKnown(row)) {
      results.push_back(Value::Unknown(Type::String()));
      continue;
    }
    FunctionResult result = FormatText(format, row, call.context);
    if (!result && values.empty()) return result;
    if (!result) {
      return Fault(fmt::format("error on format iteration {}: {}", i, result.error().message));
    }
    results.push_back(std::move(*result));
  }
  return Value::List(Type::String(), std::move(results));
}

}  // namespace

std::vector<Function> FormatFunctions() {
  return {
      Function{
          .name = "format",
          .family = kFormattingFamily,
          .summary = "A text with the values put in at its verbs: %s, %d, %q, %v, %5.2f and so on.",
          .parameters = {StringParameter("format")},
          .variadic = AnyParameter("args"),
          .static_type = Type::String(),
          .call = Format},
      Function{.name = "formatlist",
               .family = kFormattingFamily,
               .summary = "format() for every element of the lists among the values.",
               .parameters = {StringParameter("format")},
               .variadic = AnyParameter("args"),
               .static_type = Type::List(Type::String()),
               .call = FormatList},
  };
}

}  // namespace nmgr::hcl::functions
