// Everything that can be typed, as a man page and as docs/reference.md, and everything that
// `-o json` prints, from the tables that `--help` and the tests walk.
#pragma once

#include <string>

namespace nmgr::cli {

std::string ManPage();        // nmgr.1, in the man macros
std::string ReferencePage();  // docs/reference.md
std::string JsonPage();       // docs/json.md

}  // namespace nmgr::cli
