// [registry.HOST] of the config file: who one is at an image registry.
#pragma once

#include <toml++/toml.h>

#include <map>
#include <string>
#include <vector>

#include "nmgr/base/expected.h"
#include "nmgr/base/path.h"
#include "nmgr/registry/credentials.h"

namespace nmgr::cli {

struct RegistryTables {
  std::map<std::string, registry::HostSettings, std::less<>> hosts;
  std::vector<std::string> warnings;
};

// `table` is [registry] of the file at `file`. A host may be quoted or not ([registry.ghcr.io]).
// kConfig with its place for a value of the wrong type, for a user without a password file and the
// reverse, and for both ways at once.
Expected<RegistryTables> ReadRegistryTables(const Path& file, const toml::table& table);

}  // namespace nmgr::cli
