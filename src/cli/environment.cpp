#include "cli/environment.h"

namespace nmgr::cli {
namespace {

std::optional<Path> FolderVariable(const Environment& environment, const std::string& name) {
  std::optional<Path> folder = Variable(environment, name);
  return folder && IsAbsolutePath(*folder) ? folder : std::nullopt;
}

Path InUserFolder(const Environment& environment, const std::string& variable,
                  const Path& below_home, const Path& name) {
  if (const auto folder = FolderVariable(environment, variable)) return JoinPath(*folder, name);
  const Path home = HomeFolder(environment);
  return home.empty() ? Path() : JoinPath(JoinPath(home, below_home), name);
}

}  // namespace

std::optional<std::string> Variable(const Environment& environment, const std::string& name) {
  const auto found = environment.find(name);
  if (found == environment.end() || found->second.empty()) return std::nullopt;
  return found->second;
}

Path HomeFolder(const Environment& environment) {
  return FolderVariable(environment, "HOME").value_or("");
}

Path InConfigFolder(const Environment& environment, const Path& name) {
  return InUserFolder(environment, "XDG_CONFIG_HOME", ".config", name);
}

Path InStateFolder(const Environment& environment, const Path& name) {
  return InUserFolder(environment, "XDG_STATE_HOME", ".local/state", name);
}

Path InCacheFolder(const Environment& environment, const Path& name) {
  return InUserFolder(environment, "XDG_CACHE_HOME", ".cache", name);
}

Path InDataFolder(const Environment& environment, const Path& name) {
  return InUserFolder(environment, "XDG_DATA_HOME", ".local/share", name);
}

}  // namespace nmgr::cli
