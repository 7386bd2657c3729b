#include "websocket.h"

#include <openssl/sha.h>

#include <utility>

#include "nmgr/base/base64.h"

namespace nmgr::nomad {

// The first bytes of a frame, up to its payload.
struct MessageReader::Head {
  bool final = false;
  bool reserved = false;
  bool masked = false;
  Opcode opcode = Opcode::kText;
  std::size_t size = 0;  // of the head itself
  std::uint64_t payload = 0;

  bool IsControl() const { return static_cast<std::uint8_t>(opcode) >= 8; }
};

namespace {

constexpr std::uint8_t kFinal = 0x80;
constexpr std::uint8_t kReserved = 0x70;
constexpr std::uint8_t kMasked = 0x80;
constexpr std::size_t kLongestControl = 125;

std::uint64_t BigEndian(std::string_view bytes) {
  std::uint64_t number = 0;
  for (const char c : bytes) number = number << 8U | static_cast<unsigned char>(c);
  return number;
}

void AppendBigEndian(std::string& out, std::uint64_t number, unsigned bytes) {
  while (bytes-- > 0) out += static_cast<char>(number >> (8 * bytes) & 0xFFU);
}

bool IsKnown(Opcode opcode) {
  switch (opcode) {
    case Opcode::kContinuation:
    case Opcode::kText:
    case Opcode::kBinary:
    case Opcode::kClose:
    case Opcode::kPing:
    case Opcode::kPong:
      return true;
  }
  return false;
}

}  // namespace

// A masked frame has four bytes more, which do not matter: it is refused.
std::optional<MessageReader::Head> MessageReader::ReadHead(std::string_view bytes) {
  if (bytes.size() < 2) return std::nullopt;
  const auto first = static_cast<std::uint8_t>(bytes[0]);
  const auto second = static_cast<std::uint8_t>(bytes[1]);
  Head head;
  head.final = (first & kFinal) != 0;
  head.reserved = (first & kReserved) != 0;
  head.opcode = static_cast<Opcode>(first & 0x0FU);
  head.masked = (second & kMasked) != 0;
  const unsigned length = second & 0x7FU;
  const std::size_t more = length == 126 ? 2 : length == 127 ? 8 : 0;
  if (bytes.size() < 2 + more) return std::nullopt;
  head.size = 2 + more;
  head.payload = more == 0 ? length : BigEndian(bytes.substr(2, more));
  return head;
}

bool MessageReader::CheckHead(const Head& head) {
  if (head.reserved) return Broken("a reserved bit is set");
  if (!IsKnown(head.opcode)) return Broken("an unknown opcode");
  if (head.masked) return Broken("a masked frame from the server");
  if (head.IsControl()) {
    if (!head.final) return Broken("a control frame in fragments");
    if (head.payload > kLongestControl) return Broken("a control frame above 125 bytes");
    return true;
  }
  const bool continues = head.opcode == Opcode::kContinuation;
  if (continues != in_message_) {
    return Broken(continues ? "a continuation of nothing" : "a message inside of another one");
  }
  if (head.payload > kMaxMessage - message_.payload.size()) return Broken("a message above 4 MiB");
  return true;
}

void MessageReader::TakeFrame(const Head& head, std::string_view payload,
                              const std::function<void(Message message)>& take) {
  if (head.IsControl()) return take({head.opcode, std::string(payload)});
  if (!in_message_) message_.opcode = head.opcode;
  message_.payload += payload;
  in_message_ = !head.final;
  if (in_message_) return;
  take(std::exchange(message_, {}));
}

bool MessageReader::Feed(std::string_view bytes, const std::function<void(Message message)>& take) {
  bytes_ += bytes;
  std::string_view rest = bytes_;
  while (const auto head = ReadHead(rest)) {
    if (!CheckHead(*head)) return false;
    if (rest.size() - head->size < head->payload) break;
    TakeFrame(*head, rest.substr(head->size, head->payload), take);
    rest.remove_prefix(head->size + head->payload);
  }
  bytes_.erase(0, bytes_.size() - rest.size());
  return true;
}

std::string MaskedFrame(Opcode opcode, std::string_view payload, const Mask& mask) {
  std::string frame;
  frame.reserve(payload.size() + 14);
  frame += static_cast<char>(kFinal | static_cast<std::uint8_t>(opcode));
  if (payload.size() <= kLongestControl) {
    frame += static_cast<char>(kMasked | payload.size());
  } else if (payload.size() <= 0xFFFF) {
    frame += static_cast<char>(kMasked | 126U);
    AppendBigEndian(frame, payload.size(), 2);
  } else {
    frame += static_cast<char>(kMasked | 127U);
    AppendBigEndian(frame, payload.size(), 8);
  }
  for (const std::uint8_t byte : mask) frame += static_cast<char>(byte);
  for (std::size_t i = 0; i < payload.size(); ++i) {
    frame += static_cast<char>(static_cast<std::uint8_t>(payload[i]) ^ mask[i % mask.size()]);
  }
  return frame;
}

CloseReason ReadClose(std::string_view payload) {
  if (payload.size() < 2) return {};
  return {static_cast<int>(BigEndian(payload.substr(0, 2))), std::string(payload.substr(2))};
}

std::string ClosePayload(int code) {
  std::string payload;
  AppendBigEndian(payload, static_cast<std::uint64_t>(code), 2);
  return payload;
}

std::string AcceptFor(std::string_view key) {
  const std::string text = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  return EncodeBase64({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

}  // namespace nmgr::nomad
