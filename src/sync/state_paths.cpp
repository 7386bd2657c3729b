#include "nmgr/sync/state_paths.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "nmgr/nomad/variable_client.h"

namespace nmgr::sync {

std::string_view WordOf(StateKind kind) {
  constexpr std::array<std::string_view, 6> kWords = {"lease",  "control", "sources",
                                                      "status", "jobs",    "images"};
  return kWords.at(static_cast<std::size_t>(kind));
}

namespace {

std::string WithoutDots(std::string path) {
  std::replace(path.begin(), path.end(), '.', '~');
  return path;
}

}  // namespace

std::string StateFolder(std::string_view instance) {
  return WithoutDots(fmt::format("nmgr/serve/{}/", instance));
}

std::string StatePath(std::string_view instance, StateKind kind, std::string_view name) {
  return StateFolder(instance) + WithoutDots(fmt::format("{}/{}", WordOf(kind), name));
}

std::string ShardPath(const std::string& path, unsigned shard) {
  return fmt::format("{}{}{:02x}", path, path.ends_with('/') ? "" : "/", shard);
}

std::string NameIn(std::string_view path, std::string_view prefix) {
  if (!path.starts_with(prefix)) return {};
  std::string name(path.substr(prefix.size()));
  std::replace(name.begin(), name.end(), '~', '.');
  return name;
}

bool IsInstance(std::string_view name) {
  const std::string longest =
      ShardPath(StatePath(name, StateKind::kSources, std::string(64, 'a')), 0);
  return !name.empty() && name.find('/') == std::string_view::npos &&
         nomad::IsVariablePath(longest);
}

}  // namespace nmgr::sync
