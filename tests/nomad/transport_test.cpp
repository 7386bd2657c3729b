// Unix sockets, TLS and proxies, against a server in this process.
#include <catch2/catch.hpp>

#include "answers.h"
#include "nmgr/base/file_system.h"
#include "nmgr/nomad/connection.h"
#include "support/raw_server.h"
#include "test_client.h"

using namespace nmgr;
using namespace nmgr::nomad;
using nmgr::nomad_testing::Has;
using nmgr::nomad_testing::To;
using nmgr::testing::Certificate;
using nmgr::testing::Socket;
using nmgr::testing::TestClient;

namespace {

void AnswerAll(Peer& peer) {
  while (peer.ReadRequest() && peer.Send(Answer(200, R"({"ID":"web"})"))) {
  }
}

Expected<void> Read(const ConnectionOptions& given) {
  const auto options = ResolveConnection(
      given, [](const std::string&) { return std::nullopt; }, RealFileSystem());
  if (!options) return options.error();
  const auto client = std::make_unique<TestClient>(*options, 2);
  for (int i = 0; i < 3; ++i) TRY(client->ReadJob({"web", "", ""}, {}, {}));
  return {};
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
  CHECK(Has(error.message, "mismatch"));
  CHECK(Has(error.hint, "--tls-server-name"));
  CHECK(server.requests().empty());
  options.tls_server_name = "nomad.test";
  const auto result = Read(options);
  if (!result) FAIL(result.error().message);
  CHECK(Has(server.requests()[0], "Host: 127.0.0.1:" + std::to_string(server.port()) + "\r\n"));
  CHECK(server.connections() == 2);
}

TEST_CASE("a common name alone is no name, as for Go") {
  RawServer server(AnswerAll, Socket::kTlsNameless);
  ConnectionOptions options = To(server);
  options.ca_cert = nmgr::testing::NamelessCertificate().certificate_file;
  options.tls_server_name = "nomad.test";
  const Error error = Read(options).error();
  CHECK(error.code == ErrorCode::kUnreachable);
  INFO(error.message);
  CHECK(Has(error.hint, "subject alternative name"));
  CHECK(server.requests().empty());
  options.tls_skip_verify = true;
  CHECK(Read(options));
}

TEST_CASE("a server that wants a client certificate") {
  RawServer server(AnswerAll, Socket::kTlsWithClientCertificate);
  ConnectionOptions options = To(server);
  options.ca_cert = Certificate().certificate_file;
  const Error missing = Read(options).error();
  CHECK(missing.code == ErrorCode::kUnreachable);
  CHECK(missing.message == "Nomad at " + server.address() + " wants a client certificate");
  CHECK(Has(missing.hint, "NOMAD_CLIENT_CERT"));
  options.client_cert = Certificate().certificate_file;
  options.client_key = Certificate().key_file;
  const auto result = Read(options);
  if (!result) FAIL(result.error().message);
  options.client_key = Certificate().certificate_file;
  const Error error = Read(options).error();
  CHECK(error.code == ErrorCode::kUsage);
  INFO(error.message);
  CHECK(Has(error.hint, "--client-key"));
}

TEST_CASE("what a server or proxy repeats of the run's secrets is not shown, in any form") {
  const std::string auth = "bWU6c2VzYW1lLWF1dGg=";  // me:sesame-auth
  const std::string said =
      GENERATE_COPY(as<std::string>(), "token sesame-token", "x-nomad-token: SESAME-TOKEN",
                    "sesame%2Dtoken", "authorization: basic " + auth, "got Basic " + auth,
                    "c2VzYW1lLXRva2Vu", "user me:sesame-auth");
  const bool page = GENERATE(false, true);
  const int status = GENERATE(200, 302, 403, 404, 429, 500, 503);
  RawServer server([&](Peer& peer) {
    const std::string body = page ? "<html><title>" + said + "</title></html>" : said;
    while (peer.ReadRequest() &&
           peer.Send(Answer(status, body, page ? "text/html" : "text/plain",
                            status == 302 ? "Location: /" + said + "\r\n" : ""))) {
    }
  });
  ConnectionOptions options = To(server);
  options.token = "sesame-token";
  options.http_auth = "me:sesame-auth";
  auto client = std::make_unique<TestClient>(options, 1);
  const Call soon{std::chrono::steady_clock::now() + Duration(50), {}};
  const Error error = client->ReadJob({"web", "", ""}, {}, soon).error();
  const std::string told = error.message + error.hint;
  INFO(status << " " << said << ": " << told);
  for (const char* secret : {"sesame", "SESAME", "bWU6c2", "c2VzYW1l"})
    CHECK_FALSE(Has(told, secret));
}

TEST_CASE("a server that repeats what was sent shows neither env values nor templates") {
  RawServer server([&](Peer& peer) {
    while (const auto request = peer.ReadRequest()) {
      peer.Send(Answer(500, "cannot decode " + request->substr(request->find("\r\n\r\n") + 4),
                       "text/plain"));
    }
  });
  auto client = std::make_unique<TestClient>(To(server), 1);
  RegisterRequest request;
  request.job = nlohmann::json::parse(R"({"ID":"web","TaskGroups":[{"Name":"g","Tasks":[{"Name":"t",
      "Env":{"DB_PASSWORD":"sesame-env-value"},
      "Templates":[{"EmbeddedTmpl":"password = sesame-template\nport = 1\n"}]}]}]})");
  request.submission.source = "env {\n  DB_PASSWORD = \"sesame-source\"\n}\n";
  for (const Error& error :
       {client->RegisterJob({"web", "", ""}, request, {}).error(),
        client->ParseJob({"web", "", ""}, request.submission.source, {}).error(),
        client->PlanJob({"web", "", ""}, request.job, {}).error()}) {
    INFO(error.message);
    CHECK(Has(error.message, "cannot decode"));
    CHECK_FALSE(Has(error.message, "sesame"));
  }
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
  const Error plainly = Read(To(told)).error();
  CHECK(plainly.code == ErrorCode::kUnreachable);
  CHECK(Has(plainly.hint, "https://"));
}

TEST_CASE("a proxy is used where one is set") {
  RawServer proxy(AnswerAll);
  ConnectionOptions options;
  options.address = "http://nomad.invalid:4646";
  options.proxy = "http://127.0.0.1:" + std::to_string(proxy.port());
  auto client = std::make_unique<TestClient>(options, 1);
  REQUIRE(client->ReadJob({"web", "", ""}, {}, {}));
  CHECK(proxy.requests()[0].starts_with("GET http://nomad.invalid:4646/v1/job/web HTTP/1.1\r\n"));
  options.no_proxy = ".invalid";
  client = std::make_unique<TestClient>(options, 1);
  CHECK(Has(client->ReadJob({"web", "", ""}, {}, {}).error().message, "no such host"));
}

TEST_CASE("an address below a path, as a proxy may have it") {
  RawServer server(AnswerAll);
  ConnectionOptions options = To(server);
  options.address += "/nomad/";
  REQUIRE(Read(options));
  CHECK(server.requests()[0].starts_with("GET /nomad/v1/job/web HTTP/1.1\r\n"));
}
