// Unix sockets, TLS and proxies, against a server in this process.
#include <catch2/catch.hpp>

#include "nmgr/base/file_system.h"
#include "nmgr/nomad/connection.h"
#include "raw_server.h"

using namespace nmgr;
using namespace nmgr::nomad;
using nmgr::testing::Answer;
using nmgr::testing::Certificate;
using nmgr::testing::Peer;
using nmgr::testing::RawServer;
using nmgr::testing::Socket;

namespace {

void AnswerAll(Peer& peer) {
  while (peer.ReadRequest() && peer.Send(Answer(200, R"({"ID":"web"})"))) {
  }
}

Expected<void> Read(const ConnectionOptions& given) {
  const auto options = ResolveConnection(
      given, [](const std::string&) { return std::nullopt; }, RealFileSystem());
  if (!options) return options.error();
  const auto client = MakeHttpClient(*options, 2);
  for (int i = 0; i < 3; ++i) TRY(client->ReadJob({"web", "", ""}, {}, {}));
  return {};
}

ConnectionOptions To(const RawServer& server) {
  ConnectionOptions options;
  options.address = server.address();
  return options;
}

bool Has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a unix socket") {
  RawServer server(AnswerAll, Socket::kUnix);
  const auto result = Read(To(server));
  if (!result) FAIL(result.error().message);
  CHECK(server.connections() == 1);
  CHECK(server.requests()[0].starts_with("GET /v1/job/web HTTP/1.1\r\nHost: 127.0.0.1\r\n"));
}

TEST_CASE("TLS with the right authority, by file and by folder") {
  RawServer server(AnswerAll, Socket::kTls);
  ConnectionOptions by_file = To(server);
  by_file.ca_cert = Certificate().certificate_file;
  const auto result = Read(by_file);
  if (!result) FAIL(result.error().message);
  ConnectionOptions by_folder = To(server);
  by_folder.ca_path = Certificate().folder;
  CHECK(Read(by_folder));
  CHECK(server.connections() == 2);
}

TEST_CASE("a certificate that nobody vouches for is refused with the reason and what to do") {
  RawServer server(AnswerAll, Socket::kTls);
  const Error error = Read(To(server)).error();
  CHECK(error.code == ErrorCode::kUnreachable);
  INFO(error.message);
  CHECK(Has(error.message, "certificate"));
  CHECK(Has(error.hint, "NOMAD_CACERT"));
  CHECK(server.requests().empty());
  ConnectionOptions careless = To(server);
  careless.tls_skip_verify = true;
  CHECK(Read(careless));
}

TEST_CASE("the certificate's name is checked; the TLS server name stands for the host's") {
  RawServer server(AnswerAll, Socket::kTls);
  ConnectionOptions options = To(server);
  options.ca_cert = Certificate().certificate_file;
  options.tls_server_name = "other.test";
  const Error error = Read(options).error();
  CHECK(error.code == ErrorCode::kUnreachable);
  INFO(error.message);
  CHECK(Has(error.message, "other.test"));
  options.tls_server_name = "nomad.test";
  const auto result = Read(options);
  if (!result) FAIL(result.error().message);
  CHECK(Has(server.requests()[0], "Host: 127.0.0.1:" + std::to_string(server.port()) + "\r\n"));
  CHECK(server.connections() == 2);
}

TEST_CASE("a server that wants a client certificate") {
  RawServer server(AnswerAll, Socket::kTlsWithClientCertificate);
  ConnectionOptions options = To(server);
  options.ca_cert = Certificate().certificate_file;
  CHECK(Read(options).error().code == ErrorCode::kUnreachable);
  options.client_cert = Certificate().certificate_file;
  options.client_key = Certificate().key_file;
  const auto result = Read(options);
  if (!result) FAIL(result.error().message);
  options.client_key = Certificate().certificate_file;
  const Error error = Read(options).error();
  CHECK(error.code == ErrorCode::kUnreachable);
  INFO(error.message);
  CHECK(Has(error.hint, "--client-key"));
}

TEST_CASE("https to a port that speaks plain HTTP, and the other way round") {
  RawServer plain([](Peer& peer) {
    static_cast<void>(peer.ReadRequest());
    peer.Send(Answer(400, "bad", "text/plain"));
  });
  ConnectionOptions options;
  options.address = "https://127.0.0.1:" + std::to_string(plain.port());
  options.connect_timeout = Duration(300);
  CHECK(Read(options).error().code == ErrorCode::kUnreachable);
  RawServer greeting([](Peer& peer) { peer.Send("HTTP/1.1 400 Bad Request\r\n\r\n"); });
  options = {};
  options.address = "https://127.0.0.1:" + std::to_string(greeting.port());
  const Error error = Read(options).error();
  INFO(error.message);
  CHECK(Has(error.hint, "http:// rather than https://"));
  RawServer told([](Peer& peer) {
    static_cast<void>(peer.ReadRequest());
    peer.Send(Answer(400, "Client sent an HTTP request to an HTTPS server.\n", "text/plain"));
  });
  CHECK(Has(Read(To(told)).error().hint, "https://"));
}

TEST_CASE("a proxy is used where one is set") {
  RawServer proxy(AnswerAll);
  ConnectionOptions options;
  options.address = "http://nomad.invalid:4646";
  options.proxy = "http://127.0.0.1:" + std::to_string(proxy.port());
  auto client = MakeHttpClient(options, 1);
  REQUIRE(client->ReadJob({"web", "", ""}, {}, {}));
  CHECK(proxy.requests()[0].starts_with("GET http://nomad.invalid:4646/v1/job/web HTTP/1.1\r\n"));
  options.no_proxy = ".invalid";
  client = MakeHttpClient(options, 1);
  CHECK(Has(client->ReadJob({"web", "", ""}, {}, {}).error().message, "no such host"));
}

TEST_CASE("an address below a path, as a proxy may have it") {
  RawServer server(AnswerAll);
  ConnectionOptions options = To(server);
  options.address += "/nomad/";
  REQUIRE(Read(options));
  CHECK(server.requests()[0].starts_with("GET /nomad/v1/job/web HTTP/1.1\r\n"));
}
