// One end of an open websocket: the bytes of websocket.h over a connection of curl's. Not
// thread-safe: one loop reads, writes and waits.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "agent.h"
#include "nmgr/net/http_connection.h"
#include "websocket.h"

namespace nmgr::nomad {

class WebSocketSession {
 public:
  explicit WebSocketSession(std::unique_ptr<net::Connection> connection);
  ~WebSocketSession();
  WebSocketSession(const WebSocketSession&) = delete;
  WebSocketSession& operator=(const WebSocketSession&) = delete;

  // Asks for the websocket. 101 where there is one now; any other answer as an HTTP one. Heeds what
  // bounds the request.
  tl::expected<HttpAnswer, TransportError> ShakeHands(const HttpRequest& request);

  // To be sent, by the next turns.
  void Send(Opcode opcode, std::string_view payload);
  // Bytes that wait to be sent: while there are many, nothing is to be added.
  std::size_t queued() const { return unsent_.size(); }

  struct Turn {
    bool open = true;     // false: the other end has hung up
    bool others = false;  // one of the other descriptors can be read
  };
  // Sends what can be sent, waits until something comes, one of `others` can be read, `until`, or a
  // stop request, and hands on the messages that came. Pings are answered.
  tl::expected<Turn, TransportError> Advance(const std::vector<int>& others, TimePoint until,
                                             const std::stop_token& stop,
                                             const std::function<void(Message message)>& take);

 private:
  void Flush();
  // False at the end of the connection. Appends to `bytes` all that has come; how the connection
  // broke is told once nothing more is to be read.
  tl::expected<bool, TransportError> ReadAll(std::string& bytes);
  // Whether one of `others` can be read.
  bool Wait(const std::vector<int>& others, TimePoint until, const std::stop_token& stop) const;
  bool Feed(std::string_view bytes, const std::function<void(Message message)>& take);

  std::unique_ptr<net::Connection> connection_;
  MessageReader reader_;
  std::string unsent_;
  // The other end may have said all, the exit code too, before it went: what it said comes first.
  std::optional<TransportError> broken_;
  std::string ahead_;  // what came together with the head of the handshake's answer
  int wake_ = -1;
};

}  // namespace nmgr::nomad
