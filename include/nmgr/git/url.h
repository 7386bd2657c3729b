// The address of a git repository: "https://host/path", "ssh://user@host:2222/path",
// "user@host:path" (ssh too), "file:///path", and "http://host/path" where that is allowed.
//
// git takes many more forms, of which some run a program ("ext::...") and some are a path of this
// machine; none but these is handed to it.
#pragma once

#include <string>
#include <string_view>

#include "nmgr/base/expected.h"

namespace nmgr::git {

enum class Transport { kHttps, kHttp, kSsh, kFile };

struct Url {
  Transport transport = Transport::kHttps;
  std::string text;  // as it is handed to git
  std::string user;  // "" where it names none
  std::string host;  // lower case, without brackets; "" of a file
  std::string port;  // "" where it names none
  std::string path;  // as it stands there

  // "host" or "host:port", an IPv6 address in brackets: what a credential is bound to.
  std::string Authority() const;
};

// kConfig for anything else, for a host or path that ssh or git would take for an option, for
// blanks and control characters, and for a password in it. The message does not repeat a password.
Expected<Url> ParseUrl(std::string_view text);

// Whether ssh takes the text for a user and for nothing else.
bool IsUserName(std::string_view user);

// For messages, of any text: without user, password and query, controls made visible.
std::string ShownUrl(std::string_view text);

}  // namespace nmgr::git
