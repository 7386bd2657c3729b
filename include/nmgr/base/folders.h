// Folders of our own on the real disk, made and taken away. No link is followed by what takes away.
#pragma once

#include <string_view>

#include "nmgr/base/expected.h"
#include "nmgr/base/path.h"

namespace nmgr {

// What is missing of the folder and its parents, mode 0700.
Expected<void> MakeFolders(const Path& folder);

// The path with all that is below it; nothing there is no error.
Expected<void> RemoveTree(const Path& path);

// In one step; a folder that is at `to` must be empty. What is renamed is on the disk afterwards.
Expected<void> Rename(const Path& from, const Path& to);

// A symbolic link that holds `target`, in the place of the file or link that is there.
Expected<void> ReplaceByLink(const Path& path, std::string_view target);

// Another name for the file `from` (link(2)), with the folders above it that are missing, as mkdir
// makes them. A link that is at `from` is not followed. kIo too where the file system has no such
// names, or gives this file no more.
Expected<void> LinkFile(const Path& from, const Path& to);

}  // namespace nmgr
