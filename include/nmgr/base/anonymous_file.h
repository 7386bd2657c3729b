// A file without a name, for a child process that reads its input from a path.
#pragma once

#include <string_view>

#include "nmgr/base/expected.h"
#include "nmgr/base/path.h"

namespace nmgr {

// Gone with the last process that has it open. Children that start meanwhile can open it.
class AnonymousFile {
 public:
  static Expected<AnonymousFile> Of(std::string_view text);
  ~AnonymousFile();
  AnonymousFile(AnonymousFile&& other) noexcept;
  AnonymousFile& operator=(AnonymousFile&&) = delete;

  // "/dev/fd/7", the same for children.
  Path path() const;

 private:
  explicit AnonymousFile(int fd) : fd_(fd) {}
  int fd_ = -1;
};

}  // namespace nmgr
