// File name patterns of fileset(): those of doublestar 1, which Nomad uses, with its corners.
//
//   *      any run within a name, a leading dot included     ?       one character
//   **     as a whole element: any number of folders         [a-z]   a class; [^a-z] its opposite
//   {a,b}  either                                            \c      the character c
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nmgr/base/file_system.h"
#include "nmgr/hcl/functions/function.h"

namespace nmgr::hcl::functions {

// What must match below a name that the first element of a pattern has matched: nothing more
// (empty), or any of these patterns. No value: the name does not match.
using GlobMatchResult = std::optional<std::vector<std::string>>;

class Globber {
 public:
  explicit Globber(FileSystem& files) : files_(files) {}

  // Paths that match `pattern`, files and folders, in no particular order; some may occur twice. A
  // malformed pattern is an error, but only where a name is held against it. Unreadable folders are
  // empty.
  FunctionOutcome<std::vector<Path>> Find(std::string_view pattern);

  // Folders and names looked at so far; at most kMostSteps.
  std::int64_t steps() const { return kMostSteps - std::max(left_, 0); }

 private:
  using Fault = std::optional<FunctionError>;

  Fault Walk(const Path& folder, std::string_view pattern, std::vector<Path>& found);
  Fault WalkDeeper(const Path& folder, const std::vector<FolderEntry>& entries,
                   std::string_view pattern, bool last, std::vector<Path>& found);
  static constexpr int kMostSteps = 100'000;

  bool OutOfSteps() { return --left_ < 0; }

  FileSystem& files_;
  int left_ = kMostSteps;
};

// One name against the first element of a pattern.
FunctionOutcome<GlobMatchResult> MatchGlobElement(std::string_view pattern, std::string_view name);

}  // namespace nmgr::hcl::functions
