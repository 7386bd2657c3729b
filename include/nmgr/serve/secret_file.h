// A secret in a file of its own.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "nmgr/base/expected.h"
#include "nmgr/base/file_system.h"

namespace nmgr::serve {

// That it is there and that nobody else may read it; else kConfig. `place` is that of the key which
// names the file: "[serve] read_token_file".
Expected<void> CheckSecretFile(std::string_view place, const Path& file, FileSystem& files);

// One line of visible characters; blanks and line ends around it are no part of it. kConfig as
// above, and where it holds fewer than `least` characters or others than visible ones.
Expected<std::string> ReadSecretFile(std::string_view place, const Path& file, std::size_t least,
                                     FileSystem& files);

}  // namespace nmgr::serve
