#include "nmgr/nomad/connection.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>

#include "support/memory_file_system.h"
#include "support/raw_server.h"

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

std::string TextOf(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
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

TEST_CASE("a token file that was given goes before the environment") {
  MemoryFileSystem files({{"/flag-token", " flag\n"}, {"/env-token", "env-file"}});
  const Environment environment = Variables({{"NOMAD_TOKEN", "env \r\n"},
                                             {"NOMAD_TOKEN_FILE", "/env-token"},
                                             {"NOMAD_HTTP_AUTH", "a:b:c"}});
  ConnectionOptions given;
  const auto from_environment = ResolveConnection(given, environment, files).value();
  CHECK(from_environment.token == "env");
  CHECK(from_environment.AuthUser() == "a");
  CHECK(from_environment.AuthPassword() == "b:c");
  given.token_file = "/flag-token";
  CHECK(ResolveConnection(given, environment, files).value().token == "flag");
  CHECK(
      ResolveConnection({}, Variables({{"NOMAD_TOKEN_FILE", "/env-token"}}), files).value().token ==
      "env-file");
}

TEST_CASE("variables that have an option row are the option table's affair") {
  MemoryFileSystem files;
  const auto options = ResolveConnection({},
                                         Variables({{"NOMAD_ADDR", "http://env:1"},
                                                    {"NOMAD_SKIP_VERIFY", "1"},
                                                    {"NOMAD_REGION", "eu"}}),
                                         files)
                           .value();
  CHECK(options.address == "http://127.0.0.1:4646");
  CHECK_FALSE(options.tls_skip_verify);
  CHECK(options.region.empty());
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
  CHECK(refused(given, Variables({{"NOMAD_TOKEN", "x"}})) == ErrorCode::kUsage);
  CHECK(refused({}, Variables({{"NOMAD_TOKEN", "bad\r\nHost: evil"}})) == ErrorCode::kUsage);
}

TEST_CASE("certificates are read for https: one file, or every file of a folder") {
  MemoryFileSystem files(
      {{"/ca.pem", kPem},
       {"/folder/a.crt", kPem},
       {"/folder/b", kPem},
       {"/folder/deeper/c", kPem},
       {"/text", "no certificate"},
       {"/c.pem", TextOf(testing::Certificate().certificate_file)},
       {"/k.pem", TextOf(testing::Certificate().key_file)},
       {"/other.pem", TextOf(testing::NamelessCertificate().key_file)},
       {"/locked.pem", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nA\n"},
       {"/old-locked.pem", "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nA\n"}});
  const auto resolve = [&](ConnectionOptions given) {
    given.address = "https://nomad:4646";
    return ResolveConnection(std::move(given), Variables({}), files);
  };
  ConnectionOptions given;
  given.ca_cert = "/ca.pem";
  CHECK(resolve(given).value().ca_bundle == kPem);
  given.ca_cert = "/text";
  CHECK(resolve(given).error().code == ErrorCode::kUsage);
  given.ca_cert = "/missing";
  CHECK(resolve(given).error().code == ErrorCode::kUsage);
  given = {};
  given.ca_path = "/folder";
  CHECK(resolve(given).value().ca_bundle == std::string(kPem) + "\n" + kPem + "\n");
  given = {};
  given.client_cert = "/c.pem";
  given.client_key = "/k.pem";
  CHECK(resolve(given));
  for (const char* locked : {"/locked.pem", "/old-locked.pem"}) {
    given.client_key = locked;
    const Error error = resolve(given).error();
    CHECK(error.code == ErrorCode::kUsage);
    CHECK(error.message.find("is locked by a passphrase") != std::string::npos);
  }
  given.client_key = "/other.pem";
  CHECK(resolve(given).error().code == ErrorCode::kUsage);
  CHECK(resolve(given).error().message ==
        "the client key '/other.pem' does not belong to the certificate '/c.pem'");
  given.client_key = "/c.pem";
  CHECK(resolve(given).error().message == "'/c.pem' holds no private key in PEM form");
  given.client_key = "/missing";
  CHECK(resolve(given).error().code == ErrorCode::kUsage);
  CHECK(resolve(given).error().message.starts_with("the client key /missing: "));
  given.client_cert = "/gone";
  CHECK(resolve(given).error().message.starts_with("the client certificate /gone: "));
  given = {};
  given.client_key = "/k.pem";
  const Error alone = resolve(given).error();
  CHECK(alone.code == ErrorCode::kUsage);
  CHECK(alone.message == "a client key was given without its certificate");
  given = {};
  given.tls_server_name = "a b";
  CHECK(resolve(given).error().code == ErrorCode::kUsage);
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

TEST_CASE("a proxy's user is taken out of its address, and one that is malformed is not repeated") {
  MemoryFileSystem files;
  ConnectionOptions given;
  given.address = "http://nomad.lan:4646";
  const auto with = [&](const std::string& proxy) {
    return ResolveConnection(given, Variables({{"HTTP_PROXY", proxy}}), files);
  };
  const auto options = with("http://me:se%2Fsame@proxy:3128/").value();
  CHECK(options.proxy == "http://proxy:3128");
  CHECK(options.proxy_user == "me");
  CHECK(options.proxy_password == "se/same");
  CHECK(with("proxy:3128").value().proxy == "http://proxy:3128");
  CHECK(with("socks5h://proxy:1080").value().proxy == "socks5h://proxy:1080");
  for (const char* wrong :
       {"http://me:ses/ame@h:1", "ftp://me:sesame@h:1", "http://me:sesame@h:port",
        "http:/me:sesame@h:1", "http://me:ses?ame@h:1", "http://me:ses#ame@h:1", "me:sesame@",
        "http://me:ses\\ame@h"}) {
    const Error error = with(wrong).error();
    INFO(error.message);
    CHECK(error.code == ErrorCode::kUsage);
    CHECK(error.hint.find("HTTP_PROXY") != std::string::npos);
    CHECK((error.message + error.hint).find("ses") == std::string::npos);
    CHECK(error.message.find("ame@") == std::string::npos);
  }
}

TEST_CASE("what was given as an address is shown without its user info, however it looks") {
  for (const char* text :
       {"http://me:sesame@h:4646", "http:/me:sesame@h", "http:me:sesame@h", "http:\\\\me:sesame@h",
        "me:sesame@h:4646", "//me:sesame@h", "HTTP://me:sesame@h", "unix://me:sesame@/s",
        "unix:me:sesame@/s", "http://me:se/same@h:4646", "http://me:se?same@h",
        "http://me:se#same@h", "http://me:se\\same@h", "http://me:ses@same@h", "ftp://me:sesame@h",
        "http://me:1/same@h", "https://h?token=sesame", "https://h#sesame"}) {
    INFO(text);
    const std::string shown = WithoutUserInfo(text);
    CHECK(shown.find("same") == std::string::npos);
    CHECK(shown.find("me:") == std::string::npos);
    const auto address = ConnectionOptions{text, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}};
    CHECK(DisplayAddress(address) == shown);
  }
  CHECK(WithoutUserInfo("http://me:sesame@h:4646") == "http://h:4646");
  CHECK(WithoutUserInfo("http://h:4646/nomad") == "http://h:4646/nomad");
  CHECK(WithoutUserInfo("unix:///run/a@b?c.sock") == "unix:///run/a@b?c.sock");
  CHECK(WithoutUserInfo("h:46\x1b") == "h:46\\x1b");
}

TEST_CASE("an address that cannot be used is a usage error") {
  MemoryFileSystem files;
  ConnectionOptions given;
  given.address = "localhost:4646";
  CHECK(ResolveConnection(given, Variables({}), files).error().code == ErrorCode::kUsage);
}
