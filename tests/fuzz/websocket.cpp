// What a server sends over a websocket: the same messages whatever the pieces, none above the
// bound; and what we send comes back from its masking.
#include "nomad/websocket.h"

#include "fuzz/fuzz.h"
#include "nomad/exec_frames.h"

namespace nmgr::fuzz {
namespace {

struct Result {
  std::vector<std::string> messages;
  std::string fault;
  bool operator==(const Result&) const = default;
};

Result FramesInPieces(std::string_view bytes, std::size_t size) {
  nomad::MessageReader reader;
  Result result;
  const auto take = [&result](const nomad::Message& message) {
    Require(message.opcode != nomad::Opcode::kContinuation, "a fragment is no message");
    Require(message.payload.size() <= nomad::kMaxMessage, "a message above the bound");
    result.messages.push_back(static_cast<char>(message.opcode) + message.payload);
  };
  for (std::size_t at = 0; at < bytes.size(); at += size) {
    if (reader.Feed(bytes.substr(at, size), take)) continue;
    result.fault = reader.fault();
    Require(!result.fault.empty(), "a fault without words");
    break;
  }
  return result;
}

// A client's frame as a server would send it: without the mask.
std::string Unmasked(std::string frame) {
  const auto length = static_cast<unsigned char>(frame[1]) & 0x7FU;
  const std::size_t head = length == 126 ? 4 : length == 127 ? 10 : 2;
  const std::string mask = frame.substr(head, 4);
  frame[1] = static_cast<char>(length);
  frame.erase(head, 4);
  for (std::size_t i = head; i < frame.size(); ++i) {
    frame[i] = static_cast<char>(frame[i] ^ mask[(i - head) % 4]);
  }
  return frame;
}

}  // namespace

void WebSocket(std::string_view text) {
  const Result whole = FramesInPieces(text, text.size() + 1);
  for (const std::size_t size : {1, 5}) {
    Require(FramesInPieces(text, size) == whole, "the pieces decide what is read");
  }
  for (const std::string& message : whole.messages) {
    const auto output = nomad::DecodeExecOutput(std::string_view(message).substr(1));
    if (output) Require(IsJson(std::string_view(message).substr(1)), "output that is no JSON");
    static_cast<void>(nomad::ReadClose(std::string_view(message).substr(1)));
  }
  const nomad::Mask mask = {0x12, 0xF0, 0x00, static_cast<std::uint8_t>(text.size())};
  const Result back =
      FramesInPieces(Unmasked(nomad::MaskedFrame(nomad::Opcode::kText, text, mask)), 4096);
  if (text.size() <= nomad::kMaxMessage) {
    Require(back.messages == std::vector<std::string>{"\x01" + std::string(text)},
            "what was sent is not what comes");
  }
}

}  // namespace nmgr::fuzz
