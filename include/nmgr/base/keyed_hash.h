// A hash that only who has the key can make: HMAC-SHA256 with a random key of this user's. What is
// kept in its form says nothing of what was hashed, and nobody else can make up a line of it.
#pragma once

#include <fmt/format.h>

#include <cstddef>
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
  // The key of that file, which is made where it is not there: of several processes that make it at
  // the same time all have the one that came first.
  static Expected<HashKey> Of(const Path& file);

  // kDigits hexadecimal digits.
  std::string Hash(std::string_view text) const;
  static constexpr std::size_t kDigits = 2 * kBytes;
  // Whether `text` can be a hash, or what stands in the front of one.
  static bool IsHash(std::string_view text, std::size_t digits = kDigits);

 private:
  std::string bytes_;
};

// Each part with its length before it, so that no two lists of parts make the same text.
template <class... Parts>
std::string Packed(const Parts&... parts) {
  std::string text;
  ((text += fmt::format("{}:{}", std::string_view(parts).size(), std::string_view(parts))), ...);
  return text;
}

}  // namespace nmgr
