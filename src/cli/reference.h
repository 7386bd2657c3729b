// Everything that can be typed, as a man page and as docs/reference.md, from the tables that
// `--help` walks.
#pragma once

#include <string>

namespace nmgr::cli {

std::string ManPage();        // nmgr.1, in the man macros
std::string ReferencePage();  // Markdown

}  // namespace nmgr::cli
