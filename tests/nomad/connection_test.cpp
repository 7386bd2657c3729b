#include "nmgr/nomad/connection.h"

#include <catch2/catch.hpp>

#include "support/memory_file_system.h"

using namespace nmgr;
using namespace nmgr::nomad;
using nmgr::testing::MemoryFileSystem;

namespace {

Environment Variables(std::map<std::string, std::string> values) {
  return [values = std::move(values)](const std::string& name) -> std::optional<std::string> {
    const auto found = values.find(name);
    if (found == values.end()) return std::nullopt;
    return found->second;
  };
}

constexpr const char* kPem = "-----BEGIN CERTIFICATE-----\nA\n-----END CERTIFICATE-----\n";

}  // namespace

TEST_CASE("defaults stand where nothing is given") {
  MemoryFileSystem files;
  const auto options = ResolveConnection({}, Variables({}), files).value();
  CHECK(options.address == "http://127.0.0.1:4646");
  CHECK(options.token.empty());
  CHECK_FALSE(options.tls_skip_verify);
  CHECK(DisplayAddress(options) == "http://127.0.0.1:4646");
}

TEST_CASE("a flag goes before the environment") {
  MemoryFileSystem files({{"/flag-token", " flag\n"}, {"/env-token", "env-file"}});
  const Environment environment = Variables({{"NOMAD_ADDR", "http://env:1"},
                                             {"NOMAD_REGION", "env-region"},
                                             {"NOMAD_NAMESPACE", "env-namespace"},
                                             {"NOMAD_TOKEN", "env"},
                                             {"NOMAD_TOKEN_FILE", "/env-token"},
                                             {"NOMAD_HTTP_AUTH", "a:b"},
                                             {"NOMAD_SKIP_VERIFY", "1"}});
  ConnectionOptions given;
  const auto from_environment = ResolveConnection(given, environment, files).value();
  CHECK(from_environment.address == "http://env:1");
  CHECK(from_environment.region == "env-region");
  CHECK(from_environment.name_space == "env-namespace");
  CHECK(from_environment.token == "env");
  CHECK(from_environment.http_auth == "a:b");
  CHECK(from_environment.tls_skip_verify);
  given.address = "http://flag:2";
  given.region = "flag-region";
  given.name_space = "flag-namespace";
  given.token_file = "/flag-token";
  const auto from_flags = ResolveConnection(given, environment, files).value();
  CHECK(from_flags.address == "http://flag:2");
  CHECK(from_flags.region == "flag-region");
  CHECK(from_flags.name_space == "flag-namespace");
  CHECK(from_flags.token == "flag");
  CHECK(
      ResolveConnection({}, Variables({{"NOMAD_TOKEN_FILE", "/env-token"}}), files).value().token ==
      "env-file");
}

TEST_CASE("a token that cannot be sent is refused, and not repeated") {
  MemoryFileSystem files({{"/two", "one\ntwo"}, {"/empty", "\n"}});
  const auto refused = [&](ConnectionOptions given, const Environment& environment) {
    const Error error = ResolveConnection(std::move(given), environment, files).error();
    CHECK(error.message.find("one") == std::string::npos);
    CHECK(error.message.find("bad") == std::string::npos);
    return error.code;
  };
  ConnectionOptions given;
  given.token_file = "/two";
  CHECK(refused(given, Variables({})) == ErrorCode::kUsage);
  given.token_file = "/empty";
  CHECK(refused(given, Variables({})) == ErrorCode::kUsage);
  given.token_file = "/missing";
  CHECK(refused(given, Variables({{"NOMAD_TOKEN", "x"}})) == ErrorCode::kNotFound);
  CHECK(refused({}, Variables({{"NOMAD_TOKEN", "bad\r\nHost: evil"}})) == ErrorCode::kUsage);
}

TEST_CASE("certificates are read for https: one file, or every file of a folder") {
  MemoryFileSystem files({{"/ca.pem", kPem},
                          {"/folder/a.crt", kPem},
                          {"/folder/b", kPem},
                          {"/folder/deeper/c", kPem},
                          {"/text", "no certificate"},
                          {"/c.pem", kPem},
                          {"/k.pem", kPem}});
  const auto resolve = [&](std::map<std::string, std::string> variables) {
    variables["NOMAD_ADDR"] = "https://nomad:4646";
    return ResolveConnection({}, Variables(std::move(variables)), files);
  };
  CHECK(resolve({{"NOMAD_CACERT", "/ca.pem"}}).value().ca_bundle == kPem);
  CHECK(resolve({{"NOMAD_CAPATH", "/folder"}}).value().ca_bundle ==
        std::string(kPem) + "\n" + kPem + "\n");
  CHECK(resolve({{"NOMAD_CACERT", "/text"}}).error().code == ErrorCode::kUsage);
  CHECK(resolve({{"NOMAD_CACERT", "/missing"}}).error().code == ErrorCode::kNotFound);
  CHECK(resolve({{"NOMAD_CLIENT_CERT", "/c.pem"}, {"NOMAD_CLIENT_KEY", "/k.pem"}}));
  const Error alone = resolve({{"NOMAD_CLIENT_KEY", "/k.pem"}}).error();
  CHECK(alone.code == ErrorCode::kUsage);
  CHECK(alone.message == "a client key was given without its certificate");
  CHECK(resolve({{"NOMAD_CLIENT_CERT", "/c.pem"}, {"NOMAD_CLIENT_KEY", "/missing"}}).error().code ==
        ErrorCode::kNotFound);
  CHECK(resolve({{"NOMAD_TLS_SERVER_NAME", "a b"}}).error().code == ErrorCode::kUsage);
  CHECK(resolve({{"NOMAD_SKIP_VERIFY", "maybe"}}).error().code == ErrorCode::kUsage);
}

TEST_CASE("proxies come from the environment, never for this machine itself") {
  MemoryFileSystem files;
  const std::map<std::string, std::string> variables = {{"HTTP_PROXY", "http://plain:1"},
                                                        {"https_proxy", "http://tls:2"},
                                                        {"NO_PROXY", "10.0.0.0/8"}};
  const auto proxy = [&](const std::string& address) {
    ConnectionOptions given;
    given.address = address;
    return ResolveConnection(given, Variables(variables), files).value();
  };
  CHECK(proxy("http://nomad.lan:4646").proxy == "http://plain:1");
  CHECK(proxy("https://nomad.lan:4646").proxy == "http://tls:2");
  CHECK(proxy("https://nomad.lan:4646").no_proxy == "10.0.0.0/8");
  for (const char* address :
       {"http://127.0.0.1:4646", "http://localhost", "http://[::1]:1", "unix:///x"}) {
    CHECK(proxy(address).proxy.empty());
  }
}

TEST_CASE("an address that cannot be used is a usage error") {
  MemoryFileSystem files;
  ConnectionOptions given;
  given.address = "localhost:4646";
  CHECK(ResolveConnection(given, Variables({}), files).error().code == ErrorCode::kUsage);
}
