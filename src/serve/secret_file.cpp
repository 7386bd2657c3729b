#include "nmgr/serve/secret_file.h"

#include <fmt/format.h>

#include <algorithm>

#include "nmgr/base/text.h"

namespace nmgr::serve {
namespace {

std::string WhereOf(std::string_view place, const Path& file) {
  return fmt::format("{} = {}", place, file);
}

}  // namespace

Expected<void> CheckSecretFile(std::string_view place, const Path& file, FileSystem& files) {
  constexpr std::uint32_t kOthersBits = 077;
  const std::string where = WhereOf(place, file);
  const Expected<FileInfo> info = files.Stat(file);
  if (!info) return Error{ErrorCode::kConfig, where + ": " + info.error().message};
  if ((info->mode & kOthersBits) == 0) return {};
  return Error{ErrorCode::kConfig,
               fmt::format("{}: others may read the file (mode {:04o})", where, info->mode),
               fmt::format("chmod 600 {}; in a Nomad template: perms = \"600\"", file)};
}

Expected<std::string> ReadSecretFile(std::string_view place, const Path& file, std::size_t least,
                                     FileSystem& files) {
  constexpr std::uint64_t kLargest = 4096;
  const std::string where = WhereOf(place, file);
  TRY(CheckSecretFile(place, file, files));
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
