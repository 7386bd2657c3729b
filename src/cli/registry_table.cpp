#include "cli/registry_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/toml_place.h"
#include "nmgr/base/text.h"
#include "nmgr/registry/reference.h"

namespace nmgr::cli {
namespace {

struct TextKey {
  std::string_view key;
  std::string registry::HostSettings::*member;
};
constexpr TextKey kTextKeys[] = {{"username", &registry::HostSettings::username},
                                 {"password_file", &registry::HostSettings::password_file},
                                 {"auth_file", &registry::HostSettings::auth_file},
                                 {"ca_file", &registry::HostSettings::ca_file}};
constexpr std::string_view kInsecure = "insecure";
constexpr int kDeepestHost = 8;

class RegistryReader {
 public:
  explicit RegistryReader(const Path& file) : file_(file) {}

  // The hosts that begin with `host`, which is "" or ends with a dot.
  Expected<void> ReadHosts(const std::string& host, const toml::table& table, int depth) {
    for (const auto& [key, node] : table) {
      const std::string name = host + std::string(key.str());
      const toml::table* const body = node.as_table();
      if (body == nullptr && depth > 0) continue;  // a setting of the host above
      if (body == nullptr || depth > kDeepestHost) {
        return Wrong(node, fmt::format("registry.{} must be a table, [registry.\"HOST\"]", name));
      }
      bool has_settings = body->empty();
      bool has_hosts = false;
      for (const auto& [inner, value] : *body) (value.is_table() ? has_hosts : has_settings) = true;
      if (has_settings) TRY(ReadHost(name, *body));
      if (has_hosts) TRY(ReadHosts(name + ".", *body, depth + 1));
    }
    return {};
  }

  RegistryTables Take() { return std::move(read_); }

 private:
  Expected<void> ReadHost(const std::string& name, const toml::table& body) {
    registry::HostSettings& settings = read_.hosts[registry::HostName(name)];
    for (const auto& [key, node] : body) {
      if (!node.is_table()) TRY(ReadKey(std::string(key.str()), node, settings));
    }
    const auto at = std::find_if(body.begin(), body.end(),
                                 [](const auto& entry) { return !entry.second.is_table(); });
    const toml::node& place = at == body.end() ? static_cast<const toml::node&>(body) : at->second;
    if (name.find('/') != std::string::npos) {
      return Wrong(place, "a host stands here without a scheme and a path: [registry.\"ghcr.io\"]");
    }
    const bool by_name = !settings.username.empty() || !settings.password_file.empty();
    if (by_name && !settings.auth_file.empty()) {
      return Wrong(place, "either username and password_file, or auth_file");
    }
    if (settings.username.empty() != settings.password_file.empty()) {
      return Wrong(place, "username and password_file come together");
    }
    return {};
  }

  Expected<void> ReadKey(const std::string& key, const toml::node& node,
                         registry::HostSettings& settings) {
    std::vector<std::string> keys{std::string(kInsecure)};
    for (const TextKey& known : kTextKeys) {
      keys.emplace_back(known.key);
      if (known.key != key) continue;
      const auto text = node.value_exact<std::string>();
      if (!text) return Wrong(node, key + " must be a string");
      if (text->empty()) return Wrong(node, key + " must be a string with something in it");
      settings.*known.member = *text;
      return {};
    }
    if (key == kInsecure) {
      const auto value = node.value_exact<bool>();
      if (!value) return Wrong(node, key + " must be true or false");
      settings.insecure = *value;
      return {};
    }
    if (key == "password") {
      return Wrong(node,
                   "a password does not stand here; give the file that holds it: "
                   "password_file");
    }
    read_.warnings.push_back(
        fmt::format("{}: unknown key \"{}\"{}", Place(node), key, DidYouMean(key, keys)));
    return {};
  }

  std::string Place(const toml::node& node) const { return PlaceOf(file_, node); }
  Error Wrong(const toml::node& node, const std::string& what) const {
    return WrongAt(file_, node, what);
  }

  const Path& file_;
  RegistryTables read_;
};

}  // namespace

Expected<RegistryTables> ReadRegistryTables(const Path& file, const toml::table& table) {
  RegistryReader reader(file);
  TRY(reader.ReadHosts("", table, 0));
  return reader.Take();
}

}  // namespace nmgr::cli
