// What the stand-in answers instead of the truth, or does to it on its way out.
//
//   METHOD PATHPREFIX WHAT[xTIMES][@SKIP] [retry-after=SECONDS] [for=SECONDS] TEXT
//
// WHAT is a status (with TEXT as body), "close", "hang", "noindex" or "index=VALUE"; "done+" before
// a status or "close" does the request first. See kFaultHelp.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "fake_nomad/http_types.h"

namespace nmgr::fake {

struct Fault {
  std::string method;  // "*" for any
  std::string path_prefix;
  std::map<std::string, std::string> query = {};  // that a request must have
  bool exact = false;                             // the whole path
  int status = 500;
  enum class Kind { kAnswer, kClose, kHang, kIndex } kind = Kind::kAnswer;
  bool done = false;              // after the request was done
  int times = -1;                 // how often yet; -1 for ever
  int skip = 0;                   // how many it passes over first
  std::chrono::seconds lasts{0};  // since the first that it met; 0: for ever
  std::optional<std::chrono::steady_clock::time_point> until = {};
  std::string index = {};        // kIndex: the header's value; "" leaves it out
  std::string retry_after = {};  // header; "" for none
  std::string text;

  // Whether it is meant for `request`, whatever is left of `times`.
  bool Matches(const Request& request) const;
  // The body: TEXT, in which {headers} and {body} stand for what the client sent, and {1000*[} for
  // a thousand of them.
  std::string BodyFor(const Request& request, const std::string& headers) const;
};

extern const char* const kFaultHelp;

// Nothing if `text` is no fault, or one that can never match: a method that Nomad does not know, a
// path that no route of the stand-in has, a route that does not take the method.
std::optional<Fault> ParseFault(const std::string& text);

// The first that is meant for `request` and not used up; counts it.
Fault* TakeFault(std::vector<Fault>& faults, const Request& request);

}  // namespace nmgr::fake
