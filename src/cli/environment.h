// What the environment says that is no option: folders, and whether there is to be colour.
//
// Folders are those of the XDG base directory specification; a relative one is to be ignored there,
// and so is a relative HOME: it would be another one in every current folder.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "nmgr/base/path.h"

namespace nmgr::cli {

using Environment = std::map<std::string, std::string>;

// An empty variable counts as not set.
std::optional<std::string> Variable(const Environment& environment, const std::string& name);

// What ~ stands for; "" where nobody knows.
Path HomeFolder(const Environment& environment);

// `name` in the folder for one kind of the user's files; "" where nobody knows where that is.
Path InConfigFolder(const Environment& environment, const Path& name);
Path InStateFolder(const Environment& environment, const Path& name);
Path InCacheFolder(const Environment& environment, const Path& name);
Path InDataFolder(const Environment& environment, const Path& name);

}  // namespace nmgr::cli
