// A request and its answer as the routes see them: no sockets, no library types, so that tests can
// call the routes directly.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fake_nomad/exec_session.h"
#include "fake_nomad/json.h"

namespace nmgr::fake {

struct Request {
  std::string method;
  std::string target;                        // as sent
  std::vector<std::string> path;             // segments, percent-decoded: "%2F" does not split
  std::map<std::string, std::string> query;  // decoded; a name without '=' has an empty value
  std::string token;
  std::string body;

  std::string Query(const std::string& name) const;
  bool HasQuery(const std::string& name) const { return query.count(name) != 0; }
};

// Splits and decodes a request target.
Request MakeRequest(std::string method, std::string target, std::string body = {},
                    std::string token = {});

std::string PercentDecode(std::string_view text);

// An answer that does not end by itself. It is asked for output after every change of the state and
// after each heartbeat, until the client goes.
class Stream {
 public:
  virtual ~Stream() = default;
  // What is there to send now, or "".
  virtual std::string Next() = 0;
  // After so long without output, this is sent.
  virtual int heartbeat_ms() const = 0;
  virtual std::string Heartbeat() const = 0;
  virtual bool begins_with_heartbeat() const { return false; }
  // Whether the connection breaks now.
  virtual bool broken() const { return false; }
};

struct Reply {
  int status = 200;
  std::string content_type;                    // empty: no such header
  std::string text;                            // the body, unless `later` is set
  std::function<std::string()> later = {};     // makes the body when the answer is sent
  std::optional<std::uint64_t> index = {};     // X-Nomad-Index
  std::string next_token = {};                 // X-Nomad-Nexttoken: there is another page
  std::optional<std::string> index_text = {};  // what a fault says instead; "" leaves it out
  std::string retry_after = {};                // Retry-After
  // Of a list of variables: what begins so wakes it (Variables::Watched), and nothing else does.
  std::optional<std::string> watched = {};
  bool is_read = false;  // adds X-Nomad-Knownleader and X-Nomad-Lastcontact; may block
  bool knows_leader = true;
  std::shared_ptr<Stream> stream = {};
  std::shared_ptr<ExecPlan> exec = {};  // a websocket, if the client asks for one

  std::string Body() const { return later ? later() : text; }
};

// Text with a status, as Nomad answers errors.
Reply ErrorReply(int status, std::string text);
// JSON without an index.
Reply JsonReply(const Json& json);
// The answer to a write.
Reply WriteReply(const Json& json, std::uint64_t index);
// The answer to a question about the state as of `index`.
Reply ReadReply(std::function<std::string()> body, std::uint64_t index);
// The record itself, as of its ModifyIndex.
Reply RecordReply(Doc record);

}  // namespace nmgr::fake
