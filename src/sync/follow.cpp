#include "nmgr/sync/follow.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <optional>

#include "nmgr/base/line_matcher.h"
#include "nmgr/base/text.h"
#include "nmgr/registry/tags.h"

namespace nmgr::sync {
namespace {

using Numbers = std::vector<std::uint64_t>;
constexpr std::size_t kMostNumbers = 4;

bool IsBefore(Numbers a, Numbers b) {
  const std::size_t size = std::max(a.size(), b.size());
  a.resize(size);
  b.resize(size);
  return a < b;
}

// The numbers in front: of "v1.27.3-alpine" 1, 27, 3.
Numbers NumbersOf(std::string_view tag) {
  if (tag.starts_with('v') || tag.starts_with('V')) tag.remove_prefix(1);
  Numbers numbers;
  while (const auto number = registry::TakeTagNumber(tag)) {
    numbers.push_back(*number);
    if (!tag.starts_with('.')) break;
    tag.remove_prefix(1);
  }
  return numbers;
}

// The first that is no longer below the same first `count` numbers.
Numbers Next(const Numbers& numbers, std::size_t count) {
  Numbers next(numbers.begin(), numbers.begin() + static_cast<std::ptrdiff_t>(count));
  if (!next.empty()) ++next.back();
  return next;
}

bool IsNewer(const std::string& tag, const std::string& than) {
  return !registry::NewerTags(than, {tag}).empty();
}

Error NoPattern(std::string_view text) {
  return Error{ErrorCode::kUsage,
               fmt::format("\"{}\" is neither a range (\"^1.2\", \">=1.2 <2\", \"1.x\") nor a "
                           "/regular expression/",
                           text)};
}

std::vector<std::string> Alternatives(const std::string& text) {
  std::vector<std::string> parts;
  std::size_t start = 0;
  for (std::size_t at = text.find("||"); at != std::string::npos; at = text.find("||", start)) {
    parts.push_back(text.substr(start, at - start));
    start = at + 2;
  }
  parts.push_back(text.substr(start));
  return parts;
}

// ">= 1.2" as ">=1.2".
std::string WithoutBlanksAfterOperators(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const bool after =
        !result.empty() && std::string_view("<>=^~").find(result.back()) != std::string_view::npos;
    if (c == ' ' && after) continue;
    result += c;
  }
  return result;
}

}  // namespace

bool TagPattern::Bounds::Hold(const Numbers& numbers) const {
  return !IsBefore(numbers, least) && (below.empty() || IsBefore(numbers, below));
}

Expected<TagPattern::Bounds> TagPattern::ParseBounds(std::string_view text) {
  const std::string_view whole = text;
  std::string_view sign;
  for (const std::string_view known : {">=", "<=", ">", "<", "=", "^", "~"}) {
    if (!text.starts_with(known)) continue;
    sign = known;
    text.remove_prefix(known.size());
    break;
  }
  if (text.starts_with('v')) text.remove_prefix(1);
  Numbers numbers;
  bool open = false;  // "1.x", "*"
  for (bool more = true; more;) {
    if (text.starts_with('x') || text.starts_with('X') || text.starts_with('*')) {
      open = true;
      text.remove_prefix(1);
    } else if (const auto number = registry::TakeTagNumber(text); number && !open) {
      numbers.push_back(*number);
    } else {
      return NoPattern(whole);
    }
    more = text.starts_with('.');
    if (more) text.remove_prefix(1);
  }
  if (!text.empty() || numbers.size() > kMostNumbers) return NoPattern(whole);
  if (numbers.empty()) {
    if (!sign.empty()) return NoPattern(whole);
    return Bounds{};
  }
  const Numbers after = Next(numbers, numbers.size());
  if (sign == ">=") return Bounds{numbers, {}};
  if (sign == "<") return Bounds{{}, numbers};
  // A whole version is itself alone, whatever comes behind a fourth dot.
  if (sign == ">") return Bounds{after, {}};
  if (sign == "<=") return Bounds{{}, after};
  if (sign == "~") return Bounds{numbers, Next(numbers, std::min<std::size_t>(2, numbers.size()))};
  if (sign != "^") return Bounds{numbers, after};
  std::size_t first = 0;
  while (first + 1 < numbers.size() && numbers[first] == 0) ++first;
  return Bounds{numbers, Next(numbers, first + 1)};
}

Expected<TagPattern> TagPattern::Parse(const std::string& text) {
  TagPattern pattern;
  if (text.size() > 1 && text.starts_with('/') && text.ends_with('/')) {
    const std::string inner = text.substr(1, text.size() - 2);
    TRY_ASSIGN(pattern.expression_, CompileExpression(inner, text));
    return pattern;
  }
  for (const std::string& part : Alternatives(text)) {
    std::vector<Bounds> all;
    for (const std::string& one : SplitList(WithoutBlanksAfterOperators(part))) {
      TRY_ASSIGN(Bounds bounds, ParseBounds(one));
      all.push_back(std::move(bounds));
    }
    if (all.empty()) return NoPattern(text);
    pattern.any_of_.push_back(std::move(all));
  }
  return pattern;
}

bool TagPattern::Fits(std::string_view tag) const {
  if (expression_) return re2::RE2::FullMatch({tag.data(), tag.size()}, *expression_);
  const Numbers numbers = NumbersOf(tag);
  if (numbers.empty()) return false;
  return std::any_of(any_of_.begin(), any_of_.end(), [&](const std::vector<Bounds>& all) {
    return std::all_of(all.begin(), all.end(),
                       [&](const Bounds& bounds) { return bounds.Hold(numbers); });
  });
}

FollowDecision DecideFollow(const FollowCase& follow) {
  FollowDecision decision{follow.row, {}};
  FollowRow& row = decision.row;
  if (follow.pattern == nullptr || follow.git.empty()) {
    if (!row.tag.empty()) decision.news = fmt::format("{} is git's again", row.key);
    row = {};
    return decision;
  }
  row.key = follow.key;
  if (follow.unfollow) {
    decision.news = fmt::format("no tag is followed any more until git changes {}", row.key);
    row = {row.key, {}, follow.git, {}, {}, true};
    return decision;
  }
  if (row.off && row.base == follow.git) return decision;
  row.off = false;
  if (!row.bad.empty() && !IsNewer(row.bad, follow.git)) row.bad.clear();
  if (!row.tag.empty() && follow.failed) {
    const std::string failed = row.tag;
    if (row.bad.empty() || IsNewer(failed, row.bad)) row.bad = failed;
    if (row.good == failed) row.good.clear();
    row.tag = row.good;
    decision.news = fmt::format("{} {} did not become healthy; back to {}", row.key, failed,
                                row.tag.empty() ? follow.git + " of git" : row.tag);
  } else if (!row.tag.empty() && follow.healthy) {
    row.good = row.tag;
  }
  if (!row.tag.empty() && !IsNewer(row.tag, follow.git)) {
    decision.news =
        fmt::format("git has {} {}, so {} is no longer followed", row.key, follow.git, row.tag);
    row.tag.clear();
    row.good.clear();
  }
  if (!row.tag.empty() && !follow.pattern->Fits(row.tag)) {
    decision.news = fmt::format("`follow` no longer takes {} {}", row.key, row.tag);
    row.tag.clear();
  }
  std::vector<std::string> fit;
  std::copy_if(follow.tags.begin(), follow.tags.end(), std::back_inserter(fit),
               [&](const std::string& tag) {
                 return follow.pattern->Fits(tag) && (row.bad.empty() || IsNewer(tag, row.bad));
               });
  const std::vector<std::string> newer =
      registry::NewerTags(row.tag.empty() ? follow.git : row.tag, fit);
  if (!newer.empty()) {
    row.tag = newer.front();
    row.base = follow.git;
    decision.news = fmt::format("{} {} of the registry is followed", row.key, row.tag);
  }
  if (row.tag.empty() && row.bad.empty()) row = {};
  return decision;
}

std::string FollowWords(const FollowRow& row, std::string_view git) {
  if (row.tag.empty()) return {};
  return fmt::format("{} {} of the registry is followed; git has {}", row.key, row.tag, git);
}

}  // namespace nmgr::sync
