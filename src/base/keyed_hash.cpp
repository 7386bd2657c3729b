#include "nmgr/base/keyed_hash.h"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/descriptor.h"
#include "nmgr/base/file_system.h"
#include "nmgr/base/hmac.h"
#include "nmgr/base/system.h"
#include "nmgr/base/text.h"

namespace nmgr {

Expected<HashKey> HashKey::Random() {
  std::string bytes(kBytes, '\0');
  const ssize_t got = ::getrandom(bytes.data(), bytes.size(), 0);
  if (got != static_cast<ssize_t>(kBytes)) {
    return Error{ErrorCode::kIo, "no random bytes: " + SystemReason(errno)};
  }
  return HashKey(std::move(bytes));
}

Expected<HashKey> HashKey::Read(const Path& file) {
  const Descriptor opened = OpenFile(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);
  struct stat info {};
  if (opened.get() < 0 || ::fstat(opened.get(), &info) != 0) return SystemError(file, errno);
  constexpr mode_t kOthers = S_IRWXG | S_IRWXO;
  std::string bytes(kBytes, '\0');
  const bool ours = S_ISREG(info.st_mode) && info.st_uid == ::geteuid() &&
                    (info.st_mode & kOthers) == 0 && info.st_size == static_cast<off_t>(kBytes);
  if (!ours || ::read(opened.get(), bytes.data(), kBytes) != static_cast<ssize_t>(kBytes)) {
    return Error{ErrorCode::kInvalid, file + " is no key of this user alone"};
  }
  return HashKey(std::move(bytes));
}

Expected<void> HashKey::Write(const Path& file) const {
  return RealFileSystem().WriteFileAtomically(file, bytes_);
}

Expected<HashKey> HashKey::Of(const Path& file) {
  auto known = Read(file);
  if (known || known.error().code != ErrorCode::kNotFound) return known;
  TRY_ASSIGN(const HashKey fresh, Random());
  TRY_ASSIGN(const HashKey suffix, Random());
  const Path beside = file + "." + HexOf(suffix.bytes_).substr(0, 16);
  TRY(fresh.Write(beside));
  const bool placed = ::link(beside.c_str(), file.c_str()) == 0 || errno == EEXIST;
  const int why = errno;
  ::unlink(beside.c_str());
  if (!placed) return SystemError(file, why);
  return Read(file);
}

std::string HashKey::Hash(std::string_view text) const { return HexOf(HmacSha256(bytes_, text)); }

bool HashKey::IsHash(std::string_view text, std::size_t digits) {
  return text.size() == digits &&
         std::all_of(text.begin(), text.end(), [](char c) { return HexValue(c) >= 0; });
}

}  // namespace nmgr
