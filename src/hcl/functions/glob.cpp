#include "hcl/functions/glob.h"

#include <algorithm>
#include <utility>

#include "hcl/functions/glob_text.h"
#include "hcl/functions/support.h"

namespace nmgr::hcl::functions {
namespace {

constexpr std::size_t kNone = std::string_view::npos;
constexpr int kMaxGlobNesting = 50;

std::optional<bool> MayMatchNothing(std::string_view element, int depth) {
  if (element.empty() || element == "*" || element == "**") return true;
  if (element[0] != '{') return false;
  const auto alternatives = SplitAlternatives(element.substr(1));
  if (!alternatives || depth > kMaxGlobNesting) return std::nullopt;
  const auto rest = MayMatchNothing(alternatives->rest, depth + 1);
  if (!rest || !*rest) return rest;
  for (const std::string_view option : alternatives->options) {
    const auto empty = MayMatchNothing(option, depth + 1);
    if (!empty || *empty) return empty;
  }
  return false;
}

}  // namespace

FunctionError BadGlob() { return Fault("syntax error in pattern"); }

std::size_t FindUnescaped(std::string_view pattern, std::string_view characters) {
  std::size_t found = pattern.find_first_of(characters);
  while (found != kNone && found > 0 && pattern[found - 1] == '\\') {
    found = pattern.find_first_of(characters, found + 1);
  }
  return found;
}

std::optional<Alternatives> SplitAlternatives(std::string_view pattern) {
  Alternatives alternatives;
  std::size_t start = 0;
  int open = 1;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (c == '\\') {
      ++i;
    } else if (c == '{') {
      ++open;
    } else if (c == '}' && --open == 0) {
      alternatives.options.push_back(pattern.substr(start, i - start));
      alternatives.rest = pattern.substr(i + 1);
      return alternatives;
    } else if (c == ',' && open == 1) {
      alternatives.options.push_back(pattern.substr(start, i - start));
      start = i + 1;
    }
  }
  return std::nullopt;
}

std::optional<bool> CanBeEmpty(std::string_view element) { return MayMatchNothing(element, 0); }

FunctionOutcome<std::vector<Path>> Globber::Find(std::string_view pattern) {
  std::vector<Path> found;
  if (pattern.empty()) return found;
  if (pattern[0] == '{') {
    const auto alternatives = SplitAlternatives(pattern.substr(1));
    if (!alternatives) return BadGlob();
    for (const std::string_view option : alternatives->options) {
      if (OutOfSteps()) return functions::Fault("the pattern is too complicated");
      std::string whole(option);
      whole += alternatives->rest;
      auto part = Find(whole);
      if (!part) return part;
      found.insert(found.end(), (*part).begin(), (*part).end());
    }
    return found;
  }
  const bool absolute = pattern[0] == '/' || pattern[0] == '\\';
  if (auto fault = Walk(absolute ? "/" : ".", pattern.substr(absolute ? 1 : 0), found)) {
    return *std::move(fault);
  }
  if (left_ < 0) return functions::Fault("too many files to look at");
  return found;
}

// What matches `pattern` in or below `folder`. As in doublestar, an error that the last entry does
// not share is forgotten.
Globber::Fault Globber::Walk(const Path& folder, std::string_view pattern,
                             std::vector<Path>& found) {
  if (OutOfSteps()) return std::nullopt;
  Path base = folder;
  const std::size_t special = pattern.find_first_of("*?[{\\");
  const std::size_t slash = special == 0 ? kNone : pattern.substr(0, special).rfind('/');
  if (slash != kNone && slash > 0) {
    base = JoinPath(base, pattern.substr(0, slash));
    pattern.remove_prefix(slash + 1);
  }
  const Expected<FileInfo> info = files_.Stat(base);
  if (!info) return std::nullopt;
  if (pattern.empty()) {
    found.push_back(base);
    return std::nullopt;
  }
  if (info->kind != FileKind::kFolder) return std::nullopt;
  const Expected<std::vector<FolderEntry>> entries = files_.ListFolder(base);
  if (!entries) return std::nullopt;

  Fault fault;
  const std::size_t end = FindUnescaped(pattern, "/");
  if (pattern.substr(0, end) == "**") {
    fault = WalkDeeper(base, *entries, pattern, end == kNone, found);
    if (end == kNone) return fault;
    pattern.remove_prefix(end + 1);
  }
  for (const FolderEntry& entry : *entries) {
    if (OutOfSteps()) return std::nullopt;
    const auto matched = MatchGlobElement(pattern, entry.name);
    if (!matched) return matched.error();
    fault.reset();
    if (!*matched) continue;
    const Path path = JoinPath(base, entry.name);
    if ((**matched).empty()) found.push_back(path);
    for (const std::string& rest : **matched) fault = Walk(path, rest, found);
  }
  return fault;
}

// `pattern` begins with "**".
Globber::Fault Globber::WalkDeeper(const Path& folder, const std::vector<FolderEntry>& entries,
                                   std::string_view pattern, bool last, std::vector<Path>& found) {
  Fault fault;
  for (const FolderEntry& entry : entries) {
    if (OutOfSteps()) return std::nullopt;
    if (entry.is_link && entry.kind == FileKind::kOther) continue;
    const Path path = JoinPath(folder, entry.name);
    if (last) found.push_back(path);
    if (entry.kind == FileKind::kFolder) fault = Walk(path, pattern, found);
  }
  return fault;
}

}  // namespace nmgr::hcl::functions
