// What tags were seen to point at, and when: the memory that lets a later run say whether a tag has
// moved since something was started. One JSON document in the state folder; losing it loses nothing
// but that memory.
//
//   {"images":{"docker.io/library/nginx:1.27":[{"digest":"sha256:...","first":1,"last":2,
//                                               "created":0}]}}
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "nmgr/base/expected.h"
#include "nmgr/base/file_system.h"
#include "nmgr/base/path.h"

namespace nmgr::registry {

// Nanoseconds since 1970.
struct Sighting {
  std::string digest;
  std::int64_t first_ns = 0;
  std::int64_t last_ns = 0;
  std::int64_t created_ns = kNotAsked;  // when the image was made; 0: it does not say
  static constexpr std::int64_t kNotAsked = -1;
  friend bool operator==(const Sighting&, const Sighting&) = default;
};

class Sightings {
 public:
  static constexpr std::size_t kMostImages = 4000;
  static constexpr std::size_t kMostDigests = 4;  // of one image; the latest

  // `text` as the file; what cannot be read of it is left out.
  static Sightings Parse(std::string_view text);
  std::string Text() const;

  // In the order of their first time. Of Reference::Name().
  const std::vector<Sighting>& Of(const std::string& image) const;
  void Note(const std::string& image, const std::string& digest, std::int64_t now_ns);
  // Of a digest that was noted before.
  void NoteCreated(const std::string& image, const std::string& digest, std::int64_t created_ns);
  std::int64_t CreatedOf(const std::string& image, const std::string& digest) const;

 private:
  std::map<std::string, std::vector<Sighting>> images_;
};

// "STATE/images.json"
Path SightingsPath(const Path& state_folder);

// An empty memory where there is none or it cannot be read.
Sightings ReadSightings(const Path& path, FileSystem& files);

}  // namespace nmgr::registry
