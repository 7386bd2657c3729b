#include "nmgr/repo/filter.h"

#include <algorithm>
#include <utility>

#include "nmgr/base/text.h"

namespace nmgr::repo {
namespace {

std::string JoinTexts(const std::vector<ConditionSpec>& conditions) {
  std::vector<std::string> texts;
  for (const ConditionSpec& condition : conditions) texts.push_back(ToText(condition));
  return Join(texts, " | ");
}

}  // namespace

std::string ToText(const ConditionSpec& condition) {
  std::vector<std::string> parts;
  if (!condition.keywords.empty()) parts.push_back(Join(condition.keywords, " "));
  if (condition.pattern) parts.push_back("/" + condition.pattern->text() + "/");
  for (const KeyCondition& key : condition.keys) {
    std::string text = key.key.name();
    for (const Pattern& pattern : key.patterns) text += " " + pattern.text();
    parts.push_back(std::move(text));
  }
  for (const ConditionSpec& part : condition.all) parts.push_back("(" + ToText(part) + ")");
  if (!condition.any.empty()) parts.push_back("any of (" + JoinTexts(condition.any) + ")");
  if (!condition.none.empty()) parts.push_back("not (" + JoinTexts(condition.none) + ")");
  return Join(parts, ", ");
}

std::vector<FilterSpec> BuiltInFilters() {
  return {
      {"db", {"15432"}, true, true, true},
      {"nas", {"/mnt/nas"}, false, true, true},
      {"jfs", {"/mnt/jfs"}, false, true, true},
      {"crypt", {"/mnt/crypt"}, false, true, true},
  };
}

std::vector<FilterSpec> AllFilters(std::vector<FilterSpec> configured) {
  for (FilterSpec& filter : BuiltInFilters()) {
    const bool redefined =
        std::any_of(configured.begin(), configured.end(),
                    [&](const FilterSpec& other) { return other.name == filter.name; });
    if (!redefined) configured.push_back(std::move(filter));
  }
  return configured;
}

}  // namespace nmgr::repo
