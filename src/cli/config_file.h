// The config file: TOML, the original 0.3's tables ([general], [filter.NAME]), [nomad],
// [cluster.NAME], [order], [registry.HOST] and what `serve` reads (serve_tables.h).
//
// Which keys there are is said by the option table. An unknown key is a warning with the nearest
// name; a value of the wrong type is an error with its line.
//
// The original 1.0's file, which is called `config` without an ending, writes lists and switches as
// strings and has two keys of its own; there a pattern is a plain text, and filters take infra
// jobs.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "nmgr/base/expected.h"
#include "nmgr/base/file_system.h"
#include "nmgr/order/rules.h"
#include "nmgr/registry/credentials.h"
#include "nmgr/repo/filter.h"
#include "nmgr/sync/source.h"

namespace nmgr::cli {

struct ConfigValue {
  std::vector<std::string> values;  // as they would be typed
  std::string place;                // "/home/me/.config/nmgr/config.toml:3"
};

struct ConfigFile {
  bool found = false;
  std::map<std::string, ConfigValue, std::less<>> values;  // by "table.key"
  std::vector<repo::FilterSpec> filters;                   // in the order of their names
  std::vector<order::Rule> order;                          // [order], by the names of its keys
  // What a cluster sets, by the keys that it stands in for ("nomad.address"); by its name.
  std::map<std::string, std::map<std::string, ConfigValue, std::less<>>, std::less<>> clusters;
  std::map<std::string, registry::HostSettings, std::less<>> registries;  // [registry.HOST]
  sync::ServeConfig serve;  // [serve], [source.NAME], [credential.NAME], [receiver.NAME]
  std::vector<std::string> warnings;
};

// `text` as the file at `path`. kConfig.
Expected<ConfigFile> ParseConfigFile(const Path& path, const std::string& text);

// The keys of [cluster.NAME], each as the key that it stands in for: those of [nomad], and the base
// directory, infra jobs and variable files of [general].
std::vector<std::string> ClusterKeys();

// A file with every key, commented out, each with its help and its default: what `config --init`
// writes.
std::string ConfigTemplate();

// Reads the file. One that is not there is kConfig if it was asked for by name, else empty.
Expected<ConfigFile> ReadConfigFile(const Path& path, bool must_exist, FileSystem& files);

}  // namespace nmgr::cli
