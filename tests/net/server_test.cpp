// The server on real sockets: its limits, what is refused, how it ends.
#include "nmgr/net/server.h"

#include <catch2/catch.hpp>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "support/raw_client.h"
#include "support/raw_server.h"
#include "support/run_nmgr.h"
#include "support/temp_dir.h"

namespace nmgr::net {
namespace {

using nmgr::testing::BodyOfAnswer;
using nmgr::testing::HeaderOfAnswer;
using nmgr::testing::RawClient;
using nmgr::testing::StatusOfAnswer;

// Answers with what it was asked; "/hooks/..." are hooks, "/stream" a stream, "/wait" waits until
// it is let go, "/refused" is not admitted.
class EchoHandler final : public Handler {
 public:
  Admission Admit(const RequestHead& head) override {
    Admission admission;
    admission.most_body = 1000;
    admission.is_hook = head.target.starts_with("/hooks/");
    admission.is_stream = head.target == "/stream";
    if (head.target == "/refused") admission.refusal = Response{403, {}, "no", {}};
    return admission;
  }

  Response Handle(const Request& request) override {
    if (request.head.target == "/throw") throw std::runtime_error("on purpose");
    if (request.head.target == "/wait") Wait(request.stop);
    if (request.head.target == "/deaf") Wait({});
    if (request.head.target == "/stream") {
      return {200, {{"Content-Type", "text/event-stream"}}, {}, [this] { return Next(); }};
    }
    std::string told = request.head.method + " " + request.head.target + " " + request.head.peer +
                       " [" + request.body + "]";
    for (const auto& [name, value] : request.head.headers.fields()) told += "\n" + name;
    return {200, {{"X-Echo", "1"}}, told, {}};
  }

  void LetGo() {
    const std::scoped_lock lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void WaitForWaiting(int count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return waiting_ >= count; });
  }
  void Say(std::string text) {
    const std::scoped_lock lock(mutex_);
    said_ = std::move(text);
  }

 private:
  void Wait(std::stop_token stop) {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, stop, [this] { return open_; });
  }
  std::optional<std::string> Next() {
    const std::scoped_lock lock(mutex_);
    if (said_ == "end") return std::nullopt;
    return std::exchange(said_, "");
  }

  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool open_ = false;
  int waiting_ = 0;
  std::string said_ = "hello";
};

struct Running {
  explicit Running(ServerLimits limits = {}) {
    ServerConfig config;
    config.port = 0;
    config.limits = limits;
    Begin(config);
  }
  explicit Running(ServerConfig config) { Begin(std::move(config)); }
  ~Running() {
    handler.LetGo();
    server->Stop();
  }
  void Begin(ServerConfig config) {
    config.port = 0;
    auto started = Server::Start(config, handler);
    REQUIRE(started.has_value());
    server = *std::move(started);
  }
  int port() const { return server->port(); }
  std::string Say(const std::string& bytes) const {
    RawClient client(port());
    client.Send(bytes);
    return client.ReadAll();
  }
  // Counts are kept by the server's own thread.
  template <class Condition>
  void Await(Condition holds) const {
    for (int i = 0; i < 2000 && !holds(server->counts()); ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    CHECK(holds(server->counts()));
  }

  EchoHandler handler;
  std::unique_ptr<Server> server;
};

constexpr std::string_view kGet = "GET /x?y=1 HTTP/1.1\r\nHost: a\r\n\r\n";

TEST_CASE("a server answers, keeps connections open and takes requests ahead of their answers") {
  const Running running;
  RawClient client(running.port());
  client.Send(kGet);
  const std::string first = client.ReadAnswer();
  CHECK(StatusOfAnswer(first) == 200);
  CHECK(HeaderOfAnswer(first, "X-Echo") == "1");
  CHECK(HeaderOfAnswer(first, "Date").ends_with(" GMT"));
  CHECK(BodyOfAnswer(first) == "GET /x?y=1 127.0.0.1 []\nhost");
  client.Send(
      "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
      "POST /b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nAuthorization: Bearer trailer\r\n\r\n"
      "HEAD /c HTTP/1.1\r\nHost: a\r\n\r\n"
      "GET /d HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
      "GET /never HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(BodyOfAnswer(client.ReadAnswer()).starts_with("POST /a 127.0.0.1 [abc]"));
  const std::string chunked = BodyOfAnswer(client.ReadAnswer());
  CHECK(chunked.starts_with("POST /b 127.0.0.1 [abcde]"));
  CHECK(chunked.find("authorization") == std::string::npos);
  const std::string head = client.ReadAnswer(true);
  CHECK(StatusOfAnswer(head) == 200);
  CHECK(HeaderOfAnswer(head, "content-length") == "25");
  const std::string last = client.ReadAll();
  CHECK(BodyOfAnswer(last).starts_with("GET /d "));
  CHECK(HeaderOfAnswer(last, "connection") == "close");
  CHECK(last.find("/never") == std::string::npos);
}

TEST_CASE("what is no request is refused, and the connection ends") {
  const Running running;
  struct Row {
    std::string bytes;
    int status;
  };
  const std::string post = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::vector<Row> rows = {
      {"GET /\r\n", 400},
      {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
      {"\x16\x03\x01\x02\x05", 400},
      {"GET / HTTP/1.1\n\n", 400},
      {"CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: "
       "chunked\r\n\r\n0\r\n\r\n",
       400},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n", 413},
      {post + "zz\r\n", 400},
      {post + "-1\r\nx\r\n", 400},
      {post + "+1\r\nx\r\n0\r\n\r\n", 400},
      {post + "0x1\r\nx\r\n0\r\n\r\n", 400},
      {post + " 1\r\nx\r\n0\r\n\r\n", 400},
      {post + "1\nx\n0\n\n", 400},
      {post + "fffffffffffffffff\r\nx", 400},
      {post + "ffffffffffffffff\r\nx", 413},
      {post + "3e9\r\n", 413},
      {post + "1f4\r\n" + std::string(500, 'x') + "\r\n1f5\r\n", 413},
      {post + "1\r\nxy\r\n0\r\n\r\n", 400},
      {post + "1;" + std::string(20000, 'x'), 400},
      {"GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(17000, 'x') + "\r\n\r\n", 431},
      {"GET /" + std::string(20000, 'x'), 431},
  };
  for (const Row& row : rows) {
    INFO(row.bytes.substr(0, 200));
    const std::string answer =
        running.Say(row.bytes + "\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(StatusOfAnswer(answer) == row.status);
    CHECK(HeaderOfAnswer(answer, "connection") == "close");
    CHECK(answer.find("smuggled") == std::string::npos);
  }
  CHECK(StatusOfAnswer(running.Say("GET / HTTP/1.0\r\n\r\n")) == 200);
}

TEST_CASE("a body is asked for only once the head was admitted") {
  const Running running;
  RawClient client(running.port());
  client.Send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  REQUIRE(client.WaitFor("100 Continue\r\n\r\n"));
  client.ReadAnswer();
  client.Send("abc");
  CHECK(BodyOfAnswer(client.ReadAnswer()).find("[abc]") != std::string::npos);
  const std::string refused = running.Say(
      "POST /refused HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  CHECK(StatusOfAnswer(refused) == 403);
  // A refusal without a body leaves the connection as it is.
  RawClient other(running.port());
  other.Send("GET /refused HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(StatusOfAnswer(other.ReadAnswer()) == 403);
  other.Send(kGet);
  CHECK(StatusOfAnswer(other.ReadAnswer()) == 200);
}

TEST_CASE("a defect in a handler is an answer") {
  const Running running;
  RawClient client(running.port());
  client.Send("GET /throw HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(StatusOfAnswer(client.ReadAnswer()) == 500);
  client.Send(kGet);
  CHECK(StatusOfAnswer(client.ReadAnswer()) == 200);
}

TEST_CASE("a head, a body and a silence each have one time, whatever the rhythm of the bytes") {
  ServerLimits limits;
  limits.head_time = Duration(300);
  limits.body_time = Duration(300);
  limits.idle_time = Duration(600);
  const Running running(limits);
  const auto drip = [&](const std::string& start) {
    RawClient client(running.port());
    client.Send(start);
    for (int i = 0; i < 400 && !client.WaitFor("\r\n\r\n", std::chrono::milliseconds(20)); ++i)
      client.Send("x");
    return StatusOfAnswer(client.ReadAll());
  };
  CHECK(drip("GET /") == 408);
  CHECK(drip("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 900\r\n\r\n") == 408);
  RawClient silent(running.port());
  CHECK(silent.ReadAll().empty());
  RawClient kept(running.port());
  kept.Send(kGet);
  CHECK(StatusOfAnswer(kept.ReadAnswer()) == 200);
  CHECK(kept.ReadAll().empty());
}

TEST_CASE("slow clients of one address keep nobody else out") {
  const Running running;
  std::vector<std::unique_ptr<RawClient>> slow;
  for (int i = 0; i < 64; ++i) {
    slow.push_back(std::make_unique<RawClient>(running.port()));
    slow.back()->Send("GET / HT");
  }
  // Some may have been turned away before they said anything.
  running.Await([](const Server::Counts& counts) { return counts.turned_away >= 50; });
  RawClient other(running.port(), "127.0.0.2");
  other.Send(kGet);
  CHECK(StatusOfAnswer(other.ReadAnswer()) == 200);
  RawClient ninth(running.port());
  ninth.Send(kGet);
  CHECK(StatusOfAnswer(ninth.ReadAnswer()) == 503);
}

TEST_CASE("who waits between requests makes room for who has one") {
  ServerLimits limits;
  limits.per_address = 2;
  const Running running(limits);
  RawClient first(running.port());
  first.Send(kGet);
  first.ReadAnswer();
  RawClient second(running.port());
  second.Send(kGet);
  second.ReadAnswer();
  RawClient third(running.port());
  third.Send(kGet);
  CHECK(StatusOfAnswer(third.ReadAnswer()) == 200);
  CHECK(first.ReadAll().empty());
}

TEST_CASE("hooks find connections that are kept for them") {
  ServerLimits limits;
  limits.connections = 6;
  limits.kept_for_hooks = 2;
  limits.per_address = 0;
  Running running(limits);
  std::vector<std::unique_ptr<RawClient>> busy;
  for (int i = 0; i < 4; ++i) {
    busy.push_back(std::make_unique<RawClient>(running.port()));
    busy.back()->Send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n");
  }
  running.handler.WaitForWaiting(2);  // both threads that are not for hooks
  running.Await([](const Server::Counts& counts) { return counts.connections == 4; });
  RawClient page(running.port());
  page.Send(kGet);
  CHECK(StatusOfAnswer(page.ReadAnswer()) == 503);
  RawClient hook(running.port());
  hook.Send("POST /hooks/a HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}");
  CHECK(StatusOfAnswer(hook.ReadAnswer()) == 200);
}

TEST_CASE("streams say what there is when they are woken, are counted, and end with their reader") {
  ServerLimits limits;
  limits.streams = 2;
  Running running(limits);
  const std::string ask = "GET /stream HTTP/1.1\r\nHost: a\r\n\r\n";
  auto first = std::make_unique<RawClient>(running.port());
  first->Send(ask);
  REQUIRE(first->WaitFor("hello"));
  CHECK(HeaderOfAnswer(first->buffered(), "content-length").empty());
  running.handler.Say("more");
  running.server->WakeStreams();
  CHECK(first->WaitFor("more"));
  RawClient second(running.port());
  second.Send(ask);
  CHECK(second.WaitFor("\r\n\r\n"));
  running.Await([](const Server::Counts& counts) { return counts.streams == 2; });
  RawClient third(running.port());
  third.Send(ask);
  CHECK(StatusOfAnswer(third.ReadAnswer()) == 503);
  first.reset();
  running.Await([](const Server::Counts& counts) { return counts.streams == 1; });
  running.handler.Say("end");
  running.server->WakeStreams();
  second.ReadAll();
  running.Await([](const Server::Counts& counts) { return counts.streams == 0; });
}

TEST_CASE("a server that is stopped lets requests finish and closes the rest") {
  Running running;
  RawClient idle(running.port());
  idle.Send(kGet);
  idle.ReadAnswer();
  RawClient stream(running.port());
  stream.Send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n");
  REQUIRE(stream.WaitFor("hello"));
  RawClient busy(running.port());
  busy.Send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n");
  running.handler.WaitForWaiting(1);
  const int port = running.port();
  running.server->Stop();
  CHECK(StatusOfAnswer(busy.ReadAll()) == 200);
  CHECK(idle.ReadAll().empty());
  stream.ReadAll();
  CHECK_THROWS_AS(RawClient(port), std::runtime_error);
  running.server->Stop();
}

TEST_CASE("a server that is stopped does not wait for who never ends") {
  ServerLimits limits;
  limits.shutdown_time = Duration(200);
  Running running(limits);
  RawClient slow(running.port());
  slow.Send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 900\r\n\r\n");
  running.Await([](const Server::Counts& counts) { return counts.connections == 1; });
  running.server->Stop();
  CHECK(StatusOfAnswer(slow.ReadAll()) == 0);
}

TEST_CASE("an address that cannot be had is told with its reason") {
  Running running;
  ServerConfig config;
  config.port = static_cast<std::uint16_t>(running.port());
  const auto taken = Server::Start(config, running.handler);
  REQUIRE_FALSE(taken.has_value());
  CHECK(taken.error().code == ErrorCode::kIo);
  CHECK(taken.error().message.find("127.0.0.1 port") != std::string::npos);
  config.address = "example.org";
  CHECK(Server::Start(config, running.handler).error().code == ErrorCode::kConfig);
  config = {};
  config.certificate_file = "/nowhere/cert.pem";
  config.port = 0;
  const auto no_file = Server::Start(config, running.handler);
  REQUIRE_FALSE(no_file.has_value());
  CHECK(no_file.error().message.find("/nowhere/cert.pem") != std::string::npos);
}

TEST_CASE("curl is served, in plain and over TLS") {
  ServerConfig config;
  const nmgr::testing::TestCertificate& files = nmgr::testing::Certificate();
  config.certificate_file = files.certificate_file;
  config.key_file = files.key_file;
  const Running plain;
  const Running tls(config);
  const std::string body(900, 'b');
  const auto curl = [&](const std::string& arguments) {
    return nmgr::testing::RunShell("command -v curl >/dev/null || exit 9; curl -sS --noproxy '*' " +
                                   arguments);
  };
  const std::string http = " http://127.0.0.1:" + std::to_string(plain.port()) + "/a";
  const std::string https = " --cacert " + files.certificate_file +
                            " https://127.0.0.1:" + std::to_string(tls.port()) + "/a";
  for (const std::string& url : {http, https}) {
    const auto got = curl(url + url.substr(url.rfind(' ')));
    if (got.exit_code == 9) {
      WARN("SKIPPED: curl is not installed");
      return;
    }
    INFO(url << got.err);
    CHECK(got.exit_code == 0);
    CHECK(got.out.find("GET /a 127.0.0.1 []") != std::string::npos);
    const auto posted = curl("--data-binary " + body + url);
    CHECK(posted.out.find("[" + body + "]") != std::string::npos);
    const auto waited =
        curl("-H 'Expect: 100-continue' -H 'Transfer-Encoding: chunked' -d x=y" + url);
    CHECK(waited.out.find("[x=y]") != std::string::npos);
    CHECK(curl("-I" + url).out.find("200 OK") != std::string::npos);
    const auto large = curl("-o /dev/null -w '%{http_code}' --data-binary " + body + body + url);
    CHECK(large.out == "413");
  }
  CHECK(curl("http://127.0.0.1:" + std::to_string(tls.port()) + "/").exit_code != 0);
}

TEST_CASE("TLS files that have changed are read again, and half of a pair changes nothing") {
  const nmgr::testing::TempDir folder;
  const nmgr::testing::TestCertificate& old = nmgr::testing::Certificate();
  const nmgr::testing::TestCertificate& renewed = nmgr::testing::NamelessCertificate();
  ServerConfig config;
  config.certificate_file = folder.At("cert.pem");
  config.key_file = folder.At("key.pem");
  const auto put = [&](const std::string& from, const std::string& to) {
    REQUIRE(nmgr::testing::RunShell("cp " + from + " " + to + ".new && mv " + to + ".new " + to)
                .exit_code == 0);
  };
  put(old.certificate_file, config.certificate_file);
  put(old.key_file, config.key_file);
  const Running tls(config);
  const auto curl = [&](const std::string& arguments) {
    return nmgr::testing::RunShell("command -v curl >/dev/null || exit 9; curl -sS --noproxy '*' " +
                                   arguments + " https://127.0.0.1:" + std::to_string(tls.port()) +
                                   "/a")
        .exit_code;
  };
  const std::string by_old = "--cacert " + old.certificate_file;
  if (curl(by_old) == 9) {
    WARN("SKIPPED: curl is not installed");
    return;
  }
  CHECK(curl(by_old) == 0);
  put(renewed.certificate_file, config.certificate_file);
  CHECK(curl(by_old) == 0);  // its key is still the old one
  put(renewed.key_file, config.key_file);
  CHECK(curl(by_old) == 60);
  CHECK(curl("-k") == 0);
  folder.Write("cert.pem", "no certificate");
  CHECK(curl("-k") == 0);
}

}  // namespace
}  // namespace nmgr::net
