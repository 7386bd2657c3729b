// What `nmgr --version` says: the version, the commit and kind of build, and the libraries that it
// was built with.
#pragma once

#include <string>

namespace nmgr::cli {

std::string VersionText();

// "0.4.0 (1a2b3c4)": the version and the commit.
std::string BuildName();

}  // namespace nmgr::cli
