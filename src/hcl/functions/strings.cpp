// Functions over texts, by characters as a reader counts them.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <unordered_set>

#include "hcl/functions/support.h"
#include "nmgr/base/text.h"
#include "nmgr/hcl/value/unicode.h"

namespace nmgr::hcl::functions {
namespace {

std::string_view Text(const FunctionCall& call, std::size_t index) {
  return call.arguments[index].as_string();
}

template <class Mapping>
std::string MapCodePoints(std::string_view text, Mapping mapping) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    std::size_t length = 0;
    const char32_t c = DecodeCodePoint(text, length);
    text.remove_prefix(length);
    AppendCodePoint(mapping(c), out);
  }
  return out;
}

FunctionResult Upper(const FunctionCall& call) {
  return Value::Of(MapCodePoints(Text(call, 0), [](char32_t c) { return ToUpper(c); }));
}

FunctionResult Lower(const FunctionCall& call) {
  return Value::Of(MapCodePoints(Text(call, 0), [](char32_t c) { return ToLower(c); }));
}

// Go's strings.Title: only these divide words, so "it's" becomes "It'S" and "foo_bar" "Foo_bar".
bool DividesWords(char32_t c) {
  if (c < 0x80) {
    const bool digit = c >= '0' && c <= '9';
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return !digit && !letter && c != '_';
  }
  return !IsLetter(c) && !IsDigit(c) && IsWhiteSpace(c);
}

FunctionResult Title(const FunctionCall& call) {
  char32_t previous = ' ';
  return Value::Of(MapCodePoints(Text(call, 0), [&previous](char32_t c) {
    const bool first = DividesWords(previous);
    previous = c;
    return first ? ToTitle(c) : c;
  }));
}

FunctionResult Reverse(const FunctionCall& call) {
  std::string_view text = Text(call, 0);
  std::string out(text.size(), '\0');
  for (std::size_t end = out.size(); !text.empty();) {
    const std::size_t length = FirstGrapheme(text);
    end -= length;
    text.copy(out.data() + end, length);
    text.remove_prefix(length);
  }
  return Value::Of(std::move(out));
}

FunctionResult Strlen(const FunctionCall& call) {
  const std::size_t count = CountGraphemes(Text(call, 0));
  return Value::OfInt(static_cast<std::int64_t>(count), Number::kIntegerPrecision);
}

// Length in bytes of the first `count` clusters, or of all if there are fewer; `count` is lowered
// by the number found.
std::size_t SkipGraphemes(std::string_view text, std::int64_t& count) {
  std::size_t at = 0;
  for (; at < text.size() && count > 0; --count) at += FirstGrapheme(text.substr(at));
  return at;
}

FunctionResult Substr(const FunctionCall& call) {
  std::string_view text = Text(call, 0);
  const auto offset = call.arguments[1].as_number().ToInt64();
  const auto length = call.arguments[2].as_number().ToInt64();
  if (!offset || !length) return Fault(std::string(kNotAnInteger));

  std::int64_t skip = *offset;
  if (skip < 0) {
    skip += static_cast<std::int64_t>(CountGraphemes(text));
  } else if (*length == 0) {
    return Value::Of("");
  }
  if (skip > 0) {
    text.remove_prefix(SkipGraphemes(text, skip));
    if (skip > 0) return Value::Of("");
  }
  // With a negative offset a length of 0 means the rest, as in Nomad.
  if (*length > 0) {
    std::int64_t wanted = *length;
    text = text.substr(0, SkipGraphemes(text, wanted));
  }
  return Value::Of(text);
}

std::optional<FunctionError> FindNull(std::span<const Value> lists) {
  for (std::size_t i = 0; i < lists.size(); ++i) {
    const std::span<const Value> elements = lists[i].elements();
    const auto null = std::find_if(elements.begin(), elements.end(),
                                   [](const Value& element) { return element.is_null(); });
    if (null == elements.end()) continue;
    const auto index = null - elements.begin();
    const std::string of_list = lists.size() > 1 ? fmt::format(" of list {}", i + 1) : "";
    return ArgumentFault(
        i + 1, fmt::format("element {}{} is null; cannot concatenate null values", index, of_list));
  }
  return std::nullopt;
}

FunctionResult JoinLists(const FunctionCall& call) {
  const std::string_view separator = Text(call, 0);
  const std::span<const Value> lists = call.arguments.subspan(1);
  if (lists.empty()) return Fault("at least one list is required");
  for (const Value& list : lists) {
    if (!list.IsWhollyKnown()) return Value::Unknown(Type::String());
  }
  if (auto null = FindNull(lists)) return *std::move(null);

  std::size_t size = 0;
  for (const Value& list : lists) {
    for (const Value& element : list.elements())
      size += element.as_string().size() + separator.size();
  }
  if (!Charge(call.context, static_cast<std::int64_t>(size))) return TooLarge();
  std::string out;
  out.reserve(size);
  bool first = true;
  for (const Value& list : lists) {
    for (const Value& element : list.elements()) {
      if (!first) out += separator;
      first = false;
      out += element.as_string();
    }
  }
  return Value::Of(std::move(out));
}

// Where `part` occurs in `text`, without overlap; for an empty part, before every code point and at
// the end.
std::vector<std::size_t> Occurrences(std::string_view text, std::string_view part) {
  std::vector<std::size_t> found;
  if (part.empty()) {
    for (std::size_t at = 0, length = 0; at < text.size(); at += length) {
      found.push_back(at);
      DecodeCodePoint(text.substr(at), length);
    }
    found.push_back(text.size());
    return found;
  }
  for (std::size_t at = text.find(part); at != std::string_view::npos;
       at = text.find(part, at + part.size())) {
    found.push_back(at);
  }
  return found;
}

FunctionResult SplitText(const FunctionCall& call) {
  const std::string_view separator = Text(call, 0);
  std::string_view text = Text(call, 1);
  Values pieces;
  if (separator.empty()) {
    if (!ChargeElements(call.context, text.size())) return TooLarge();
    while (!text.empty()) {
      std::size_t length = 0;
      DecodeCodePoint(text, length);
      pieces.push_back(Value::Of(text.substr(0, length)));
      text.remove_prefix(length);
    }
    return Value::List(Type::String(), std::move(pieces));
  }
  const std::vector<std::size_t> found = Occurrences(text, separator);
  if (!ChargeElements(call.context, found.size() + 1)) return TooLarge();
  std::size_t start = 0;
  for (const std::size_t at : found) {
    pieces.push_back(Value::Of(text.substr(start, at - start)));
    start = at + separator.size();
  }
  pieces.push_back(Value::Of(text.substr(start)));
  return Value::List(Type::String(), std::move(pieces));
}

FunctionResult Replace(const FunctionCall& call) {
  const std::string_view text = Text(call, 0);
  const std::string_view part = Text(call, 1);
  const std::string_view replacement = Text(call, 2);
  const std::vector<std::size_t> found = Occurrences(text, part);
  const std::size_t size = text.size() + found.size() * replacement.size();
  if (!Charge(call.context, static_cast<std::int64_t>(size))) return TooLarge();
  std::string out;
  out.reserve(size);
  std::size_t copied = 0;
  for (const std::size_t at : found) {
    out += text.substr(copied, at - copied);
    out += replacement;
    copied = at + part.size();
  }
  out += text.substr(copied);
  return Value::Of(std::move(out));
}

FunctionResult Chomp(const FunctionCall& call) {
  const std::string_view text = Text(call, 0);
  const std::size_t last = text.find_last_not_of("\r\n");
  return Value::Of(text.substr(0, last == std::string_view::npos ? 0 : last + 1));
}

FunctionResult Indent(const FunctionCall& call) {
  constexpr std::int64_t kMostSpaces = std::int64_t{1}
                                       << 48U;  // Go's bound for any text, needed or not
  const auto spaces = call.arguments[0].as_number().ToInt64();
  if (!spaces) return Fault(std::string(kNotAnInteger));
  if (*spaces < 0) return Fault("the number of spaces must not be negative");
  if (*spaces > kMostSpaces) return TooLarge();
  const std::string_view text = Text(call, 1);
  const std::int64_t lines = std::count(text.begin(), text.end(), '\n');
  if (lines == 0) return Value::Of(text);
  if (*spaces > kMaxResultSize ||
      !Charge(call.context, static_cast<std::int64_t>(text.size()) + lines * *spaces)) {
    return TooLarge();
  }
  const std::string pad(static_cast<std::size_t>(*spaces), ' ');
  std::string out;
  out.reserve(text.size() + static_cast<std::size_t>(lines) * pad.size());
  for (const char c : text) {
    out += c;
    if (c == '\n') out += pad;
  }
  return Value::Of(std::move(out));
}

FunctionResult TrimSpace(const FunctionCall& call) {
  return Value::Of(TrimSpaceRight(TrimSpaceLeft(Text(call, 0))));
}

// The start of the last code point of non-empty `text`.
std::size_t LastCodePoint(std::string_view text) {
  std::size_t at = text.size() - 1;
  while (at > 0 && IsContinuationByte(text[at])) --at;
  return at;
}

FunctionResult Trim(const FunctionCall& call) {
  std::string_view text = Text(call, 0);
  std::unordered_set<char32_t> cutset;
  for (std::string_view rest = Text(call, 1); !rest.empty();) {
    std::size_t length = 0;
    cutset.insert(DecodeCodePoint(rest, length));
    rest.remove_prefix(length);
  }
  const auto cut = [&cutset](char32_t c) { return cutset.contains(c); };
  std::size_t length = 0;
  while (!text.empty() && cut(DecodeCodePoint(text, length))) text.remove_prefix(length);
  while (!text.empty()) {
    const std::size_t last = LastCodePoint(text);
    if (!cut(DecodeCodePoint(text.substr(last), length))) break;
    text = text.substr(0, last);
  }
  return Value::Of(text);
}

FunctionResult TrimPrefix(const FunctionCall& call) {
  std::string_view text = Text(call, 0);
  const std::string_view prefix = Text(call, 1);
  if (text.substr(0, prefix.size()) == prefix) text.remove_prefix(prefix.size());
  return Value::Of(text);
}

FunctionResult TrimSuffix(const FunctionCall& call) {
  std::string_view text = Text(call, 0);
  const std::string_view suffix = Text(call, 1);
  if (text.size() >= suffix.size() && text.substr(text.size() - suffix.size()) == suffix) {
    text.remove_suffix(suffix.size());
  }
  return Value::Of(text);
}

Function ToText(std::string_view name, std::string_view summary,
                FunctionResult (*call)(const FunctionCall&), std::vector<Parameter> parameters) {
  return TextFunction(kStringsFamily, name, summary, std::move(parameters), call);
}

}  // namespace

std::vector<Function> StringFunctions() {
  const Parameter str = StringParameter("str");
  return {
      ToText("chomp", "The text without the line ends at its end.", Chomp, {str}),
      ToText("indent", "The text with a number of spaces after each line end.", Indent,
             {NumberParameter("spaces"), str}),
      Function{
          .name = "join",
          .family = kStringsFamily,
          .summary = "The elements of one or more lists of strings, with a separator between them.",
          .parameters = {StringParameter("separator")},
          .variadic = Parameter{"lists", Type::List(Type::String())},
          .static_type = Type::String(),
          .call = JoinLists},
      ToText("lower", "The text in lower case.", Lower, {str}),
      ToText("replace", "The text with every occurrence of a part replaced.", Replace,
             {str, StringParameter("substr"), StringParameter("replace")}),
      ToText("reverse", "The characters of the text in reverse order.", Reverse, {str}),
      Function{.name = "split",
               .family = kStringsFamily,
               .summary = "The pieces of a text between occurrences of a separator.",
               .parameters = {StringParameter("separator"), str},
               .static_type = Type::List(Type::String()),
               .call = SplitText},
      Function{.name = "strlen",
               .family = kStringsFamily,
               .summary = "The number of characters (grapheme clusters) in the text.",
               .parameters = {str},
               .static_type = Type::Number(),
               .call = Strlen},
      ToText("strrev", "The characters of the text in reverse order.", Reverse, {str}),
      ToText("substr",
             "Characters from an offset (negative: from the end) on, at most a length of them "
             "(negative: all).",
             Substr, {str, NumberParameter("offset"), NumberParameter("length")}),
      ToText("title", "The text with the first letter of each word in title case.", Title, {str}),
      ToText("trim", "The text without any of the characters of a set at its start and end.", Trim,
             {str, StringParameter("cutset")}),
      ToText("trimprefix", "The text without a prefix, if it starts with it.", TrimPrefix,
             {str, StringParameter("prefix")}),
      ToText("trimspace", "The text without white space at its start and end.", TrimSpace, {str}),
      ToText("trimsuffix", "The text without a suffix, if it ends with it.", TrimSuffix,
             {str, StringParameter("suffix")}),
      ToText("upper", "The text in upper case.", Upper, {str}),
  };
}

}  // namespace nmgr::hcl::functions
