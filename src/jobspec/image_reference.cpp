#include "nmgr/jobspec/image_reference.h"

#include <algorithm>
#include <array>

#include "nmgr/base/text.h"
#include "nmgr/jobspec/jobspec.h"

namespace nmgr::jobspec {
namespace {

bool IsLocal(std::string_view image) {
  constexpr std::array<std::string_view, 7> kTransports = {
      "docker-archive:",     "oci-archive:", "oci:",    "dir:",
      "containers-storage:", "http://",      "https://"};
  return image.starts_with('/') || image.starts_with('.') ||
         std::any_of(kTransports.begin(), kTransports.end(),
                     [&](std::string_view transport) { return image.starts_with(transport); });
}

constexpr std::string_view kLatest = "latest";

bool Moves(std::string_view tag, const std::vector<std::string>& moving) {
  const auto is_moving = [&moving](std::string_view name) {
    return std::find(moving.begin(), moving.end(), name) != moving.end();
  };
  if (is_moving(tag) || tag.find("${") != tag.npos) return true;
  const std::vector<std::string_view> parts = Split(tag, '-');
  return is_moving(kLatest) && std::find(parts.begin(), parts.end(), kLatest) != parts.end();
}

}  // namespace

bool LacksDigest(std::string_view image) {
  return !image.empty() && image.find('@') == image.npos && !IsLocal(image);
}

std::string MovingTag(std::string_view image, const std::vector<std::string>& moving) {
  if (!LacksDigest(image)) return {};
  const std::size_t slash = image.rfind('/');
  const std::string_view name = slash == image.npos ? image : image.substr(slash + 1);
  const std::size_t colon = name.rfind(':');
  const bool decided_later = colon == name.npos && name.find("${") != name.npos;
  if (decided_later) return std::string(name);
  if (colon == name.npos) return std::string(kLatest);
  const std::string_view tag = name.substr(colon + 1);
  return Moves(tag, moving) ? std::string(tag) : std::string();
}

}  // namespace nmgr::jobspec
