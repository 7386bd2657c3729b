// The only user of the RE2 library.
#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <string>

#include "hcl/functions/regex_syntax.h"
#include "hcl/functions/support.h"
#include "nmgr/base/clock.h"
#include "nmgr/base/text.h"
#include "nmgr/hcl/value/unicode.h"

namespace nmgr::hcl::functions {
namespace {

// Bounds against patterns made to be slow: RE2 is linear in text and pattern, but in the product.
constexpr std::size_t kMaxPattern = std::size_t{256} << 10U;
constexpr std::int64_t kMaxMemory = std::int64_t{8} << 20U;
constexpr std::size_t kMaxWork = 400'000'000;  // bytes of text times instructions of the program
constexpr auto kMaxTime = std::chrono::milliseconds(1500);
// What compiling and matching count against the budget.
constexpr std::int64_t kCostOfPattern = 1024;
constexpr std::int64_t kCostOfPatternByte = 32;
constexpr std::int64_t kWorkForOne = 4;

FunctionError TooMuchMatching() {
  return Fault("too much is done with regular expressions in one evaluation");
}

using Groups = std::vector<re2::StringPiece>;

// A replacement text with $1, ${1}, $name and $$ by Go's rules: the longest name counts, and a '$'
// that begins none is an ordinary character.
class Template {
 public:
  Template(std::string_view text, const std::map<int, std::string>& names) : names_(names) {
    std::size_t dollar = text.find('$');
    for (; dollar != std::string_view::npos; dollar = text.find('$')) {
      AddText(text.substr(0, dollar));
      text.remove_prefix(dollar + 1);
      if (!text.empty() && text[0] == '$') {
        AddText("$");
        text.remove_prefix(1);
      } else if (!AddReference(text)) {
        AddText("$");
      }
    }
    AddText(text);
  }

  void Append(const Groups& groups, std::string& out) const {
    for (const Piece& piece : pieces_) {
      out += piece.text;
      for (const int group : piece.groups) {
        if (group >= static_cast<int>(groups.size()) || groups[group].data() == nullptr) continue;
        out.append(groups[group].data(), groups[group].size());
        break;
      }
    }
  }

 private:
  struct Piece {
    std::string text;
    std::vector<int> groups;  // after the text: the first of these that took part in the match
  };

  void AddText(std::string_view text) { pieces_.push_back({std::string(text), {}}); }

  // Takes a name from the start of `text`; false if there is none.
  bool AddReference(std::string_view& text) {
    const bool braces = !text.empty() && text[0] == '{';
    std::string_view rest = text.substr(braces ? 1 : 0);
    std::size_t size = 0;
    while (size < rest.size()) {
      std::size_t length = 0;
      const char32_t c = DecodeCodePoint(rest.substr(size), length);
      if (c != '_' && !IsLetter(c) && !IsDigit(c)) break;
      size += length;
    }
    if (size == 0 || (braces && (size == rest.size() || rest[size] != '}'))) return false;
    pieces_.push_back({{}, GroupsNamed(rest.substr(0, size))});
    text = rest.substr(size + (braces ? 1 : 0));
    return true;
  }

  std::vector<int> GroupsNamed(std::string_view name) const {
    constexpr std::size_t kMaxDigits = 8;
    const bool digits = name.find_first_not_of("0123456789") == std::string_view::npos;
    if (digits && name.size() <= kMaxDigits && (name[0] != '0' || name.size() == 1)) {
      return {std::stoi(std::string(name))};
    }
    std::vector<int> groups;
    for (const auto& [group, group_name] : names_) {
      if (group_name == name) groups.push_back(group);
    }
    return groups;
  }

  const std::map<int, std::string>& names_;
  std::vector<Piece> pieces_;
};

std::size_t CodePointLength(std::string_view text, std::size_t at) {
  if (at >= text.size()) return 0;
  std::size_t length = 0;
  DecodeCodePoint(text.substr(at), length);
  return length;
}

FunctionResult ReplaceAll(const RE2& regex, std::string_view text, const Template& replacement,
                          const FunctionContext& context) {
  const auto deadline = RealClock().Now() + kMaxTime;
  const re2::StringPiece subject(text.data(), text.size());
  Groups groups(static_cast<std::size_t>(regex.NumberOfCapturingGroups()) + 1);
  std::string out;
  std::size_t copied = 0;
  std::size_t search = 0;
  while (search <= text.size()) {
    if (!regex.Match(subject, search, text.size(), RE2::UNANCHORED, groups.data(),
                     static_cast<int>(groups.size()))) {
      break;
    }
    const auto start = static_cast<std::size_t>(groups[0].data() - text.data());
    // RE2 works on bytes, and finds `\B` within characters too.
    if (start < text.size() && IsContinuationByte(text[start])) {
      search = start + 1;
      continue;
    }
    const std::size_t end = start + groups[0].size();
    out += text.substr(copied, start - copied);
    // An empty match right after another match is none.
    if (end > copied || start == 0) replacement.Append(groups, out);
    copied = end;
    const std::size_t width = CodePointLength(text, search);
    search = search + width > end ? search + width : std::max(end, search + 1);
    if (static_cast<std::int64_t>(out.size()) > kMaxResultSize) return TooLarge();
    if (RealClock().Now() > deadline) {
      return Fault("replacing takes too long with this regular expression");
    }
  }
  out += text.substr(std::min(copied, text.size()));
  if (!Charge(context, static_cast<std::int64_t>(out.size()))) return TooLarge();
  return Value::Of(std::move(out));
}

using RegexPtr = std::shared_ptr<const RE2>;

FunctionOutcome<RegexPtr> Compile(std::string_view pattern) {
  if (pattern.size() > kMaxPattern) return Fault("error parsing regexp: expression too large");
  const FunctionOutcome<std::string> translated = TranslateRegex(pattern);
  if (!translated) return translated.error();
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kMaxMemory);
  auto regex = std::make_shared<const RE2>(*translated, options);
  if (!regex->ok()) {
    return Fault(fmt::format("error parsing regexp: {}: `{}`", regex->error(), regex->error_arg()));
  }
  return RegexPtr(std::move(regex));
}

// Loops call with one pattern again and again, and compiling a class like \pL takes milliseconds:
// each thread keeps the last expression it used.
FunctionOutcome<RegexPtr> CompileOnce(std::string_view pattern, const FunctionContext& context) {
  thread_local std::string last_pattern;
  thread_local RegexPtr last;
  if (last != nullptr && last_pattern == pattern) return last;
  const auto size = static_cast<std::int64_t>(pattern.size());
  if (!Charge(context, kCostOfPattern + kCostOfPatternByte * size)) return TooMuchMatching();
  FunctionOutcome<RegexPtr> regex = Compile(pattern);
  if (regex) {
    last_pattern = pattern;
    last = *regex;
  }
  return regex;
}

FunctionResult RegexReplace(const FunctionCall& call) {
  const std::string_view text = call.arguments[0].as_string();
  const FunctionOutcome<RegexPtr> compiled =
      CompileOnce(call.arguments[1].as_string(), call.context);
  if (!compiled) return compiled.error();
  const RE2& regex = **compiled;
  const auto size = static_cast<std::size_t>(std::max(regex.ProgramSize(), 1));
  if (text.size() > kMaxWork / size) {
    return Fault("the text is too long for a regular expression of this size");
  }
  const auto work = static_cast<std::int64_t>(text.size() * size);
  if (!Charge(call.context, work / kWorkForOne)) return TooMuchMatching();
  const Template replacement(call.arguments[2].as_string(), regex.CapturingGroupNames());
  return ReplaceAll(regex, text, replacement, call.context);
}

}  // namespace

std::vector<Function> RegexFunctions() {
  return {
      Function{.name = "regex_replace",
               .family = kStringsFamily,
               .summary = "The text with every match of a regular expression (RE2) replaced; $1 or "
                          "$name stand for groups.",
               .parameters = {StringParameter("str"), StringParameter("pattern"),
                              StringParameter("replace")},
               .static_type = Type::String(),
               .call = RegexReplace},
  };
}

}  // namespace nmgr::hcl::functions
