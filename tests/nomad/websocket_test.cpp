// Frames of RFC 6455: its own examples, every cut, and what breaks the protocol.
#include "nomad/websocket.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

namespace nmgr::nomad {
namespace {

std::string Bytes(std::initializer_list<int> bytes) {
  std::string text;
  for (const int byte : bytes) text += static_cast<char>(byte);
  return text;
}

struct Result {
  std::vector<std::string> messages;  // "OPCODE:PAYLOAD"
  std::string fault;
  bool operator==(const Result&) const = default;
};

Result FramesInPieces(const std::string& bytes, std::size_t size) {
  MessageReader reader;
  Result result;
  for (std::size_t at = 0; at < bytes.size(); at += size) {
    const bool good = reader.Feed(std::string_view(bytes).substr(at, size), [&](Message message) {
      result.messages.push_back(std::to_string(static_cast<int>(message.opcode)) + ":" +
                                message.payload);
    });
    if (good) continue;
    result.fault = reader.fault();
    break;
  }
  return result;
}

// Whatever the cuts.
void CheckReads(const std::string& bytes, const Result& expected) {
  for (const std::size_t size : {std::size_t{1}, std::size_t{2}, std::size_t{3}, bytes.size()}) {
    const Result result = FramesInPieces(bytes, size);
    CHECK(result.messages == expected.messages);
    CHECK(result.fault == expected.fault);
  }
}

}  // namespace

TEST_CASE("the examples of RFC 6455, section 5.7, are read") {
  CheckReads(Bytes({0x81, 5, 'H', 'e', 'l', 'l', 'o'}), {{"1:Hello"}, ""});
  CheckReads(Bytes({0x01, 3, 'H', 'e', 'l', 0x80, 2, 'l', 'o'}), {{"1:Hello"}, ""});
  CheckReads(Bytes({0x89, 5, 'H', 'e', 'l', 'l', 'o'}), {{"9:Hello"}, ""});
  const std::string medium(256, 'x');
  CheckReads(Bytes({0x82, 126, 1, 0}) + medium, {{"2:" + medium}, ""});
  const std::string large(65536, 'y');
  CHECK(FramesInPieces(Bytes({0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0}) + large, 1000) ==
        Result{{"2:" + large}, ""});
}

TEST_CASE("the masked example is written") {
  CHECK(MaskedFrame(Opcode::kText, "Hello", {0x37, 0xfa, 0x21, 0x3d}) ==
        Bytes({0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58}));
  CHECK(MaskedFrame(Opcode::kText, std::string(126, 'a'), {0, 0, 0, 0}).substr(0, 8) ==
        Bytes({0x81, 0xFE, 0, 126, 0, 0, 0, 0}));
  CHECK(MaskedFrame(Opcode::kText, std::string(65536, 'a'), {0, 0, 0, 0}).substr(0, 10) ==
        Bytes({0x81, 0xFF, 0, 0, 0, 0, 0, 1, 0, 0}));
}

TEST_CASE("control frames come between the fragments of a message") {
  CheckReads(Bytes({0x01, 1, 'a', 0x89, 1, 'p', 0x00, 1, 'b', 0x88, 2, 3, 0xE8, 0x80, 1, 'c'}),
             {{"9:p", "8:\x03\xE8", "1:abc"}, ""});
}

TEST_CASE("what breaks the protocol is told") {
  CheckReads(Bytes({0xC1, 0}), {{}, "a reserved bit is set"});
  CheckReads(Bytes({0x83, 0}), {{}, "an unknown opcode"});
  CheckReads(Bytes({0x81, 0x81, 1, 2, 3, 4, 5}), {{}, "a masked frame from the server"});
  CheckReads(Bytes({0x09, 0}), {{}, "a control frame in fragments"});
  CheckReads(Bytes({0x89, 126, 0, 126}), {{}, "a control frame above 125 bytes"});
  CheckReads(Bytes({0x80, 0}), {{}, "a continuation of nothing"});
  CheckReads(Bytes({0x01, 1, 'a', 0x81, 1, 'b'}), {{}, "a message inside of another one"});
  CheckReads(Bytes({0x81, 127, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}),
             {{}, "a message above 4 MiB"});
  CheckReads(Bytes({0x81, 1, 'a', 0x83, 0}), {{"1:a"}, "an unknown opcode"});
}

TEST_CASE("fragments count together") {
  MessageReader reader;
  const auto ignore = [](const Message&) {};
  const std::string mega(1U << 20U, 'x');
  CHECK(reader.Feed(Bytes({0x01, 127, 0, 0, 0, 0, 0, 0x10, 0, 0}) + mega, ignore));
  for (int i = 0; i < 3; ++i) {
    CHECK(reader.Feed(Bytes({0x00, 127, 0, 0, 0, 0, 0, 0x10, 0, 0}) + mega, ignore));
  }
  CHECK_FALSE(reader.Feed(Bytes({0x00, 1, 'x'}), ignore));
  CHECK(reader.fault() == "a message above 4 MiB");
}

TEST_CASE("the key of the handshake is answered as in RFC 6455, section 1.3") {
  CHECK(AcceptFor("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST_CASE("a close frame says why, or nothing") {
  CHECK(ReadClose(Bytes({0x03, 0xF3}) + "task not found").code == 1011);
  CHECK(ReadClose(Bytes({0x03, 0xF3}) + "task not found").text == "task not found");
  CHECK(ReadClose("").code == 1005);
  CHECK(ClosePayload(1000) == Bytes({0x03, 0xE8}));
}

}  // namespace nmgr::nomad
