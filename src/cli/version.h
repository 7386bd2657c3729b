// What `nmgr --version` says: the version, the commit and kind of build, and the libraries that it
// was built with.
#pragma once

#include <string>

namespace nmgr::cli {

std::string VersionText();

}  // namespace nmgr::cli
