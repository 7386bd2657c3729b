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

bool Moves(std::string_view tag) {
  constexpr std::array<std::string_view, 7> kMoving = {"latest", "stable", "edge", "nightly",
                                                       "main",   "master", "dev"};
  if (std::find(kMoving.begin(), kMoving.end(), tag) != kMoving.end()) return true;
  if (tag.find("${") != tag.npos) return true;
  const std::vector<std::string_view> parts = Split(tag, '-');
  return std::find(parts.begin(), parts.end(), "latest") != parts.end();
}

}  // namespace

bool LacksDigest(std::string_view image) {
  return !image.empty() && image.find('@') == image.npos && !IsLocal(image);
}

std::string MovingTag(std::string_view image) {
  constexpr std::string_view kLatest = "latest";
  if (!LacksDigest(image)) return {};
  const std::size_t slash = image.rfind('/');
  const std::string_view name = slash == image.npos ? image : image.substr(slash + 1);
  const std::size_t colon = name.rfind(':');
  const bool decided_later = colon == name.npos && name.find("${") != name.npos;
  if (decided_later) return std::string(name);
  const std::string_view tag = colon == name.npos ? kLatest : name.substr(colon + 1);
  return Moves(tag) ? std::string(tag) : std::string();
}

}  // namespace nmgr::jobspec
