// Streams of an allocation against a server that says, byte for byte, what a test tells it to.
#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "nmgr/base/base64.h"
#include "nmgr/base/file_system.h"
#include "nmgr/nomad/allocation_client.h"
#include "nomad/exec_frames.h"
#include "nomad/websocket.h"
#include "support/raw_server.h"
#include "test_client.h"

namespace nmgr::nomad {
namespace {

using testing::Answer;
using testing::Certificate;
using testing::Peer;
using testing::RawServer;
using testing::Socket;
using testing::TestClient;

const JobRef kWebJob{"web", "", ""};

ConnectionOptions ConnectedTo(const RawServer& server) {
  ConnectionOptions options;
  options.address = server.address();
  options.token = "s3cr3t-token-of-a-test";
  options.ca_cert = Certificate().certificate_file;
  return ResolveConnection(
             options, [](const std::string&) { return std::nullopt; }, RealFileSystem())
      .value();
}

const char* const kChunked =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";

std::string Chunk(const std::string& text) {
  char size[16];
  std::snprintf(size, sizeof size, "%zx\r\n", text.size());
  return size + text + "\r\n";
}

std::string FrameOf(const std::string& data, std::size_t end) {
  return R"({"Data":")" + EncodeBase64(data) + R"(","File":"alloc/logs/t.stdout.0","Offset":)" +
         std::to_string(end) + "}";
}

struct Logs {
  Expected<void> result;
  std::string text;
  int heartbeats = 0;
};

// Until the server ends it, or `enough` bytes have come.
Logs Read(const RawServer& server, bool follow, std::size_t enough = 1000) {
  TestClient client(ConnectedTo(server), 2);
  Logs logs;
  const auto take = [&](const LogFrame& frame) {
    logs.text += frame.data;
    logs.heartbeats += frame.IsHeartbeat() ? 1 : 0;
    return logs.text.size() < enough;
  };
  LogRequest request{"a1", "t", LogStream::kStdout, {true, 20}, follow};
  logs.result = client.StreamLogs(request, kWebJob, take, {});
  return logs;
}

class Kept : public ExecPeer {
 public:
  std::vector<int> Descriptors() const override { return {}; }
  ExecInput Take() override { return {"", true, std::nullopt}; }
  void Output(std::string_view bytes) override { out += bytes; }
  void ErrorOutput(std::string_view bytes) override { err += bytes; }
  std::string out;
  std::string err;
};

std::string KeyOf(const std::string& request) {
  const std::string name = "Sec-WebSocket-Key: ";
  const std::size_t at = request.find(name) + name.size();
  return request.substr(at, request.find("\r\n", at) - at);
}

std::string Switching(const std::string& request) {
  return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
         "Sec-WebSocket-Accept: " +
         AcceptFor(KeyOf(request)) + "\r\n\r\n";
}

std::string ServerFrame(int opcode, const std::string& payload) {
  return std::string{static_cast<char>(0x80 | opcode), static_cast<char>(payload.size())} + payload;
}

RawServer::Script Says(const std::string& frames) {
  return [frames](Peer& peer) {
    if (const auto request = peer.ReadRequest()) peer.Send(Switching(*request) + frames);
  };
}

Expected<int> Run(const RawServer& server, Kept& kept) {
  TestClient client(ConnectedTo(server), 2);
  return client.Exec({"a1", "t", {"echo", "\"é"}, false}, kWebJob, kept, {});
}

const std::string kGood = ServerFrame(1, R"({"stdout":{"data":"b3V0Cg=="}})") +
                          ServerFrame(1, R"({"stderr":{"data":"ZXJyCg=="}})") +
                          ServerFrame(1, R"({"stdout":{"close":true}})");

}  // namespace

TEST_CASE("a log comes frame by frame, cut anywhere, and ends with the answer") {
  const std::string all = FrameOf("one\n", 4) + "{}" + FrameOf("two\n", 8) + "\n{}";
  RawServer server([&](Peer& peer) {
    if (!peer.ReadRequest()) return;
    peer.Send(kChunked);
    for (std::size_t at = 0; at < all.size(); at += 9) peer.Send(Chunk(all.substr(at, 9)));
    peer.Send("0\r\n\r\n");
  });
  const Logs logs = Read(server, false);
  if (!logs.result) FAIL(logs.result.error().message);
  CHECK(logs.text == "one\ntwo\n");
  CHECK(logs.heartbeats == 2);
  const std::string request = server.requests().at(0);
  CHECK(request.starts_with("GET /v1/client/fs/logs/a1?"));
  for (const char* part : {"task=t&", "type=stdout", "follow=false", "origin=end", "offset=20"}) {
    CHECK(request.find(part) != std::string::npos);
  }
}

TEST_CASE("a node that does not answer, or falls silent, ends a log that is not followed") {
  const std::string said =
      GENERATE(std::string(), std::string(kChunked), kChunked + Chunk(FrameOf("one\n", 4)));
  RawServer server([&said](Peer& peer) {
    if (!peer.ReadRequest()) return;
    peer.Send(said);
    peer.ReadRequest();
  });
  ConnectionOptions options = ConnectedTo(server);
  options.request_timeout = Duration(100);
  TestClient client(options, 2);
  const LogRequest request{"a1", "t", LogStream::kStdout, {}, false};
  const auto result = client.StreamLogs(request, kWebJob, [](const LogFrame&) { return true; }, {});
  REQUIRE_FALSE(result);
  CHECK(result.error().code == ErrorCode::kUnreachable);
  const char* words = said.empty() ? "no answer within 100ms" : "nothing came for 100ms";
  CHECK(result.error().message.find(words) != std::string::npos);
  CHECK(server.connections() == 1);
}

TEST_CASE("a reader of a log who takes his time is no silence of the node") {
  RawServer server([](Peer& peer) {
    if (!peer.ReadRequest()) return;
    peer.Send(kChunked + Chunk(FrameOf("one\n", 4)));
    std::this_thread::sleep_for(std::chrono::milliseconds(400));
    peer.Send(Chunk(FrameOf("two\n", 8)) + "0\r\n\r\n");
  });
  ConnectionOptions options = ConnectedTo(server);
  options.request_timeout = Duration(600);
  TestClient client(options, 2);
  std::string text;
  const auto take = [&text](const LogFrame& frame) {
    text += frame.data;
    std::this_thread::sleep_for(std::chrono::milliseconds(900));
    return true;
  };
  const LogRequest request{"a1", "t", LogStream::kStdout, {}, false};
  CHECK(client.StreamLogs(request, kWebJob, take, {}));
  CHECK(text == "one\ntwo\n");
}

TEST_CASE("whoever has had enough of a log that never ends gets a good end") {
  RawServer server([](Peer& peer) {
    if (!peer.ReadRequest()) return;
    peer.Send(kChunked);
    while (peer.Send(Chunk(FrameOf("more\n", 5)))) {
    }
  });
  const Logs logs = Read(server, true, 20);
  CHECK(logs.result);
  CHECK(logs.text == "more\nmore\nmore\nmore\n");
}

TEST_CASE("a log that breaks off in the middle is an error, and what came of it stays") {
  RawServer server([](Peer& peer) {
    if (peer.ReadRequest()) peer.Send(kChunked + Chunk(FrameOf("one\n", 4)) + "1f\r\nhal");
  });
  const Logs logs = Read(server, true);
  REQUIRE_FALSE(logs.result);
  CHECK(logs.result.error().code == ErrorCode::kUnreachable);
  CHECK(logs.text == "one\n");
  CHECK(server.connections() == 1);
}

TEST_CASE("what is no log is told, and not taken for one") {
  for (const char* body : {"<html>", "{\"Data\":\"***\"}", "{\"Data\":\"b25lCg==\"", "[1]"}) {
    INFO(body);
    RawServer server([body](Peer& peer) {
      if (peer.ReadRequest()) peer.Send(Answer(200, body));
    });
    const Logs logs = Read(server, false);
    REQUIRE_FALSE(logs.result);
    CHECK(logs.result.error().code == ErrorCode::kUnreachable);
  }
}

TEST_CASE("a log that nobody has begun, and one of an allocation that is gone") {
  for (const char* words :
       {"Unknown allocation \"a1\"", "task \"t\" not started yet. No logs available"}) {
    RawServer server([words](Peer& peer) {
      if (peer.ReadRequest()) peer.Send(Answer(404, words, "text/plain"));
    });
    const Logs logs = Read(server, true);
    REQUIRE_FALSE(logs.result);
    CHECK(logs.result.error().code == ErrorCode::kNotFound);
    CHECK(logs.result.error().message.find(words) != std::string::npos);
  }
}

TEST_CASE("a node that its servers have lost is told as that, not as a foreign address") {
  RawServer server([](Peer& peer) {
    if (peer.ReadRequest()) peer.Send(Answer(404, "No path to node", "text/plain"));
  });
  const Logs logs = Read(server, false);
  REQUIRE_FALSE(logs.result);
  CHECK(logs.result.error().code == ErrorCode::kUnreachable);
  CHECK(logs.result.error().message ==
        "GET /v1/client/fs/logs/a1: the node does not answer its servers (No path to node (404))");
  CHECK(logs.result.error().hint == "does the Nomad client there run?");
}

TEST_CASE("a stream ends with its stop token") {
  RawServer server([](Peer& peer) {
    if (!peer.ReadRequest()) return;
    peer.Send(kChunked + Chunk("{}"));
    peer.ReadRequest();
  });
  TestClient client(ConnectedTo(server), 2);
  std::stop_source stop;
  LogRequest request{"a1", "t", LogStream::kStderr, {}, true};
  const auto result = client.StreamLogs(request, kWebJob,
                                        [&stop](const LogFrame&) {
                                          stop.request_stop();
                                          return true;
                                        },
                                        {TimePoint::max(), stop.get_token()});
  REQUIRE_FALSE(result);
  CHECK(result.error().code == ErrorCode::kInterrupted);
}

TEST_CASE("streams are no part of the pool: more of them than it has connections") {
  std::atomic<int> open = 0;
  RawServer server([&open](Peer& peer) {
    if (!peer.ReadRequest()) return;
    peer.Send(kChunked);
    ++open;
    while (open < 3) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    peer.Send(Chunk(FrameOf("x", 1)) + "0\r\n\r\n");
  });
  TestClient client(ConnectedTo(server), 1);
  std::vector<std::jthread> readers;
  std::atomic<int> good = 0;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      LogRequest request{"a1", "t", LogStream::kStdout, {}, true};
      if (client.StreamLogs(request, kWebJob, [](const LogFrame&) { return true; }, {})) ++good;
    });
  }
  readers.clear();
  CHECK(good == 3);
}

TEST_CASE("a command's output and exit code, over TCP, a socket and TLS") {
  for (const Socket socket : {Socket::kTcp, Socket::kUnix, Socket::kTls}) {
    RawServer server(Says(kGood + ServerFrame(1, R"({"exited":true,"result":{"exit_code":3}})")),
                     socket);
    Kept kept;
    const auto code = Run(server, kept);
    if (!code) FAIL(code.error().message);
    CHECK(*code == 3);
    CHECK(kept.out == "out\n");
    CHECK(kept.err == "err\n");
    const std::string request = server.requests().at(0);
    CHECK(request.starts_with("GET /v1/client/allocation/a1/exec?"));
    CHECK(request.find("command=%5B%22echo%22%2C%22%5C%22%C3%A9%22%5D") != std::string::npos);
    CHECK(request.find("X-Nomad-Token: s3cr3t-token-of-a-test\r\n") != std::string::npos);
  }
}

TEST_CASE("an exit code of zero is left out by Nomad") {
  RawServer server(Says(kGood + ServerFrame(1, R"({"exited":true,"result":{}})")));
  Kept kept;
  CHECK(Run(server, kept) == 0);
}

TEST_CASE("refusals come as close frames and are told as such") {
  struct Case {
    std::string payload;
    ErrorCode code;
    const char* words;
  };
  const std::vector<Case> cases = {
      {"\x03\xF3Permission denied", ErrorCode::kForbidden, "Permission denied"},
      {"\x03\xF0Unknown allocation \"a1\"", ErrorCode::kNotFound, "Unknown allocation"},
      {"\x03\xF0task \"t\" is not running.", ErrorCode::kRejected, "is not running"},
      {"\x03\xF3task not found", ErrorCode::kRejected, "task not found"}};
  for (const Case& row : cases) {
    INFO(row.words);
    RawServer server(Says(ServerFrame(8, row.payload)));
    Kept kept;
    const auto code = Run(server, kept);
    REQUIRE_FALSE(code);
    CHECK(code.error().code == row.code);
    CHECK(code.error().message.find(row.words) != std::string::npos);
    CHECK(code.error().message.find("s3cr3t") == std::string::npos);
  }
}

TEST_CASE("a command whose connection breaks has no exit code") {
  for (const std::string& frames :
       {std::string(), kGood, kGood + "\x81\x7E", kGood + ServerFrame(8, "\x03\xE8"),
        ServerFrame(3, "x"), ServerFrame(1, "no JSON") + ServerFrame(8, "")}) {
    RawServer server(Says(frames));
    Kept kept;
    const auto code = Run(server, kept);
    REQUIRE_FALSE(code);
    CHECK(code.error().code == ErrorCode::kUnreachable);
    CHECK(server.connections() == 1);
  }
}

TEST_CASE("what a command said comes before the news that its connection broke") {
  // A near end that is slow: it looks up only when the other end has said all and is gone.
  class Late : public Kept {
   public:
    Late(const std::atomic<bool>& gone, bool types) : gone_(gone), types_(types) {}
    ExecInput Take() override {
      while (!gone_) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      return {types_ ? "q" : "", false, std::nullopt};
    }

   private:
    const std::atomic<bool>& gone_;
    const bool types_;
  };
  const std::string exit = ServerFrame(1, R"({"exited":true,"result":{"exit_code":3}})");
  for (const bool types : {false, true}) {
    for (const bool ends : {true, false}) {
      INFO(types << ends);
      std::atomic<bool> gone = false;
      RawServer server([&](Peer& peer) {
        const auto request = peer.ReadRequest();
        if (!request || !peer.Send(Switching(*request))) return;
        peer.Send(kGood + (ends ? exit : std::string()));
        peer.Reset();
        gone = true;
      });
      Late near(gone, types);
      const auto code = Run(server, near);
      CHECK(near.out == "out\n");
      CHECK(near.err == "err\n");
      CHECK(code.has_value() == ends);
      if (ends) CHECK(code == 3);
      if (!code) CHECK(code.error().code == ErrorCode::kUnreachable);
    }
  }
}

TEST_CASE("what answers the handshake in another way is told") {
  struct Case {
    std::string answer;
    ErrorCode code;
    const char* words;
  };
  const std::vector<Case> cases = {
      {Answer(403, "Permission denied", "text/plain"), ErrorCode::kForbidden, "403"},
      {Answer(500, "websocket connection not found in context", "text/plain"), ErrorCode::kRejected,
       "websocket connection"},
      {"HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: x\r\n\r\n",
       ErrorCode::kUnreachable, "another key"},
      {"220 mail.example ESMTP\r\n\r\n", ErrorCode::kUnreachable, "HTTP"},
      {"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html><title>hi</title>",
       ErrorCode::kUnreachable, ""}};
  for (const Case& row : cases) {
    INFO(row.answer);
    RawServer server([&row](Peer& peer) {
      if (peer.ReadRequest()) peer.Send(row.answer);
    });
    Kept kept;
    const auto code = Run(server, kept);
    REQUIRE_FALSE(code);
    CHECK(code.error().code == row.code);
    CHECK(code.error().message.find(row.words) != std::string::npos);
  }
}

TEST_CASE("frames of a command: what is sent, what comes") {
  CHECK(StdinFrame("hello\n") == R"({"stdin":{"data":"aGVsbG8K"}})");
  CHECK(StdinEndFrame() == R"({"stdin":{"close":true}})");
  CHECK(SizeFrame({40, 100}) == R"({"tty_size":{"height":40,"width":100}})");
  CHECK_FALSE(DecodeExecOutput("[]"));
  CHECK_FALSE(DecodeExecOutput(R"({"stdout":{"data":"*"}})"));
  CHECK(DecodeExecOutput("{}")->out.empty());
  CHECK_FALSE(DecodeExecOutput(R"({"stderr":{"close":true}})")->exit_code);
  CHECK(DecodeExecOutput(R"({"exited":true,"result":{"exit_code":137}})")->exit_code == 137);
  CHECK(DecodeExecOutput(R"({"exited":true})")->exit_code == 0);
}

}  // namespace nmgr::nomad
