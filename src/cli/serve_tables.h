// [serve], [source.NAME], [credential.NAME], [receiver.NAME] and [notify.NAME] of the config file:
// what `serve` and `sync` read. Which keys there are is said by the tables of nmgr/sync/source.h.
#pragma once

#include <toml++/toml.h>

#include <string>
#include <string_view>
#include <vector>

#include "nmgr/base/expected.h"
#include "nmgr/base/path.h"
#include "nmgr/sync/source.h"

namespace nmgr::cli {

std::vector<std::string_view> ServeTableNames();
bool IsServeTable(std::string_view name);

// Adds what `table`, called `name` in the file at `file`, holds. kConfig with the place for a value
// of the wrong type; an unknown key is a warning with the nearest name.
Expected<void> ReadServeTable(const Path& file, std::string_view name, const toml::table& table,
                              sync::ServeConfig& config);

// Once all tables are read: what they say of each other.
Expected<void> CheckServeTables(sync::ServeConfig& config);

// ~ in paths.
void ExpandPaths(sync::ServeConfig& config, const Path& home);

// The same tables as comments, for `config --init`.
std::string ServeTemplate();

}  // namespace nmgr::cli
