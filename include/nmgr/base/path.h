// Lexical path rules. They are those of Go's path/filepath on Unix, because HCL's basename,
// dirname, abspath and file must agree with Nomad's; the rest of nmgr uses the same ones. No
// function here touches the disk. Paths are UTF-8 byte strings with '/'.
#pragma once

#include <string>
#include <string_view>

namespace nmgr {

using Path = std::string;

// Shortest equal path: no empty, "." or inner ".." element; "" becomes ".".
Path CleanPath(std::string_view path);

// `name` below `folder`, cleaned; an absolute `name` stands for itself. An empty folder is ".".
Path JoinPath(std::string_view folder, std::string_view name);

// Last element ("." for "", "/" for "/"); trailing slashes do not count.
Path BaseName(std::string_view path);

// All but the last element, cleaned ("." if there is none).
Path DirName(std::string_view path);

bool IsAbsolutePath(std::string_view path);

// `path` relative to `folder` if it lies inside it, else `path` as it is. For messages.
Path RelativeTo(std::string_view path, std::string_view folder);

// "~" and "~/x" replaced by `home`; every other path unchanged, and all of them without a home.
Path ExpandHome(std::string_view path, std::string_view home);

}  // namespace nmgr
