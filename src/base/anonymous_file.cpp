#include "nmgr/base/anonymous_file.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>

#include "nmgr/base/system.h"

namespace nmgr {

Expected<AnonymousFile> AnonymousFile::Of(std::string_view text) {
  AnonymousFile file(::memfd_create("nmgr", 0));
  while (file.fd_ >= 0 && !text.empty()) {
    const ssize_t put = ::write(file.fd_, text.data(), text.size());
    if (put < 0 && errno != EINTR) break;
    if (put > 0) text.remove_prefix(static_cast<std::size_t>(put));
  }
  if (file.fd_ >= 0 && text.empty()) return file;
  return Error{ErrorCode::kIo, "cannot make a file for a child process: " + SystemReason(errno)};
}

AnonymousFile::AnonymousFile(AnonymousFile&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

AnonymousFile::~AnonymousFile() {
  if (fd_ >= 0) ::close(fd_);
}

Path AnonymousFile::path() const { return "/dev/fd/" + std::to_string(fd_); }

}  // namespace nmgr
