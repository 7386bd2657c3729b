#include "nmgr/repo/target.h"

#include <algorithm>
#include <array>
#include <mutex>

#include "nmgr/base/text.h"

namespace nmgr::repo {
namespace {

constexpr std::array<ReservedWord, 3> kReserved = {{
    {"infra", TargetKind::kInfra},
    {"services", TargetKind::kServices},
    {"all", TargetKind::kAll},
}};

constexpr std::string_view kJobPrefix = "job:";

constexpr std::array<ReservedWord, 4> kPrefixes = {{
    {kJobPrefix, TargetKind::kJob},
    {"changed:", TargetKind::kChanged},
    {"state:", TargetKind::kState},
    {"node:", TargetKind::kNode},
}};

bool EndsLikeSpecFile(std::string_view word, const RepoOptions& options) {
  const auto ends = [&](std::string_view glob) {
    return glob.starts_with("*.") && !HasGlobCharacters(glob.substr(1)) &&
           word.ends_with(glob.substr(1));
  };
  return ends("*.hcl") || ends("*.nomad") ||
         std::any_of(options.spec_globs.begin(), options.spec_globs.end(), ends);
}

// What words mean in this run.
struct Words {
  std::mutex mutex;
  std::vector<FilterSpec> filters;
  RepoOptions options;
};
Words& TypedWords() {
  static Words words;
  return words;
}

}  // namespace

std::span<const ReservedWord> ReservedWords() { return kReserved; }

std::string_view WordOf(TargetKind kind) {
  for (const std::span<const ReservedWord> rows :
       {std::span<const ReservedWord>(kReserved), std::span<const ReservedWord>(kPrefixes)}) {
    for (const ReservedWord& row : rows) {
      if (row.kind == kind) return row.word;
    }
  }
  return {};
}

std::string JobTarget(std::string_view job) { return std::string(kJobPrefix).append(job); }

std::string_view WithoutJobPrefix(std::string_view word) {
  if (word.starts_with(kJobPrefix)) word.remove_prefix(kJobPrefix.size());
  return word;
}

void SetTypedWords(const std::vector<FilterSpec>& filters, const RepoOptions& options) {
  const std::lock_guard lock(TypedWords().mutex);
  TypedWords().filters = filters;
  TypedWords().options = options;
}

std::string TypedTarget(std::string_view name) {
  bool is_name = false;
  {
    const std::lock_guard lock(TypedWords().mutex);
    is_name =
        ParseTarget(name, TypedWords().filters, TypedWords().options).kind == TargetKind::kName;
  }
  const bool plain = is_name && !name.starts_with('-') && !name.starts_with('.') &&
                     name.find_first_of(":=~!@") == std::string_view::npos &&
                     !HasGlobCharacters(name);
  return ShellWord(plain ? std::string(name) : JobTarget(name));
}

std::vector<std::string> PatternPrefixes() {
  std::vector<std::string> prefixes;
  for (const SpecFieldRow& row : SpecFields()) {
    prefixes.push_back(std::string(row.name) + (row.has_key ? ".KEY:" : ":"));
  }
  for (const ReservedWord& prefix : kPrefixes) {
    if (prefix.kind == TargetKind::kState || prefix.kind == TargetKind::kNode) {
      prefixes.emplace_back(prefix.word);
    }
  }
  return prefixes;
}

Target ParseTarget(std::string_view word, const std::vector<FilterSpec>& filters,
                   const RepoOptions& options) {
  for (const ReservedWord& prefix : kPrefixes) {
    if (word.starts_with(prefix.word)) {
      return {prefix.kind, std::string(word.substr(prefix.word.size()))};
    }
  }
  const std::size_t colon = word.find(':');
  if (colon != word.npos && ParseSpecKey(word.substr(0, colon))) {
    return {TargetKind::kValue, std::string(word.substr(colon + 1)),
            std::string(word.substr(0, colon))};
  }
  for (const ReservedWord& reserved : kReserved) {
    if (word == reserved.word) return {reserved.kind, std::string(word)};
  }
  for (const FilterSpec& filter : AllFilters(filters)) {
    if (word == filter.name) return {TargetKind::kFilter, std::string(word)};
  }
  const bool path = word == "." || word == ".." || word.find('/') != std::string_view::npos ||
                    EndsLikeSpecFile(word, options);
  return {path ? TargetKind::kPath : TargetKind::kName, std::string(word)};
}

}  // namespace nmgr::repo
