// What git's plumbing prints, read: trees, the index, lists of names and of attributes.
//
// The bytes are those of a repository that is not trusted, and the form that `ls-files --debug` has
// is no promise of git's. So a text that is not wholly of the expected form is none at all (nothing
// is returned): what was left out in silence would be a change that nobody sees.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nmgr/base/file_system.h"

namespace nmgr::repo {

// A file as a commit or the index has it. `object` is the name of its content, in hexadecimal.
struct GitEntry {
  std::string object;
  bool is_link = false;
  bool is_submodule = false;
};

// What the index remembers of a file as it lay on the disk when git last looked: a file for which
// all that is still so has the content `entry`.
struct IndexEntry {
  GitEntry entry;
  bool merged = true;     // else there are several versions
  bool left_out = false;  // by a sparse checkout: it is not on the disk and that is no change
  EntryInfo seen;         // size and inode as 32 bits
};

using GitNames = std::vector<std::string>;           // paths from the top of the working tree
using GitTree = std::map<std::string, GitEntry>;     // by such paths
using GitIndex = std::map<std::string, IndexEntry>;  // the same
using GitAttributes = std::map<std::string, std::map<std::string, std::string>>;

// The name of an object, SHA-1 or SHA-256.
bool IsObjectName(std::string_view text);

// `ls-tree -r -z`
std::optional<GitTree> ReadTree(std::string_view text);

// `ls-files --stage --debug -z`. Of a file in several versions the last one stands.
std::optional<GitIndex> ReadIndex(std::string_view text);

// `ls-files -z` and the like: each name ends with a zero byte.
std::optional<GitNames> ReadNames(std::string_view text);

// `check-attr -z`, put to what is in `attributes`; what is unspecified is left out. False for
// another form.
bool ReadAttributes(std::string_view text, GitAttributes& attributes);

}  // namespace nmgr::repo
