// What a registry and the server of its tokens say, read from bytes that nobody vouches for. Pure,
// and a fuzz target.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nmgr/base/clock.h"
#include "nmgr/net/address.h"

namespace nmgr::registry {

// One way in, of WWW-Authenticate: `Bearer realm="https://...",service="...",scope="..."`.
struct Challenge {
  std::string scheme;                             // in small letters: "bearer", "basic"
  std::map<std::string, std::string> parameters;  // names in small letters; of a repeated one the
                                                  // first
  std::string Parameter(const std::string& name) const;
};

// The challenges of one header, in its order. What cannot be read ends the list.
std::vector<Challenge> ReadChallenges(std::string_view header);

// Where the next page is: the target (path and query) behind rel="next" of a Link header, if it
// lies below `path` on the server at `address` itself. Nothing where there is none; where it points
// anywhere else, `foreign` becomes true.
std::optional<std::string> NextPage(std::string_view header, const net::Address& address,
                                    bool& foreign);

// The tags of {"name":...,"tags":[...]}; null is none. Nothing where it is something else.
std::optional<std::vector<std::string>> ReadTags(std::string_view body);

// The token of {"token":...} or {"access_token":...}; nothing where there is none that could stand
// in a head.
std::optional<std::string> ReadToken(std::string_view body);

// What a manifest says of when its image was made, or where that stands.
struct ManifestAge {
  std::int64_t created_ns = 0;  // since 1970, by its annotations; 0: they do not say
  std::string image;            // of an index: the digest of one of its images, linux/amd64 first
  std::string config;           // of an image: the digest of its configuration
};
// Whether it is one of any kind, and no page of somebody else.
bool IsManifest(std::string_view body);

// Nothing where it is neither an index nor the manifest of an image.
std::optional<ManifestAge> ReadManifestAge(std::string_view body);

// The `created` of an image's configuration, in nanoseconds since 1970; 0 where it has none.
std::int64_t ReadCreated(std::string_view body);

// What a registry says of itself in an error body ("toomanyrequests: You have reached ..."), on one
// line of at most 200 bytes; "" where it is none.
std::string ReadRefusal(std::string_view body);

// An address with a query, as a realm or a redirect is one: where to connect, and what to ask for
// there. Only http and https, without user info.
struct Location {
  net::Address address;  // without a path
  std::string target;    // "/token?service=x"
};
std::optional<Location> ReadLocation(std::string_view url);

// Whether both mean the same port of the same host, by the same scheme.
bool IsSameServer(const net::Address& a, const net::Address& b);

}  // namespace nmgr::registry
