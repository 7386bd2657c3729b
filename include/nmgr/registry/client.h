// Asks one registry (the distribution protocol, version 2): what a tag points at now, which tags
// there are, and when an image was made. Only questions; none but the last counts as a pull where
// pulls are counted.
//
// Each answer is bounded in size and time. Credentials and tokens go to the host that they belong
// to and to the server of tokens that it names, to that by https alone unless the registry itself
// is asked without; redirects are not followed, but for the configuration of an image one, without
// any credentials. A registry that cannot be reached, or that says
// that it has had enough (429, few pulls left), is asked nothing more: its first word stands for
// all later questions.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "nmgr/base/clock.h"
#include "nmgr/base/expected.h"
#include "nmgr/base/secrets.h"
#include "nmgr/net/proxy.h"
#include "nmgr/registry/credentials.h"
#include "nmgr/registry/reference.h"

namespace nmgr::registry {

struct TagList {
  std::vector<std::string> tags;
  // Why these are not all that there are; "" where they are.
  std::string incomplete;
};

// What came of one request to a host, for who counts and paces them.
struct Heard {
  std::string host;         // of the reference; of tokens and bytes too, whoever has them
  int status = 0;           // 0: no answer
  Duration retry_after{0};  // that it asks for; 0: not told
  std::optional<int> pulls_left = {};  // where it counts them
};
using Listener = std::function<void(const Heard& heard)>;

// Fewer than so many are left for those who pull.
inline constexpr int kLeastPulls = 10;

struct ClientOptions {
  net::Environment environment;           // where proxies are named
  Redactor* secrets = nullptr;            // told of every password and token; not owned
  TimePoint deadline = TimePoint::max();  // of all questions together
  std::stop_token stop;
  Listener heard = {};  // told of each request
};

// Not thread-safe. One for each host; `reference.host` must be the host of every question.
class HostClient {
 public:
  // `credentials` must outlive it.
  HostClient(Credentials& credentials, ClientOptions options);
  ~HostClient();
  HostClient(const HostClient&) = delete;
  HostClient& operator=(const HostClient&) = delete;

  // The digest of what the tag points at: of the index, where there are several platforms. That is
  // what an engine keeps of a pulled tag. The message of an error names host and repository.
  Expected<std::string> Digest(const Reference& reference);

  // When the image of this digest, which the tag points at, was made, in nanoseconds since 1970; 0
  // where it does not say. Reads its manifest and configuration: for digests that nobody has asked
  // about before.
  Expected<std::int64_t> Created(const Reference& reference, const std::string& digest);

  // At most kMostPages pages.
  Expected<TagList> Tags(const Reference& reference);
  static constexpr int kMostPages = 10;

 private:
  class Host;
  std::unique_ptr<Host> host_;
};

}  // namespace nmgr::registry
