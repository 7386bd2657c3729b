// A folder of a test's own below the system's temporary one, removed with everything in it at the
// end.
#pragma once

#include <string>
#include <string_view>

#include "nmgr/base/path.h"

namespace nmgr::testing {

// Anything that fails throws std::filesystem::filesystem_error or std::runtime_error.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const Path& path() const { return path_; }
  Path At(std::string_view relative) const;

  // Writes a file, makes its folders; returns its absolute path.
  Path Write(std::string_view relative, std::string_view content) const;
  Path MakeFolder(std::string_view relative) const;
  void Link(std::string_view target, std::string_view relative) const;  // symbolic
  void Remove(std::string_view relative) const;
  std::string Read(std::string_view relative) const;

 private:
  Path path_;
};

}  // namespace nmgr::testing
