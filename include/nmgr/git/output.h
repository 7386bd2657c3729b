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

namespace nmgr::git {

// A file as a commit or the index has it. `object` is the name of its content, in hexadecimal.
struct Entry {
  std::string object;
  bool is_link = false;
  bool is_submodule = false;
};

// What the index remembers of a file as it lay on the disk when git last looked: a file for which
// all that is still so has the content `entry`.
struct IndexEntry {
  Entry entry;
  bool merged = true;     // else there are several versions
  bool left_out = false;  // by a sparse checkout: it is not on the disk and that is no change
  EntryInfo seen;         // size and inode as 32 bits
};

using Names = std::vector<std::string>;           // paths from the top of the working tree
using Tree = std::map<std::string, Entry>;        // by such paths
using Index = std::map<std::string, IndexEntry>;  // the same
using Attributes = std::map<std::string, std::map<std::string, std::string>>;

// The name of an object, SHA-1 or SHA-256.
bool IsObjectName(std::string_view text);

// Whether git takes the text for the name of a ref (as check-ref-format, of one level too).
bool IsRefName(std::string_view text);

// `ls-tree -r -z`
std::optional<Tree> ReadTree(std::string_view text);

// `ls-tree -r -z --long`: the same with sizes (0 of a submodule).
struct SizedEntry {
  Entry entry;
  std::uint64_t size = 0;
};
using SizedTree = std::map<std::string, SizedEntry>;
std::optional<SizedTree> ReadSizedTree(std::string_view text);

// `diff-tree -r -z --name-status --no-renames`: the letter (A, M, D, T) of each path.
using Differences = std::map<std::string, char>;
std::optional<Differences> ReadDifferences(std::string_view text);

// `diff-tree -r -z --name-status --find-renames --diff-filter=R`: from which path to which.
using Renames = std::map<std::string, std::string>;
std::optional<Renames> ReadRenames(std::string_view text);

// `ls-remote`: the object that each ref names; of an annotated tag also that of `REF^{}`.
using RemoteRefs = std::map<std::string, std::string>;
std::optional<RemoteRefs> ReadRemoteRefs(std::string_view text);

// `ls-files --stage --debug -z`. Of a file in several versions the last one stands.
std::optional<Index> ReadIndex(std::string_view text);

// `ls-files -z` and the like: each name ends with a zero byte.
std::optional<Names> ReadNames(std::string_view text);

// `check-attr -z`, put to what is in `attributes`; what is unspecified is left out. False for
// another form.
bool ReadAttributes(std::string_view text, Attributes& attributes);

}  // namespace nmgr::git
