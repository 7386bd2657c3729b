#include "cli/config_file.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "cli/filter_table.h"
#include "cli/registry_table.h"
#include "cli/serve_tables.h"
#include "cli/toml_place.h"
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

const Option* FindByOldKey(std::string_view key) {
  for (const Option& row : Options()) {
    if (!row.old_key.empty() && row.old_key == key) return &row;
  }
  return nullptr;
}

constexpr std::string_view kGeneral = "general";
constexpr std::string_view kNomad = "nomad";
constexpr std::string_view kFilter = "filter";
constexpr std::string_view kCluster = "cluster";
constexpr std::string_view kOrder = "order";
constexpr std::string_view kRegistry = "registry";

std::string KeyName(std::string_view key) { return std::string(key.substr(key.find('.') + 1)); }

class ConfigReader {
 public:
  explicit ConfigReader(Path path) : path_(std::move(path)), old_(!path_.ends_with(".toml")) {}

  Expected<ConfigFile> Read(const toml::table& root) {
    for (const auto& [key, node] : root) {
      const toml::table* table = node.as_table();
      const std::string name(key.str());
      const std::vector<std::string> tables = TableNames();
      if (std::find(tables.begin(), tables.end(), name) == tables.end()) {
        WarnUnknown(node, name, tables);
      } else if (table == nullptr) {
        return WrongType(node, name, "a table");
      } else if (name == kFilter) {
        TRY(ReadFilters(*table));
      } else if (name == kCluster) {
        TRY(ReadClusters(*table));
      } else if (name == kOrder) {
        TRY(ReadOrder(*table));
      } else if (name == kRegistry) {
        TRY(ReadRegistries(*table));
      } else if (IsServeTable(name)) {
        TRY(ReadServeTable(path_, name, *table, file_.serve));
      } else {
        TRY(ReadSettings(name, *table));
      }
    }
    TRY(CheckServeTables(file_.serve));
    for (std::string& warning : file_.serve.warnings) file_.warnings.push_back(std::move(warning));
    file_.serve.warnings.clear();
    file_.found = true;
    return std::move(file_);
  }

 private:
  Expected<void> ReadSettings(const std::string& table_name, const toml::table& table) {
    for (const auto& [key, node] : table) {
      std::string name = table_name + "." + std::string(key.str());
      const Option* row = FindByKey(name);
      const Option* renamed = old_ ? FindByOldKey(name) : nullptr;
      if (renamed != nullptr) {
        row = renamed;
        name = row->config_key;
      }
      if (row == nullptr) {
        WarnUnknown(node, std::string(key.str()), KeysOf(table_name));
        continue;
      }
      TRY_ASSIGN(std::vector<std::string> values, ReadValue(*row, std::string(key.str()), node));
      if (renamed != nullptr && row->kind() == OptionKind::kWords) {  // parts of names
        for (std::string& value : values) value = "*" + value + "*";
      }
      file_.values[name] = {std::move(values), Place(node)};
    }
    return {};
  }

  Expected<void> ReadClusters(const toml::table& clusters) {
    const std::vector<std::string> keys = ClusterKeys();
    std::vector<std::string> names;
    for (const std::string& key : keys) names.push_back(KeyName(key));
    for (const auto& [name, node] : clusters) {
      const toml::table* table = node.as_table();
      if (table == nullptr) return WrongType(node, "cluster." + std::string(name.str()), "a table");
      auto& cluster = file_.clusters[std::string(name.str())];
      for (const auto& [key, value] : *table) {
        const std::string text(key.str());
        const auto known = std::find(names.begin(), names.end(), text);
        if (known == names.end()) {
          WarnUnknown(value, text, names);
          continue;
        }
        const std::string& full = keys[static_cast<std::size_t>(known - names.begin())];
        TRY_ASSIGN(std::vector<std::string> values, ReadValue(*FindByKey(full), text, value));
        cluster[full] = {std::move(values), Place(value)};
      }
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
        if (const auto text = node.value_exact<std::string>();
            old_ && text && (*text == "true" || *text == "false")) {
          return std::vector<std::string>{*text};
        }
        return WrongType(node, key, "true or false");
      case OptionKind::kValue:
      case OptionKind::kOptional:
        if (const auto text = node.value_exact<std::string>())
          return std::vector<std::string>{*text};
        if (const auto number = node.value_exact<std::int64_t>(); number && row.value.numeric) {
          return std::vector<std::string>{std::to_string(*number)};
        }
        return WrongType(node, key, row.value.numeric ? "a string or a number" : "a string");
      case OptionKind::kWords:
      case OptionKind::kRepeat:
        return ReadStrings(key, node);
    }
    return WrongType(node, key, "something else");
  }

  Expected<std::vector<std::string>> ReadStrings(const std::string& key,
                                                 const toml::node& node) const {
    if (const auto text = node.value_exact<std::string>(); old_ && text) return SplitList(*text);
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

  // `"web" = ["postgres", "filter:nas"]`
  Expected<void> ReadOrder(const toml::table& table) {
    for (const auto& [key, node] : table) {
      const std::string job(key.str());
      TRY_ASSIGN(std::vector<std::string> after, ReadStrings("order." + job, node));
      file_.order.push_back({job, std::move(after), Place(node)});
    }
    return {};
  }

  Expected<void> ReadRegistries(const toml::table& table) {
    TRY_ASSIGN(RegistryTables read, ReadRegistryTables(path_, table));
    for (std::string& warning : read.warnings) file_.warnings.push_back(std::move(warning));
    file_.registries = std::move(read.hosts);
    return {};
  }

  static std::vector<std::string> TableNames() {
    std::vector<std::string> names;
    for (const std::string_view name : {kGeneral, kNomad, kFilter, kCluster, kOrder, kRegistry}) {
      names.emplace_back(name);
    }
    for (const std::string_view name : ServeTableNames()) names.emplace_back(name);
    return names;
  }

  Expected<void> ReadFilters(const toml::table& table) {
    for (const auto& [key, node] : table) {
      const toml::table* body = node.as_table();
      if (body == nullptr) return WrongType(node, "filter." + std::string(key.str()), "a table");
      TRY_ASSIGN(FilterTable read, ReadFilterTable(path_, std::string(key.str()), *body, old_));
      for (std::string& warning : read.warnings) file_.warnings.push_back(std::move(warning));
      const repo::FilterSpec& filter = read.filter;
      if (filter.empty()) {
        Warn(node, fmt::format("filter \"{}\" has no keywords and selects nothing", filter.name));
      }
      const repo::Target named = repo::ParseTarget(filter.name, {filter}, {});
      if (named.kind != repo::TargetKind::kFilter) {
        Warn(node, fmt::format("filter \"{}\" is never used: the target of this name is built in",
                               filter.name));
      }
      file_.filters.push_back(std::move(read.filter));
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

  std::string Place(const toml::node& node) const { return PlaceOf(path_, node); }

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
    return WrongAt(path_, node, fmt::format("{} must be {}", key, wanted));
  }

  Path path_;
  bool old_;  // the original 1.0's
  ConfigFile file_;
};

// As the value would be written.
std::string TomlValue(const Option& row, std::string_view text) {
  const auto quoted = [](std::string_view word) { return fmt::format("\"{}\"", word); };
  if (row.kind() == OptionKind::kSwitch) return text.empty() ? "false" : std::string(text);
  if (row.kind() == OptionKind::kWords || row.kind() == OptionKind::kRepeat) {
    std::vector<std::string> words;
    for (const std::string& word : SplitList(text)) words.push_back(quoted(word));
    return "[" + Join(words, ", ") + "]";
  }
  const bool number = !text.empty() && text.find_first_not_of("0123456789") == text.npos;
  return number ? std::string(text) : quoted(text);
}

std::string TemplateTable(std::string_view table) {
  std::string out = fmt::format("\n[{}]\n", table);
  for (const Option& row : Options()) {
    if (!row.config_key.starts_with(std::string(table) + ".")) continue;
    out += fmt::format("\n# {}\n# {} = {}\n", row.help, KeyName(row.config_key),
                       TomlValue(row, row.fallback));
  }
  return out;
}

}  // namespace

std::vector<std::string> ClusterKeys() {
  std::vector<std::string> keys;
  for (const Option& row : Options()) {
    if (row.of_cluster || row.config_key.starts_with(std::string(kNomad) + "."))
      keys.emplace_back(row.config_key);
  }
  return keys;
}

std::string ConfigTemplate() {
  std::string out =
      "# Configuration of nmgr. Flags and environment variables go before what stands here; what "
      "is\n"
      "# commented out shows the default. `nmgr config` shows what is in force.\n";
  out += TemplateTable(kGeneral) + TemplateTable(kNomad);
  out +=
      "\n# A target of your own: `nmgr list gpu`. What stands side by side must all hold.\n"
      "# [filter.gpu]\n"
      "# keywords = [\"/dev/dri\"]\n"
      "# extended_search = false\n"
      "# exclude_infra = true\n"
      "# driver = [\"docker\", \"podman\"]\n"
      "\n# What comes after what, beside what the specs themselves say (`nmgr graph`).\n"
      "# [order]\n"
      "# \"web\" = [\"postgres\", \"filter:nas\"]\n"
      "\n# Who one is at an image registry (`nmgr image --registry`); without it the auths of\n"
      "# ~/.docker/config.json. Instead of the first two an auth_file of the form of that.\n"
      "# [registry.\"ghcr.io\"]\n"
      "# username = \"me\"\n"
      "# password_file = \"~/.config/nmgr/ghcr.password\"\n"
      "# ca_file = \"/etc/ssl/registry.pem\"\n"
      "# insecure = false\n" +
      ServeTemplate() + "\n# Another cluster, chosen by --cluster or NMGR_CLUSTER. Its keys:\n";
  for (const std::string& key : ClusterKeys()) out += fmt::format("#   {}\n", KeyName(key));
  return out +
         "# [cluster.lab]\n"
         "# address = \"https://nomad.lab:4646\"\n"
         "# base_dir = \"~/lab\"\n";
}

Expected<ConfigFile> ParseConfigFile(const Path& path, const std::string& text) {
  try {
    return ConfigReader(path).Read(toml::parse(text, path));
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
