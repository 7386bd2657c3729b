// The framing of RFC 6455, as far as a client needs it: no extensions, no subprotocols. Pure; the
// bytes come from and go to websocket_session.h.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace nmgr::nomad {

enum class Opcode : std::uint8_t {
  kContinuation = 0,
  kText = 1,
  kBinary = 2,
  kClose = 8,
  kPing = 9,
  kPong = 10,
};

// The longest message that is taken, and the longest frame of one.
inline constexpr std::size_t kMaxMessage = 4U << 20U;

// A whole message, put together where it came in fragments. Never kContinuation.
struct Message {
  Opcode opcode = Opcode::kText;
  std::string payload;
};

// What a server sends, cut into messages.
class MessageReader {
 public:
  // Calls `take` with each message that is whole by now; control frames may come between the
  // fragments of another message. False where the protocol is broken (a reserved bit or opcode, a
  // masked frame, a control frame that is long or in fragments, a continuation of nothing, a
  // message above kMaxMessage); fault() says how, and nothing is to be fed after that.
  bool Feed(std::string_view bytes, const std::function<void(Message message)>& take);

  std::string_view fault() const { return fault_; }

 private:
  struct Head;

  bool Broken(std::string_view fault) {
    fault_ = fault;
    return false;
  }
  // Nothing while bytes of it are missing.
  static std::optional<Head> ReadHead(std::string_view bytes);
  bool CheckHead(const Head& head);
  void TakeFrame(const Head& head, std::string_view payload,
                 const std::function<void(Message message)>& take);

  std::string bytes_;  // not yet a whole frame
  Message message_;    // the fragments so far
  bool in_message_ = false;
  std::string_view fault_;
};

using Mask = std::array<std::uint8_t, 4>;

// One frame that is a whole message, as a client sends it. A control frame's payload is at most
// 125 bytes.
std::string MaskedFrame(Opcode opcode, std::string_view payload, const Mask& mask);

// What a close frame says; 1005 where it says nothing (RFC 6455, 7.4.1).
struct CloseReason {
  int code = 1005;
  std::string text;
};
CloseReason ReadClose(std::string_view payload);
std::string ClosePayload(int code);

// What the server has to answer to the key of the handshake (Sec-WebSocket-Accept).
std::string AcceptFor(std::string_view key);

}  // namespace nmgr::nomad
