// Who may do what over HTTP.
#include "nmgr/serve/access.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "nmgr/base/base64.h"
#include "serve/samples.h"
#include "support/temp_dir.h"

namespace nmgr::serve {
namespace {

using testing::HeaderOf;
using testing::kOperateToken;
using testing::kReadToken;
using testing::Setting;

std::string Bearer(std::string_view token) {
  return "Authorization: Bearer " + std::string(token) + "\r\n";
}
std::string Basic(const std::string& user, std::string_view password) {
  return "Authorization: Basic " + EncodeBase64(user + ":" + std::string(password)) + "\r\n";
}

TEST_CASE("reading takes a token, as Bearer or as a password") {
  Setting setting;
  for (const char* target : {"/", "/assets/page.css", "/api/v1/status", "/api/v1/sources",
                             "/api/v1/jobs", "/api/v1/events", "/metrics"}) {
    INFO(target);
    CHECK(setting.Ask("GET", target).status == 401);
    CHECK(setting.Ask("HEAD", target).status == 401);
    CHECK(setting.Ask("GET", target, Bearer(kReadToken)).status == 200);
    CHECK(setting.Ask("GET", target, Bearer(kOperateToken)).status == 200);
    CHECK(setting.Ask("GET", target, Basic("", kReadToken)).status == 200);
    CHECK(setting.Ask("GET", target, Basic("any:body", kReadToken)).status == 401);
    CHECK(setting.Ask("GET", target, Bearer("read-token-of-a-tesT")).status == 401);
    CHECK(setting.Ask("GET", target, Bearer("")).status == 401);
    CHECK(setting.Ask("GET", target, "Cookie: token=" + std::string(kReadToken) + "\r\n").status ==
          401);
    CHECK(setting.Ask("GET", target, Bearer(kReadToken) + Bearer("x")).status == 401);
    CHECK(setting.Ask("GET", std::string(target) + "?token=" + std::string(kReadToken)).status ==
          401);
  }
  CHECK(HeaderOf(setting.Ask("GET", "/"), "WWW-Authenticate").starts_with("Basic "));
}

TEST_CASE("reading without a token is a setting, and health needs none") {
  Setting setting;
  setting.access.anonymous_read = true;
  CHECK(setting.Ask("GET", "/").status == 200);
  CHECK(setting.Ask("POST", "/api/v1/sources/homelab/sync").status == 401);
  setting.access = {};
  setting.access.hosts = {"nmgr.test"};
  CHECK(setting.Ask("GET", "/").status == 403);
  CHECK(setting.Ask("GET", "/", Bearer("")).status == 403);
  CHECK(setting.Ask("GET", "/healthz").status == 200);
  CHECK(setting.Ask("GET", "/readyz").status == 200);
}

TEST_CASE("operating takes the other token, and only as Bearer") {
  Setting setting;
  const std::string target = "/api/v1/sources/homelab/sync";
  CHECK(setting.Ask("POST", target).status == 401);
  CHECK(setting.Ask("POST", target, Bearer(kReadToken)).status == 403);
  CHECK(setting.Ask("POST", target, Basic("me", kOperateToken)).status == 401);
  CHECK(setting.steering.wishes.empty());
  CHECK(setting.Ask("POST", target, Bearer(kOperateToken)).status == 202);
  setting.access.operate_token = "";
  CHECK(setting.Ask("POST", target, Bearer("")).status == 403);
  CHECK(setting.Ask("POST", target, Bearer(kReadToken)).status == 403);
  CHECK(setting.steering.wishes.size() == 1);
}

TEST_CASE("a Host that is not ours is refused, whatever is shown") {
  Setting setting;
  setting.access.anonymous_read = true;
  for (const char* host : {"nmgr.test", "NMGR.test:1", "nmgr.test:8646"}) {
    setting.host = host;
    CHECK(setting.Ask("GET", "/").status == 200);
  }
  for (const char* host : {"evil.example", "nmgr.test.evil.example", "127.0.0.1", "[::1]"}) {
    INFO(host);
    setting.host = host;
    CHECK(setting.Ask("GET", "/").status == 421);
    CHECK(setting.Post("/api/v1/sources/homelab/sync").status == 421);
    CHECK(setting.Ask("POST", "/hooks/a").status == 421);
    CHECK(setting.Ask("GET", "/healthz").status == 200);
  }
  setting.access.any_numeric_host = true;
  setting.host = "10.1.2.3:8646";
  CHECK(setting.Ask("GET", "/").status == 200);
  setting.host = "[fe80::1]:8646";
  CHECK(setting.Ask("GET", "/").status == 200);
  setting.host = "evil.example";
  CHECK(setting.Ask("GET", "/").status == 421);
}

TEST_CASE("where to listen is read, and what would show tokens to the network is refused") {
  const nmgr::testing::TempDir folder;
  sync::ServeTable table;
  auto read = ReadListening(table, RealFileSystem());
  REQUIRE(read.has_value());
  CHECK(read->server.address == "127.0.0.1");
  CHECK(read->server.port == 8646);
  CHECK(read->server.limits.per_address == 8);
  CHECK(read->url == "http://127.0.0.1:8646/");
  for (const char* place : {"", "x", "example.org:80", "1.2.3.4", "1.2.3.4:x", "1.2.3.4:70000"}) {
    INFO(place);
    table.listen = place;
    CHECK(ReadListening(table, RealFileSystem()).error().code == ErrorCode::kConfig);
  }
  table.listen = ":8646";
  CHECK(ReadListening(table, RealFileSystem()).error().message.find("clear") != std::string::npos);
  table.behind_proxy = true;
  read = ReadListening(table, RealFileSystem());
  REQUIRE(read.has_value());
  CHECK(read->server.address == "0.0.0.0");
  CHECK(read->server.limits.per_address == 0);
  CHECK(read->access.any_numeric_host);
  table.anonymous_read = true;
  CHECK_FALSE(ReadListening(table, RealFileSystem()).has_value());
  table.behind_proxy = false;
  table.listen = "[::1]:0";
  CHECK(ReadListening(table, RealFileSystem())->server.address == "::1");
  table.tls_cert = "/cert.pem";
  CHECK_FALSE(ReadListening(table, RealFileSystem()).has_value());
}

TEST_CASE("a token file is its owner's alone") {
  const nmgr::testing::TempDir folder;
  sync::ServeTable table;
  table.read_token_file = folder.Write("token", "  0123456789abcdef\n");
  const std::string file(table.read_token_file);
  ::chmod(file.c_str(), 0600);
  CHECK(ReadListening(table, RealFileSystem())->access.read_token == "0123456789abcdef");
  ::chmod(file.c_str(), 0644);
  const auto open = ReadListening(table, RealFileSystem());
  REQUIRE_FALSE(open.has_value());
  CHECK(open.error().message.find("0644") != std::string::npos);
  CHECK(open.error().hint.find("chmod 600 " + file) == 0);
  for (const char* text : {"", "short", "two words of a token", "0123456789abcdef\nmore"}) {
    folder.Write("token", text);
    ::chmod(file.c_str(), 0600);
    INFO(text);
    CHECK_FALSE(ReadListening(table, RealFileSystem()).has_value());
  }
  table.read_token_file = folder.At("absent");
  CHECK_FALSE(ReadListening(table, RealFileSystem()).has_value());
}

}  // namespace
}  // namespace nmgr::serve
