#include "nmgr/registry/sightings.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "nmgr/registry/reference.h"

namespace nmgr::registry {
namespace {

using nlohmann::json;

constexpr std::uint64_t kLargestMemory = 4U << 20U;

std::int64_t WholeAt(const json& object, const char* name, std::int64_t otherwise = 0) {
  const auto found = object.find(name);
  return found != object.end() && found->is_number_integer() ? found->get<std::int64_t>()
                                                             : otherwise;
}

std::vector<Sighting> ReadOne(const json& list) {
  std::vector<Sighting> sightings;
  if (!list.is_array()) return sightings;
  for (const json& entry : list) {
    if (!entry.is_object() || sightings.size() == Sightings::kMostDigests) continue;
    const auto digest = entry.find("digest");
    if (digest == entry.end() || !digest->is_string()) continue;
    Sighting sighting{digest->get<std::string>(), WholeAt(entry, "first"), WholeAt(entry, "last"),
                      WholeAt(entry, "created", Sighting::kNotAsked)};
    const bool sane =
        IsDigest(sighting.digest) && sighting.first_ns > 0 && sighting.first_ns <= sighting.last_ns;
    if (sane) sightings.push_back(std::move(sighting));
  }
  return sightings;
}

}  // namespace

Sightings Sightings::Parse(std::string_view text) {
  Sightings memory;
  const json document = json::parse(text, nullptr, false);
  const auto images = document.is_object() ? document.find("images") : document.end();
  if (!document.is_object() || images == document.end() || !images->is_object()) return memory;
  for (const auto& [name, list] : images->items()) {
    std::vector<Sighting> sightings = ReadOne(list);
    if (sightings.empty() || memory.images_.size() == kMostImages) continue;
    memory.images_.emplace(name, std::move(sightings));
  }
  return memory;
}

std::string Sightings::Text() const {
  json images = json::object();
  for (const auto& [name, sightings] : images_) {
    json list = json::array();
    for (const Sighting& one : sightings) {
      list.push_back({{"digest", one.digest}, {"first", one.first_ns}, {"last", one.last_ns}});
      if (one.created_ns != Sighting::kNotAsked) list.back()["created"] = one.created_ns;
    }
    images[name] = std::move(list);
  }
  return json{{"images", std::move(images)}}.dump(-1, ' ', false, json::error_handler_t::replace) +
         "\n";
}

const std::vector<Sighting>& Sightings::Of(const std::string& image) const {
  static const std::vector<Sighting> kNone;
  const auto found = images_.find(image);
  return found == images_.end() ? kNone : found->second;
}

void Sightings::Note(const std::string& image, const std::string& digest, std::int64_t now_ns) {
  std::vector<Sighting>& sightings = images_[image];
  if (!sightings.empty() && sightings.back().digest == digest) {
    sightings.back().last_ns = std::max(now_ns, sightings.back().last_ns);
    return;
  }
  sightings.push_back({digest, now_ns, now_ns, CreatedOf(image, digest)});
  if (sightings.size() > kMostDigests) sightings.erase(sightings.begin());
  if (images_.size() <= kMostImages) return;
  const auto oldest = std::min_element(images_.begin(), images_.end(), [](auto& a, auto& b) {
    return a.second.back().last_ns < b.second.back().last_ns;
  });
  images_.erase(oldest);
}

void Sightings::NoteCreated(const std::string& image, const std::string& digest,
                            std::int64_t created_ns) {
  const auto found = images_.find(image);
  if (found == images_.end()) return;
  for (Sighting& one : found->second) {
    if (one.digest == digest) one.created_ns = created_ns;
  }
}

std::int64_t Sightings::CreatedOf(const std::string& image, const std::string& digest) const {
  for (const Sighting& one : Of(image)) {
    if (one.digest == digest && one.created_ns != Sighting::kNotAsked) return one.created_ns;
  }
  return Sighting::kNotAsked;
}

Path SightingsPath(const Path& state_folder) { return JoinPath(state_folder, "images.json"); }

Sightings ReadSightings(const Path& path, FileSystem& files) {
  const auto text = files.ReadFile(path, kLargestMemory);
  return text ? Sightings::Parse(*text) : Sightings();
}

}  // namespace nmgr::registry
