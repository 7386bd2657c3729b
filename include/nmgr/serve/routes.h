// What is answered to whom: every route is a row of one table, and its answer a function of the
// request and the state, without sockets. docs/openapi.json describes the same rows, and a test
// compares them.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "nmgr/base/expected.h"
#include "nmgr/net/server.h"
#include "nmgr/serve/access.h"
#include "nmgr/serve/metrics.h"
#include "nmgr/serve/state.h"

namespace nmgr::serve {

// What a person wants of a source, by POST. Written to its `control` variable, so any copy takes
// it.
struct Wish {
  enum class Kind { kSync, kPause, kResume };
  Kind kind = Kind::kSync;
  std::string source;
  std::string by;                 // "API, 127.0.0.1"
  std::optional<WallTime> until;  // of a pause
  bool force = false;             // of a sync: past closed windows
};

// Implemented by who runs the syncs. Called on several threads; comes to an end within seconds, and
// at once at a stop.
class Steering {
 public:
  virtual ~Steering() = default;
  // kNotFound, kForbidden, kConflict, kTimedOut, kUnreachable: told to the client in its words.
  virtual Expected<void> CarryOut(const Wish& wish, const std::stop_token& stop) = 0;
};

// Who takes hooks (hooks.h).
struct HookAnswer {
  int status = 202;
  std::string words;
};
class HookDoor {
 public:
  virtual ~HookDoor() = default;
  // Bytes that [receiver.NAME] may be sent at once; nothing where there is no such receiver.
  virtual std::optional<std::uint64_t> MostBody(std::string_view receiver) const = 0;
  // On the thread that all hooks share.
  virtual HookAnswer Take(const net::Request& request) = 0;
};

// What an answer is made from. Not owned.
struct Context {
  const Access& access;
  const StateBoard& board;
  const Meters& meters;
  Clock& clock;
  Steering* steering = nullptr;  // nullptr: POST is off
  HookDoor* hooks = nullptr;     // nullptr: no receiver is known
};

enum class Scope { kNone, kRead, kOperate, kHook };

struct Asked;  // one request with its state (src/serve/asked.h)

struct Route {
  std::string_view method;
  std::string_view path;  // "/api/v1/sources/{source}"; "{id...}" takes what is left
  Scope scope = Scope::kRead;
  std::string_view summary;
  net::Response (*run)(const Asked& asked) = nullptr;
  bool is_stream = false;
};
std::span<const Route> Routes();

// By the head alone: the refusal of what may not be, and how large a body is read.
net::Admission Admit(const Context& context, const net::RequestHead& head);

// Of a request that was admitted.
net::Response Respond(const Context& context, const net::Request& request);

inline constexpr std::uint64_t kMostApiBody = 64U << 10U;

}  // namespace nmgr::serve
