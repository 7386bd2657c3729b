// One element of a path against one element of a glob.
#include <utility>

#include "hcl/functions/glob.h"
#include "hcl/functions/glob_text.h"
#include "hcl/functions/support.h"
#include "nmgr/hcl/value/unicode.h"

namespace nmgr::hcl::functions {
namespace {

constexpr int kMaxSteps = 100'000;

char32_t TakeCodePoint(std::string_view& text) {
  std::size_t length = 0;
  const char32_t c = DecodeCodePoint(text, length);
  text.remove_prefix(length);
  return c;
}

// A character of a class, which a backslash may protect; '-' must be protected.
std::optional<char32_t> TakeClassCharacter(std::string_view& members) {
  if (members.empty() || members[0] == '-') return std::nullopt;
  if (members[0] == '\\') members.remove_prefix(1);
  if (members.empty()) return std::nullopt;
  return TakeCodePoint(members);
}

// Whether the class with these members (what stands between the brackets) has `c`; nothing if it is
// malformed.
std::optional<bool> ClassHas(std::string_view members, char32_t c) {
  if (members.empty()) return std::nullopt;
  const bool negated = members[0] == '^';
  if (negated) members.remove_prefix(1);
  bool has = false;
  while (!members.empty()) {
    const auto low = TakeClassCharacter(members);
    if (!low) return std::nullopt;
    auto high = low;
    if (!members.empty() && members[0] == '-') {
      members.remove_prefix(1);
      high = TakeClassCharacter(members);
      if (!high) return std::nullopt;
    }
    has = has || (*low <= c && c <= *high);
  }
  return has != negated;
}

using Outcome = FunctionOutcome<GlobMatchResult>;

class Matcher {
 public:
  Outcome Match(std::string_view pattern, std::string_view name) {
    if (--steps_ < 0) return Fault("the pattern is too complicated");
    while (!pattern.empty() && !name.empty()) {
      switch (pattern[0]) {
        case '/':
          return GlobMatchResult();
        case '*':
          return MatchStar(pattern.substr(1), name);
        case '{':
          return MatchAlternatives(pattern.substr(1), name);
        case '[': {
          const std::size_t end = FindUnescaped(pattern.substr(1), "]");
          if (end == std::string_view::npos) return BadGlob();
          const auto has = ClassHas(pattern.substr(1, end), TakeCodePoint(name));
          if (!has) return BadGlob();
          if (!*has) return GlobMatchResult();
          pattern.remove_prefix(end + 2);
          break;
        }
        default: {
          const bool any = pattern[0] == '?';
          if (pattern[0] == '\\') pattern.remove_prefix(1);
          if (pattern.empty()) return BadGlob();
          const char32_t wanted = TakeCodePoint(pattern);
          if (TakeCodePoint(name) != wanted && !any) return GlobMatchResult();
        }
      }
    }
    if (!name.empty()) return GlobMatchResult();
    return MatchNothing(pattern);
  }

 private:
  // The name is used up: the rest of the element must be able to match nothing.
  static Outcome MatchNothing(std::string_view pattern) {
    if (pattern.empty()) return GlobMatchResult(std::vector<std::string>());
    const std::size_t slash = FindUnescaped(pattern, "/");
    const auto nothing = CanBeEmpty(pattern.substr(0, slash));
    if (!nothing) return BadGlob();
    if (!*nothing) return GlobMatchResult();
    if (slash == std::string_view::npos) return GlobMatchResult(std::vector<std::string>());
    return GlobMatchResult({std::string(pattern.substr(slash + 1))});
  }

  Outcome MatchStar(std::string_view pattern, std::string_view name) {
    if (pattern.empty()) return GlobMatchResult(std::vector<std::string>());
    if (pattern[0] == '/') return GlobMatchResult({std::string(pattern.substr(1))});
    for (; !name.empty(); TakeCodePoint(name)) {
      Outcome matched = Match(pattern, name);
      if (!matched || *matched) return matched;
    }
    return GlobMatchResult();
  }

  Outcome MatchAlternatives(std::string_view pattern, std::string_view name) {
    const auto alternatives = SplitAlternatives(pattern);
    if (!alternatives) return BadGlob();
    GlobMatchResult all;
    for (const std::string_view option : alternatives->options) {
      std::string rest(option);
      rest += alternatives->rest;
      Outcome matched = Match(rest, name);
      if (!matched) return matched;
      if (!*matched) continue;
      if (!all) all.emplace();
      all->insert(all->end(), (**matched).begin(), (**matched).end());
    }
    return all;
  }

  int steps_ = kMaxSteps;
};

}  // namespace

FunctionOutcome<GlobMatchResult> MatchGlobElement(std::string_view pattern, std::string_view name) {
  return Matcher().Match(pattern, name);
}

}  // namespace nmgr::hcl::functions
