#include "cli/serve_tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

#include "cli/toml_place.h"
#include "nmgr/base/text.h"

namespace nmgr::cli {
namespace {

constexpr std::string_view kServe = "serve";
constexpr std::string_view kSource = "source";
constexpr std::string_view kCredential = "credential";
constexpr std::string_view kReceiver = "receiver";
constexpr std::string_view kNotify = "notify";
constexpr std::string_view kVariableSources = "variable_sources";
constexpr std::string_view kImage = "image";

// Nothing for a table, a date and the like.
std::optional<sync::RawValue> RawOf(const toml::node& node) {
  if (const auto flag = node.value_exact<bool>()) return sync::RawValue(*flag);
  if (const auto number = node.value_exact<std::int64_t>()) return sync::RawValue(*number);
  if (const auto text = node.value_exact<std::string>()) return sync::RawValue(*text);
  const toml::array* const array = node.as_array();
  if (array == nullptr) return std::nullopt;
  std::vector<std::string> texts;
  for (const toml::node& item : *array) {
    const auto text = item.value_exact<std::string>();
    if (!text) return std::nullopt;
    texts.push_back(*text);
  }
  return sync::RawValue(std::move(texts));
}

class ServeReader {
 public:
  ServeReader(const Path& file, sync::ServeConfig& config) : file_(file), config_(config) {}

  Expected<void> Read(std::string_view name, const toml::table& table) {
    if (name == kServe) return ReadServe(table);
    for (const auto& [key, node] : table) {
      const std::string called(key.str());
      const toml::table* const body = node.as_table();
      if (body == nullptr) {
        return Wrong(node, fmt::format("{0}.{1} must be a table, [{0}.{1}]", name, called));
      }
      if (name == kSource) {
        TRY(ReadSource(called, *body));
      } else if (name == kCredential) {
        sync::Credential credential;
        credential.name = called;
        credential.place = Place(*body);
        TRY(ReadKeys(sync::CredentialKeys(), *body, credential));
        TRY(sync::Check(credential));
        config_.credentials.insert_or_assign(called, std::move(credential));
      } else if (name == kNotify) {
        sync::NotifyTable notify;
        notify.name = called;
        notify.place = Place(*body);
        TRY(ReadKeys(sync::NotifyKeys(), *body, notify));
        config_.notify.push_back(std::move(notify));
      } else {
        sync::ReceiverTable receiver;
        receiver.name = called;
        receiver.place = Place(*body);
        TRY(ReadKeys(sync::ReceiverKeys(), *body, receiver));
        config_.receivers.push_back(std::move(receiver));
      }
    }
    return {};
  }

 private:
  Expected<void> ReadServe(const toml::table& table) {
    config_.serve.place = Place(table);
    TRY(ReadKeys(sync::ServeKeys(), table, config_.serve, kVariableSources));
    const toml::node* const node = table.get(kVariableSources);
    if (node == nullptr) return {};
    if (node->as_table() == nullptr) {
      return Wrong(*node, "variable_sources must be a table, [serve.variable_sources]");
    }
    return ReadKeys(sync::VariableSourceKeys(), *node->as_table(), config_.serve.variable_sources);
  }

  Expected<void> ReadSource(const std::string& name, const toml::table& body) {
    sync::Source source;
    source.name = name;
    source.place = Place(body);
    TRY(ReadKeys(sync::SourceKeys(), body, source, kImage));
    if (const toml::node* const images = body.get(kImage)) {
      if (images->as_table() == nullptr) {
        return Wrong(*images, "image must be a table, [source.NAME.image.\"GLOB\"]");
      }
      for (const auto& [glob, node] : *images->as_table()) {
        if (node.as_table() == nullptr) {
          return Wrong(node, "image must hold tables, [source.NAME.image.\"GLOB\"]");
        }
        sync::ImagePolicy policy;
        policy.images = glob.str();
        TRY(ReadKeys(sync::ImageKeys(), *node.as_table(), policy));
        source.images.push_back(std::move(policy));
      }
    }
    config_.sources.push_back(std::move(source));
    return {};
  }

  // `table_key`: of a table within, read by the caller.
  template <class T>
  Expected<void> ReadKeys(std::span<const sync::KeyRow<T>> rows, const toml::table& table, T& into,
                          std::string_view table_key = {}) {
    for (const auto& [key, node] : table) {
      const std::string name(key.str());
      if (name == table_key) continue;
      const auto row = std::find_if(rows.begin(), rows.end(),
                                    [&](const auto& known) { return known.name == name; });
      if (row == rows.end()) {
        std::vector<std::string> names;
        for (const auto& known : rows) names.emplace_back(known.name);
        config_.warnings.push_back(fmt::format("{}: unknown key \"{}\"{}", Place(node),
                                               EscapeControls(name), DidYouMean(name, names)));
        continue;
      }
      const auto value = RawOf(node);
      if (!value)
        return Wrong(node,
                     name + " must be a string, a number, true or false, or a list of strings");
      if (const auto set = row->set(*value, into); !set) {
        return Wrong(node, fmt::format("{} {}", name, set.error().message));
      }
    }
    return {};
  }

  std::string Place(const toml::node& node) const { return PlaceOf(file_, node); }
  Error Wrong(const toml::node& node, const std::string& what) const {
    return WrongAt(file_, node, what);
  }

  const Path& file_;
  sync::ServeConfig& config_;
};

// Those that stand in variables are not known yet.
template <class Table>
Expected<void> CheckSources(const Table& table, std::string_view what,
                            const sync::ServeConfig& config) {
  if (!config.serve.variable_sources.hosts.empty()) return {};
  std::vector<std::string> names;
  for (const sync::Source& source : config.sources) names.push_back(source.name);
  for (const std::string& name : table.sources) {
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    return Error{ErrorCode::kConfig,
                 fmt::format("{}: {} \"{}\": there is no source \"{}\"{}", table.place, what,
                             table.name, name, DidYouMean(name, names))};
  }
  return {};
}

// What one table says of another, or that has no use beside it.
Expected<void> CheckServeTable(sync::ServeConfig& config) {
  const sync::ServeTable& serve = config.serve;
  if (!serve.read_token_file.empty() && serve.read_token_file == serve.operate_token_file) {
    return Error{
        ErrorCode::kConfig,
        fmt::format("{}: read_token_file and operate_token_file are one file: who may look "
                    "could steer",
                    serve.place)};
  }
  std::vector<std::string> names;
  for (const auto& [name, credential] : config.credentials) names.push_back(name);
  for (const std::string& name : serve.variable_sources.credentials) {
    if (config.credentials.contains(name)) continue;
    return Error{ErrorCode::kConfig,
                 fmt::format("{}: variable_sources: there is no credential \"{}\"{}", serve.place,
                             name, DidYouMean(name, names))};
  }
  if (serve.listen.empty() && !config.receivers.empty()) {
    config.warnings.push_back(
        fmt::format("{}: receiver \"{}\" hears of no hook: [serve] listen is empty",
                    config.receivers.front().place, config.receivers.front().name));
  }
  return {};
}

template <class T>
void AddRows(std::string& out, std::string_view heading, std::span<const sync::KeyRow<T>> rows) {
  out += fmt::format("#\n# Keys of [{}]:\n", heading);
  for (const auto& row : rows) out += fmt::format("#   {}: {}\n", row.name, row.help);
}

}  // namespace

std::vector<std::string_view> ServeTableNames() {
  return {kServe, kSource, kCredential, kReceiver, kNotify};
}

bool IsServeTable(std::string_view name) {
  const std::vector<std::string_view> names = ServeTableNames();
  return std::find(names.begin(), names.end(), name) != names.end();
}

Expected<void> ReadServeTable(const Path& file, std::string_view name, const toml::table& table,
                              sync::ServeConfig& config) {
  return ServeReader(file, config).Read(name, table);
}

Expected<void> CheckServeTables(sync::ServeConfig& config) {
  TRY(CheckServeTable(config));
  for (const sync::Source& source : config.sources) TRY(sync::Check(source, config));
  for (const sync::ReceiverTable& receiver : config.receivers) {
    TRY(CheckSources(receiver, "receiver", config));
  }
  for (const sync::NotifyTable& notify : config.notify) {
    TRY(CheckSources(notify, "notify", config));
  }
  return {};
}

void ExpandPaths(sync::ServeConfig& config, const Path& home) {
  const auto expand = [&](Path& path) { path = ExpandHome(path, home); };
  for (sync::Source& source : config.sources) {
    for (Path& path : source.var_file) expand(path);
    for (Path& path : source.allow_paths) expand(path);
    expand(source.overlay);
    expand(source.allowed_signers);
  }
  for (auto& [name, credential] : config.credentials) {
    expand(credential.key_file);
    expand(credential.token_file);
    expand(credential.known_hosts);
  }
  for (sync::ReceiverTable& receiver : config.receivers) expand(receiver.secret_file);
  for (sync::NotifyTable& notify : config.notify) {
    expand(notify.url_file);
    expand(notify.secret_file);
  }
  sync::ServeTable& serve = config.serve;
  for (Path* path : {&serve.folder, &serve.tls_cert, &serve.tls_key, &serve.read_token_file,
                     &serve.operate_token_file}) {
    expand(*path);
  }
}

std::string ServeTemplate() {
  std::string out =
      "\n# Repositories that `nmgr serve` keeps on the cluster, and what it is told "
      "(docs/serve.md).\n";
  AddRows(out, "source.NAME", sync::SourceKeys());
  AddRows(out, "source.NAME.image.\"GLOB\"", sync::ImageKeys());
  AddRows(out, "credential.NAME", sync::CredentialKeys());
  AddRows(out, "receiver.NAME", sync::ReceiverKeys());
  AddRows(out, "notify.NAME", sync::NotifyKeys());
  AddRows(out, "serve", sync::ServeKeys());
  AddRows(out, "serve.variable_sources", sync::VariableSourceKeys());
  return out;
}

}  // namespace nmgr::cli
