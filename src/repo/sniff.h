// A quick look at bytes, so that the many *.hcl files that are no specs cost no parse.
#pragma once

#include <string_view>

namespace nmgr::repo {

// False only where the text cannot hold a top-level job block: no `job` stands where a block's
// header could (first on its line, or behind a comment), or it stands behind a NUL byte, as in
// binary files. In JSON syntax: no "job" key at all.
bool MayHoldJob(std::string_view text);

}  // namespace nmgr::repo
