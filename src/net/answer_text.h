// Answers as bytes.
#pragma once

#include <string>

#include "nmgr/base/clock.h"
#include "nmgr/net/server.h"

namespace nmgr::net {

// What the head of an answer says beside the handler's headers.
struct AnswerForm {
  bool keep_alive = false;
  bool is_head = false;  // the request was HEAD: the length of a body that does not follow
  WallTime now;
};

// The head with its blank line; of a stream without a length, since the end of the connection is
// its end. Line ends in a header's name or value become blanks.
std::string AnswerHead(const Response& response, const AnswerForm& form);

// A short answer in plain words.
Response PlainAnswer(int status, std::string_view words);

// "Sun, 06 Nov 1994 08:49:37 GMT"
std::string HttpDate(WallTime time);

}  // namespace nmgr::net
