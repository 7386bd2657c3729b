#include "nmgr/net/address.h"

#include <catch2/catch.hpp>

#include "nmgr/net/escape.h"

using namespace nmgr::net;

TEST_CASE("text goes into a URL whole and comes back") {
  std::string all;
  for (int c = 1; c < 256; ++c) all += static_cast<char>(c);
  CHECK(PercentDecode(PercentEncode(all)) == all);
  CHECK(PercentEncode("web-1.2_3~x") == "web-1.2_3~x");
  CHECK(PercentEncode("a/b c%?ä") == "a%2Fb%20c%25%3F%C3%A4");
  CHECK(EncodePath("/nomad/a b/%2F%x") == "/nomad/a%20b/%2F%25x");
  CHECK(PercentDecode("%41%zz%4") == "A%zz%4");
}

TEST_CASE("addresses are taken apart") {
  const Address plain = ParseAddress("http://nomad.lan:4646").value();
  CHECK(plain.scheme == "http");
  CHECK(plain.host == "nomad.lan");
  CHECK(plain.port == "4646");
  CHECK(plain.HostAndPort() == "nomad.lan:4646");
  CHECK_FALSE(plain.IsLoopback());
  const Address full = ParseAddress("HTTPS://me:p%40ss@[::1]:443/nomad/").value();
  CHECK(full.scheme == "https");
  CHECK(full.HostAndPort() == "[::1]:443");
  CHECK(full.path_prefix == "/nomad");
  CHECK(full.user == "me");
  CHECK(full.password == "p@ss");
  CHECK(full.IsLoopback());
  CHECK(ParseAddress("http://127.8.0.1").value().IsLoopback());
  CHECK_FALSE(ParseAddress("http://127.example.com").value().IsLoopback());
  CHECK(ParseAddress("unix:///run/nomad.sock").value().socket_path == "/run/nomad.sock");
}

TEST_CASE("an address is shown without user info and control characters") {
  CHECK(WithoutUserInfo("https://me:p@ss@host:1/x") == "https://host:1/x");
  CHECK(WithoutUserInfo("http://host/a@b") == "http://b");
  CHECK(WithoutUserInfo("unix:///a@b") == "unix:///a@b");
  CHECK(WithoutUserInfo("http://host\x1b[2J") == "http://host\\x1b[2J");
}
