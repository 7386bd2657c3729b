// Where the symbolic links of a tree lead.
#pragma once

#include <map>
#include <string>

namespace nmgr::git {

// By the path from the top of the tree, what each link holds.
using Links = std::map<std::string, std::string>;

// Whether the link at `path` leads to a place in the tree, there or not, whatever links it goes
// through, as the system would follow it. Not so where a link stands in its own way (a/b below the
// link a) or goes through too many.
bool StaysInside(const Links& links, const std::string& path);

}  // namespace nmgr::git
