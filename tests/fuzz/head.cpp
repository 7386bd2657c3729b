// The head of a request to the server, and its target: whatever the bytes, what is read says one
// thing, and can be said again. The first byte chooses the reader.
#include <algorithm>
#include <string>

#include "fuzz/fuzz.h"
#include "nmgr/net/escape.h"
#include "nmgr/net/http_head.h"

namespace nmgr::fuzz {
namespace {

bool HoldsControls(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](unsigned char c) { return (c < ' ' && c != '\t') || c == 0x7fU; });
}

void CheckTarget(const net::Target& target) {
  std::string again;
  for (const std::string& segment : target.segments) {
    Require(!HoldsControls(segment), "a segment with a control character");
    Require(segment != "." && segment != "..", "a segment that leads elsewhere");
    again += "/" + net::PercentEncode(segment);
  }
  char mark = '?';
  for (const auto& [name, value] : target.query) {
    Require(!HoldsControls(name) && !HoldsControls(value), "a query with a control character");
    again += mark + net::PercentEncode(name) + "=" + net::PercentEncode(value);
    mark = '&';
  }
  const auto read = net::ParseTarget(again);
  Require(read.has_value(), "a target that cannot be said again");
  Require(read->segments == target.segments && read->query == target.query,
          "a target that says something else");
}

void CheckHead(std::string_view text) {
  const std::size_t length = net::HeadLength(text);
  Require(length <= text.size(), "a head longer than what has come");
  const std::string_view bytes = length == 0 ? text : text.substr(0, length);
  for (const std::size_t some : {bytes.size() / 3, bytes.size() / 2}) {
    Require(!net::EarlyFault(bytes.substr(0, some)) || net::EarlyFault(bytes),
            "a beginning that is refused of what is taken");
  }
  if (length == 0) return;
  const auto head = net::ReadHead(bytes);
  if (!head) {
    Require(head.error().status >= 400 && head.error().status < 600, "a refusal without a status");
    return Require(!head.error().words.empty(), "a refusal without words");
  }
  Require(!net::EarlyFault(bytes), "taken and refused");
  Require(!(head->chunked && head->content_length), "two lengths");
  Require(head->target.starts_with('/'), "a target that is no path");
  Require(head->headers.fields().size() <= net::kMostHeadLines, "too many lines");
  for (const auto& [name, value] : head->headers.fields()) {
    Require(!name.empty() && !HoldsControls(name) && !HoldsControls(value), "a line that is none");
  }
  CheckTarget(head->parts);
}

}  // namespace

void Head(std::string_view text) {
  if (text.empty()) return;
  if (text.front() != 't') return CheckHead(text);
  if (const auto target = net::ParseTarget(text.substr(1))) CheckTarget(*target);
}

}  // namespace nmgr::fuzz
