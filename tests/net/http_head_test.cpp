// Heads of requests: what is taken, and that everything two readers could read differently is not.
#include "nmgr/net/http_head.h"

#include <catch2/catch.hpp>

namespace nmgr::net {
namespace {

std::string HeadWith(const std::string& lines, const std::string& first = "GET / HTTP/1.1") {
  return first + "\r\nHost: a\r\n" + lines + "\r\n";
}

int StatusOf(const std::string& bytes) {
  if (const auto fault = EarlyFault(bytes)) return fault->status;
  const auto head = ReadHead(bytes);
  return head ? 0 : head.error().status;
}

TEST_CASE("a head is read") {
  const auto head = ReadHead(
      "POST /api/v1/jobs/default/a%2Fb?x=1&y=a+b%21 HTTP/1.1\r\nHost: Nmgr.Example:8646\r\n"
      "Content-Length:  12 \r\nX-Two: a\r\nx-two: b\r\nExpect: 100-Continue\r\n\r\n");
  REQUIRE(head);
  CHECK(head->method == "POST");
  CHECK(head->host == "nmgr.example");
  CHECK(head->parts.segments == std::vector<std::string>{"api", "v1", "jobs", "default", "a/b"});
  CHECK(head->parts.Query("x") == "1");
  CHECK(head->parts.Query("y") == "a b!");
  CHECK_FALSE(head->parts.Query("z").has_value());
  CHECK(head->headers.Get("x-two") == "a");
  CHECK(head->headers.CountOf("x-two") == 2);
  CHECK(head->content_length == 12);
  CHECK(head->expects_continue);
  CHECK(head->keep_alive);
}

TEST_CASE("connections stay open as their version and their head say") {
  CHECK(ReadHead("GET / HTTP/1.1\r\nHost: a\r\n\r\n")->keep_alive);
  CHECK_FALSE(ReadHead(HeadWith("Connection: x, Close\r\n"))->keep_alive);
  CHECK_FALSE(ReadHead("GET / HTTP/1.0\r\n\r\n")->keep_alive);
  CHECK_FALSE(ReadHead("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")->keep_alive);
}

TEST_CASE("what two readers could read differently is refused") {
  struct Row {
    std::string bytes;
    int status;
  };
  const std::vector<Row> rows = {
      {HeadWith("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), 400},
      {HeadWith("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), 400},
      {HeadWith("Content-Length: 5\r\nContent-Length: 5\r\n"), 400},
      {HeadWith("Content-Length: 5\r\nContent-Length: 6\r\n"), 400},
      {HeadWith("Content-Length: 5, 5\r\n"), 400},
      {HeadWith("Content-Length: +5\r\n"), 400},
      {HeadWith("Content-Length: -1\r\n"), 400},
      {HeadWith("Content-Length: 0x5\r\n"), 400},
      {HeadWith("Content-Length:\r\n"), 400},
      {HeadWith("Content-Length: 99999999999999999999999\r\n"), 413},
      {HeadWith("Transfer-Encoding: gzip, chunked\r\n"), 501},
      {HeadWith("Transfer-Encoding: xchunked\r\n"), 501},
      {HeadWith("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"), 400},
      {HeadWith("Transfer-Encoding: \x0b"
                "chunked\r\n"),
       400},
      {"GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {HeadWith("X: a\r\n b\r\n"), 400},
      {HeadWith("X: a\r\n\tb\r\n"), 400},
      {"GET / HTTP/1.1\r\n Host: a\r\nHost: a\r\n\r\n", 400},
      {HeadWith("X : a\r\n"), 400},
      {HeadWith(": a\r\n"), 400},
      {HeadWith("no colon\r\n"), 400},
      {HeadWith("X: a\nY: b\r\n"), 400},
      {HeadWith("X: a\rY: b\r\n"), 400},
      {HeadWith(std::string("X: a\0b\r\n", 8)), 400},
      {"GET / HTTP/1.1\n\n", 400},
      {"GET /\r\n", 400},
      {"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET / HTTP/1.1 \r\nHost: a\r\n\r\n", 400},
      {"GET /\tHTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET / http/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET / HTTP/1.2\r\nHost: a\r\n\r\n", 505},
      {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
      {"\x16\x03\x01\x02", 400},
      {"G(T / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: me@a\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: \r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a:b\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", 400},
      {HeadWith("", "CONNECT a:80 HTTP/1.1"), 400},
      {HeadWith("", "GET * HTTP/1.1"), 400},
      {HeadWith("", "GET http://b/ HTTP/1.1"), 400},
      {HeadWith("", "GET ftp://a/ HTTP/1.1"), 400},
      {HeadWith("", "GET /a\xc3\xa9 HTTP/1.1"), 400},
      {HeadWith("", "GET /a#b HTTP/1.1"), 400},
      {HeadWith("Expect: a cookie\r\n"), 417},
  };
  for (const Row& row : rows) {
    INFO(row.bytes);
    CHECK(StatusOf(row.bytes) == row.status);
  }
}

TEST_CASE("the absolute form is taken where it names the Host") {
  const auto head = ReadHead(HeadWith("", "GET http://A/x?y=1 HTTP/1.1"));
  REQUIRE(head);
  CHECK(head->target == "/x?y=1");
  CHECK(ReadHead(HeadWith("", "GET http://a HTTP/1.1"))->target == "/");
  CHECK(ReadHead(HeadWith("", "GET http://a?x=1 HTTP/1.1"))->parts.Query("x") == "1");
}

TEST_CASE("too many lines are told from wrong ones") {
  std::string lines;
  for (int i = 0; i < 101; ++i) lines += "X: a\r\n";
  CHECK(StatusOf(HeadWith(lines)) == 431);
}

TEST_CASE("a head has ended at its first blank line") {
  CHECK(HeadLength("GET / HTTP/1.1\r\nHost: a\r\n") == 0);
  CHECK(HeadLength("GET / HTTP/1.1\r\nHost: a\r\n\r\nrest") == 27);
  CHECK(HeadLength("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\nrest") == 29);
  CHECK(ReadHead("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n").has_value());
}

TEST_CASE("paths are what they say, or nothing") {
  for (const char* text :
       {"", "x", "//x", "/a//b", "/.", "/..", "/a/../b", "/%2e%2e/x", "/%2E/", "/%", "/%4", "/%zz",
        "/%00", "/a%0a", "/%ff", "/x?a=%", "/x?a=%00", "/x#y"}) {
    INFO(text);
    CHECK_FALSE(ParseTarget(text).has_value());
  }
  CHECK(ParseTarget("/")->segments == std::vector<std::string>{""});
  CHECK(ParseTarget("/a/")->segments == std::vector<std::string>{"a", ""});
  CHECK(ParseTarget("/%C3%A9/%2F")->segments == std::vector<std::string>{"\u00e9", "/"});
  CHECK(ParseTarget("/x?a&b=&=c")->query ==
        std::vector<std::pair<std::string, std::string>>{{"a", ""}, {"b", ""}});
}

}  // namespace
}  // namespace nmgr::net
