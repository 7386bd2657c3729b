#include "cli/filter_table.h"

#include <fmt/format.h>

#include <utility>

#include "cli/toml_place.h"
#include "nmgr/base/text.h"

namespace nmgr::cli {
namespace {

constexpr int kDeepest = 16;

// Keys whose tables hold conditions of their own.
struct Joint {
  std::string_view key;
  std::vector<repo::ConditionSpec> repo::ConditionSpec::*parts;
};
constexpr Joint kJoints[] = {{"any", &repo::ConditionSpec::any},
                             {"all", &repo::ConditionSpec::all},
                             {"not", &repo::ConditionSpec::none}};

class FilterReader {
 public:
  FilterReader(const Path& file, FilterTable& read, bool old)
      : file_(file), read_(read), old_(old) {
    if (old_) read_.filter.exclude_infra = false;
  }

  Expected<void> Read(const toml::table& table) {
    if (const toml::node* expression = table.get("is_regex"); old_ && expression != nullptr) {
      TRY_ASSIGN(expressions_, Bool("is_regex", *expression));
    }
    for (const auto& [key, node] : table) {
      const std::string name(key.str());
      if (name == "extended_search") {
        TRY_ASSIGN(read_.filter.search_configs, Bool(name, node));
      } else if (name == "exclude_infra") {
        TRY_ASSIGN(read_.filter.exclude_infra, Bool(name, node));
      } else if (!old_ || name != "is_regex") {
        TRY(ReadKey(name, node, read_.filter.more, 0));
      }
    }
    std::swap(read_.filter.keywords, read_.filter.more.keywords);
    return {};
  }

 private:
  Expected<void> ReadKey(const std::string& name, const toml::node& node, repo::ConditionSpec& into,
                         int depth) {
    if (name == "keywords") {
      TRY_ASSIGN(into.keywords, Strings(name, node, false));
      const auto& words = into.keywords;
      if (!old_ && std::find(words.begin(), words.end(), "") != words.end()) {
        return Wrong(node, "keywords: \"\" is in every text, so it selects every job");
      }
      return {};
    }
    if (name == "pattern") return ReadPattern(node, into);
    for (const Joint& joint : kJoints) {
      if (name == joint.key) return ReadTables(name, node, into.*joint.parts, depth);
    }
    if (const auto* nested = node.as_table()) {  // meta.tier = "db"
      bool known = false;
      for (const auto& [key, value] : *nested) {
        const auto spec_key = repo::ParseSpecKey(name + "." + std::string(key.str()));
        if (!spec_key) continue;
        known = true;
        TRY(ReadValues(*spec_key, value, into));
      }
      if (known) return {};
    } else if (const auto spec_key = repo::ParseSpecKey(name)) {
      return ReadValues(*spec_key, node, into);
    }
    return TellUnknown(name, node, depth != 0);
  }

  Expected<void> ReadPattern(const toml::node& node, repo::ConditionSpec& into) {
    const auto text = node.value_exact<std::string>();
    if (!text) return WrongType(node, "pattern", "a string");
    if (old_ && !expressions_) {
      if (!text->empty()) into.keywords = {*text};
      return {};
    }
    auto pattern = repo::Pattern::Expression(*text);
    if (!pattern) return Wrong(node, "pattern: " + pattern.error().message, pattern.error().hint);
    into.pattern = *std::move(pattern);
    return {};
  }

  Expected<void> ReadValues(const repo::SpecKey& key, const toml::node& node,
                            repo::ConditionSpec& into) {
    repo::KeyCondition condition{key, {}};
    TRY_ASSIGN(const std::vector<std::string> texts, Strings(key.name(), node, true));
    for (const std::string& text : texts) {
      auto pattern = repo::Pattern::Parse(text);
      if (!pattern) {
        return Wrong(node, key.name() + ": " + pattern.error().message, pattern.error().hint);
      }
      condition.patterns.push_back(*std::move(pattern));
    }
    if (condition.patterns.empty()) return Wrong(node, key.name() + " names no pattern");
    into.keys.push_back(std::move(condition));
    return {};
  }

  Expected<void> ReadTables(const std::string& name, const toml::node& node,
                            std::vector<repo::ConditionSpec>& into, int depth) {
    std::vector<const toml::table*> tables;
    if (const auto* array = node.as_array()) {
      for (const toml::node& item : *array) tables.push_back(item.as_table());
    } else {
      tables.push_back(node.as_table());
    }
    if (tables.empty()) return Wrong(node, name + " names no condition");
    if (depth == kDeepest) return Wrong(node, name + ": conditions nest too deep");
    for (const toml::table* table : tables) {
      if (table == nullptr) return WrongType(node, name, "a table of conditions or a list of them");
      repo::ConditionSpec& part = into.emplace_back();
      for (const auto& [key, value] : *table) {
        TRY(ReadKey(std::string(key.str()), value, part, depth + 1));
      }
      if (part.empty()) return Wrong(*table, name + " holds a condition that names nothing");
    }
    return {};
  }

  // `single`: one text stands for a list of it; numbers are texts.
  Expected<std::vector<std::string>> Strings(const std::string& name, const toml::node& node,
                                             bool single) const {
    const std::string_view wanted = single ? "a pattern or a list of them" : "a list of strings";
    std::vector<std::string> texts;
    const auto add = [&](const toml::node& item) {
      if (const auto text = item.value_exact<std::string>()) {
        texts.push_back(*text);
      } else if (const auto number = item.value_exact<std::int64_t>(); single && number) {
        texts.push_back(std::to_string(*number));
      } else {
        return false;
      }
      return true;
    };
    const toml::array* array = node.as_array();
    if (array == nullptr) {
      if (!single || !add(node)) return WrongType(node, name, wanted);
      return texts;
    }
    for (const toml::node& item : *array) {
      if (!add(item)) return WrongType(item, name, wanted);
    }
    return texts;
  }

  Expected<bool> Bool(const std::string& name, const toml::node& node) const {
    if (const auto value = node.value_exact<bool>()) return *value;
    const auto text = node.value_exact<std::string>();
    if (old_ && text && (*text == "true" || *text == "false")) return *text == "true";
    return WrongType(node, name, "true or false");
  }

  // Inside of all, any and not an error: a condition that is not there may select more than was
  // meant.
  Expected<void> TellUnknown(const std::string& name, const toml::node& node, bool inside) {
    std::vector<std::string> keys = {"keywords", "pattern", "extended_search", "exclude_infra"};
    for (const Joint& joint : kJoints) keys.emplace_back(joint.key);
    for (const repo::SpecFieldRow& row : repo::SpecFields()) {
      if (row.has_key && name == row.name) {
        return Wrong(node, fmt::format("{0} needs a key: {0}.KEY = \"...\"", name));
      }
      keys.emplace_back(row.name);
    }
    const std::vector<std::string> near = NearestNames(name, keys, 1);
    const std::string text = fmt::format("unknown key \"{}\"", name);
    const std::string hint = near.empty() ? "" : fmt::format("did you mean {}?", near[0]);
    if (inside) return Wrong(node, text, hint);
    read_.warnings.push_back(
        fmt::format("{}: {}{}{}", PlaceOf(file_, node), text, hint.empty() ? "" : "; ", hint));
    return {};
  }

  Error Wrong(const toml::node& node, const std::string& text, std::string hint = {}) const {
    return WrongAt(file_, node, text, std::move(hint));
  }

  Error WrongType(const toml::node& node, const std::string& key, std::string_view wanted) const {
    return Wrong(node, fmt::format("{} must be {}", key, wanted));
  }

  const Path& file_;
  FilterTable& read_;
  const bool old_;
  bool expressions_ = false;  // of an old file
};

}  // namespace

Expected<FilterTable> ReadFilterTable(const Path& file, std::string name, const toml::table& table,
                                      bool old) {
  FilterTable read;
  read.filter.name = std::move(name);
  TRY(FilterReader(file, read, old).Read(table));
  return read;
}

}  // namespace nmgr::cli
