#include "serve/secret_file.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>

#include "nmgr/base/text.h"

namespace nmgr::serve {

Expected<std::string> ReadSecretFile(std::string_view place, const Path& file, std::size_t least,
                                     FileSystem& files) {
  constexpr std::uint64_t kLargest = 4096;
  const std::string where = fmt::format("{} = {}", place, file);
  struct stat info {};
  if (::stat(file.c_str(), &info) == 0 && (info.st_mode & 077U) != 0) {
    return Error{
        ErrorCode::kConfig,
        fmt::format("{}: others may read the file (mode {:04o})", where, info.st_mode & 07777U),
        fmt::format("chmod 600 {}", file)};
  }
  const Expected<std::string> text = files.ReadFile(file, kLargest);
  if (!text) return Error{ErrorCode::kConfig, where + ": " + text.error().message, ""};
  const std::string_view secret = TrimBlanks(*text);
  const bool fits =
      std::all_of(secret.begin(), secret.end(), [](char c) { return c > ' ' && c < 0x7f; });
  if (secret.size() < least || !fits) {
    return Error{
        ErrorCode::kConfig,
        fmt::format("{}: a token is one line of at least {} visible characters", where, least),
        fmt::format("openssl rand -hex 32 > {}", file)};
  }
  return std::string(secret);
}

}  // namespace nmgr::serve
