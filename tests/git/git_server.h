// A repository of a test's own that a mirror fetches from: real git on the disk.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "nmgr/base/path.h"
#include "support/temp_dir.h"

namespace nmgr::testing {

// Anything that fails throws std::runtime_error.
class GitOrigin {
 public:
  GitOrigin();

  std::string url() const { return "file://" + path(); }
  Path path() const { return dir_.At("origin"); }

  // In the working tree.
  void Write(std::string_view relative, std::string_view content);
  void Remove(std::string_view relative);
  void Link(std::string_view target, std::string_view relative);
  // All that is there; its name.
  std::string Commit(const std::string& message = "change");

  // Its standard output, without the last line break.
  std::string Git(std::vector<std::string> arguments) const;
  const TempDir& dir() const { return dir_; }

 private:
  TempDir dir_;
};

}  // namespace nmgr::testing
