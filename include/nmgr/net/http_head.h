// What a client sends before the body of a request, as far as this server takes it: strictly
// RFC 9112, since whatever two programs read differently lets a request be smuggled past one of
// them. Nothing is mended: a line that is continued on the next one, a blank before a colon, a bare
// line feed, two lengths, a length beside an encoding, an encoding other than "chunked" are
// refused.
//
// All functions are pure (tests/fuzz/http_head.cpp).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

namespace nmgr::net {

// In the order in which they came; names in small letters.
class Headers {
 public:
  void Add(std::string name, std::string value) {
    fields_.emplace_back(std::move(name), std::move(value));
  }
  // The first of this name (in small letters); "" where there is none.
  std::string_view Get(std::string_view name) const;
  bool Has(std::string_view name) const;
  std::size_t CountOf(std::string_view name) const;
  const std::vector<std::pair<std::string, std::string>>& fields() const { return fields_; }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

// A path taken apart and decoded: "/jobs/default/a%2Fb?x=1" has the segments "jobs", "default" and
// "a/b". A final slash is an empty last segment.
struct Target {
  std::vector<std::string> segments;
  std::vector<std::pair<std::string, std::string>> query;

  // The first of this name; nothing where there is none.
  std::optional<std::string_view> Query(std::string_view name) const;
};

// Of the form "/path?query". Nothing for what is no such target: an escape that is none, an encoded
// or bare control character, a segment "." or ".." in whatever writing, an empty segment in the
// middle, bytes that are no UTF-8 once decoded.
std::optional<Target> ParseTarget(std::string_view text);

struct RequestHead {
  std::string method;  // as sent, case matters
  std::string target;  // "/path?query", also where the client sent the absolute form
  Target parts;        // of the target
  std::string host;    // in small letters, without its port; "" only of HTTP/1.0
  Headers headers;
  std::string peer;  // the address at the other end of the connection
  bool keep_alive = false;
  bool chunked = false;
  bool expects_continue = false;
  std::optional<std::uint64_t> content_length;

  bool HasBody() const { return chunked || content_length.value_or(0) > 0; }
};

// Why a request is not taken: the status to answer with and words for the client.
struct HeadFault {
  int status = 400;
  std::string_view words;
};

inline constexpr std::size_t kMostHeadLines = 100;

// Whether `bytes` can still become a head, told as soon as it cannot: a first line that is none
// (HTTP/0.9, the preface of HTTP/2, a TLS handshake), a bare line feed, a control character.
// Nothing as long as it can.
std::optional<HeadFault> EarlyFault(std::string_view bytes);

// The length of the head at the start of `bytes` with its blank line; 0 while it is not complete.
std::size_t HeadLength(std::string_view bytes);

// Of one whole head with its blank line.
tl::expected<RequestHead, HeadFault> ReadHead(std::string_view head);

}  // namespace nmgr::net
