#include "cli/config_file.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "nmgr/base/text.h"
#include "nmgr/cli/options.h"
#include "nmgr/repo/target.h"

namespace nmgr::cli {
namespace {

const Option* FindByKey(std::string_view key) {
  for (const Option& row : Options()) {
    if (!row.config_key.empty() && row.config_key == key) return &row;
  }
  return nullptr;
}

class Reader {
 public:
  explicit Reader(Path path) : path_(std::move(path)) {}

  Expected<ConfigFile> Read(const toml::table& root) {
    for (const auto& [key, node] : root) {
      const toml::table* table = node.as_table();
      const std::string name(key.str());
      if (name != "general" && name != "nomad" && name != "filter") {
        WarnUnknown(node, name, {"general", "nomad", "filter"});
      } else if (table == nullptr) {
        return WrongType(node, name, "a table");
      } else if (name == "filter") {
        TRY(ReadFilters(*table));
      } else {
        TRY(ReadSettings(name, *table));
      }
    }
    file_.found = true;
    return std::move(file_);
  }

 private:
  Expected<void> ReadSettings(const std::string& table_name, const toml::table& table) {
    for (const auto& [key, node] : table) {
      const std::string name = table_name + "." + std::string(key.str());
      const Option* row = FindByKey(name);
      if (row == nullptr) {
        WarnUnknown(node, std::string(key.str()), KeysOf(table_name));
        continue;
      }
      TRY_ASSIGN(std::vector<std::string> values, ReadValue(*row, std::string(key.str()), node));
      file_.values[name] = {std::move(values), Place(node)};
    }
    return {};
  }

  Expected<std::vector<std::string>> ReadValue(const Option& row, const std::string& key,
                                               const toml::node& node) const {
    switch (row.kind()) {
      case OptionKind::kSwitch:
        if (const auto value = node.value_exact<bool>()) {
          return std::vector<std::string>{*value ? "true" : "false"};
        }
        return WrongType(node, key, "true or false");
      case OptionKind::kValue:
      case OptionKind::kOptional:
        if (const auto text = node.value_exact<std::string>())
          return std::vector<std::string>{*text};
        if (const auto number = node.value_exact<std::int64_t>()) {
          return std::vector<std::string>{std::to_string(*number)};
        }
        return WrongType(node, key, "a string or a number");
      case OptionKind::kWords:
      case OptionKind::kRepeat:
        return ReadStrings(key, node);
    }
    return WrongType(node, key, "something else");
  }

  Expected<std::vector<std::string>> ReadStrings(const std::string& key,
                                                 const toml::node& node) const {
    const toml::array* array = node.as_array();
    if (array == nullptr) return WrongType(node, key, "a list of strings");
    std::vector<std::string> values;
    for (const toml::node& item : *array) {
      const auto text = item.value_exact<std::string>();
      if (!text) return WrongType(item, key, "a list of strings");
      values.push_back(*text);
    }
    return values;
  }

  Expected<void> ReadFilters(const toml::table& table) {
    for (const auto& [key, node] : table) {
      const toml::table* body = node.as_table();
      if (body == nullptr) return WrongType(node, "filter." + std::string(key.str()), "a table");
      repo::FilterSpec filter;
      filter.name = key.str();
      TRY(ReadFilter(*body, filter));
      if (filter.keywords.empty()) {
        Warn(node, fmt::format("filter \"{}\" has no keywords and selects nothing", filter.name));
      }
      for (const repo::ReservedWord& reserved : repo::ReservedWords()) {
        if (filter.name == reserved.word) {
          Warn(node, fmt::format("filter \"{}\" is never used: the target of this name is built in",
                                 reserved.word));
        }
      }
      file_.filters.push_back(std::move(filter));
    }
    return {};
  }

  Expected<void> ReadFilter(const toml::table& body, repo::FilterSpec& filter) {
    for (const auto& [key, node] : body) {
      const std::string name(key.str());
      if (name == "keywords") {
        TRY_ASSIGN(filter.keywords, ReadStrings(name, node));
      } else if (name == "extended_search" || name == "exclude_infra") {
        const auto value = node.value_exact<bool>();
        if (!value) return WrongType(node, name, "true or false");
        (name == "extended_search" ? filter.search_configs : filter.exclude_infra) = *value;
      } else {
        WarnUnknown(node, name, {"keywords", "extended_search", "exclude_infra"});
      }
    }
    return {};
  }

  static std::vector<std::string> KeysOf(const std::string& table) {
    std::vector<std::string> keys;
    for (const Option& row : Options()) {
      if (row.config_key.starts_with(table + "."))
        keys.emplace_back(row.config_key.substr(table.size() + 1));
    }
    return keys;
  }

  std::string Place(const toml::node& node) const {
    return fmt::format("{}:{}", path_, node.source().begin.line);
  }

  void Warn(const toml::node& node, const std::string& text) {
    file_.warnings.push_back(fmt::format("{}: {}", Place(node), text));
  }

  void WarnUnknown(const toml::node& node, const std::string& key,
                   const std::vector<std::string>& keys) {
    const std::vector<std::string> near = NearestNames(key, keys, 1);
    Warn(node, near.empty() ? fmt::format("unknown key \"{}\"", key)
                            : fmt::format("unknown key \"{}\"; did you mean {}?", key, near[0]));
  }

  Error WrongType(const toml::node& node, const std::string& key, std::string_view wanted) const {
    return Error{ErrorCode::kConfig, fmt::format("{}: {} must be {}", Place(node), key, wanted)};
  }

  Path path_;
  ConfigFile file_;
};

}  // namespace

Expected<ConfigFile> ParseConfigFile(const Path& path, const std::string& text) {
  try {
    return Reader(path).Read(toml::parse(text, path));
  } catch (const toml::parse_error& error) {
    return Error{ErrorCode::kConfig, fmt::format("{}:{}:{}: {}", path, error.source().begin.line,
                                                 error.source().begin.column, error.description())};
  }
}

Expected<ConfigFile> ReadConfigFile(const Path& path, bool must_exist, FileSystem& files) {
  constexpr std::uint64_t kLargest = 1U << 20U;
  if (path.empty() && !must_exist) return ConfigFile{};
  const Expected<std::string> text = files.ReadFile(path, kLargest);
  if (text) return ParseConfigFile(path, *text);
  if (text.error().code == ErrorCode::kNotFound && !must_exist) return ConfigFile{};
  return Error{ErrorCode::kConfig, text.error().message};
}

}  // namespace nmgr::cli
