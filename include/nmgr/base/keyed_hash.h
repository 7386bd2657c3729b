// A hash that only who has the key can make: HMAC-SHA256 with a random key of this user's. What is
// kept in its form says nothing of what was hashed, and nobody else can make up a line of it.
#pragma once

#include <string>
#include <string_view>

#include "nmgr/base/expected.h"
#include "nmgr/base/path.h"

namespace nmgr {

class HashKey {
 public:
  static constexpr std::size_t kBytes = 32;

  // From kBytes bytes.
  explicit HashKey(std::string bytes) : bytes_(std::move(bytes)) {}

  // kIo where the system has none to give.
  static Expected<HashKey> Random();

  // The key of a file that belongs to this user, that nobody else may read and that holds exactly a
  // key. Anything else is kInvalid, and kNotFound or kIo what cannot be read.
  static Expected<HashKey> Read(const Path& file);
  // Puts it there in one step, mode 0600; creates missing folders.
  Expected<void> Write(const Path& file) const;

  // 64 hexadecimal digits.
  std::string Hash(std::string_view text) const;

 private:
  std::string bytes_;
};

}  // namespace nmgr
