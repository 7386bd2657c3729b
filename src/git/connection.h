// What an Access comes to for one run of git that talks to a server: the arguments and variables
// that carry the credential, and what hides it again in what git and the server say.
//
// Files are read each time, so that a key or token may be changed while the program runs. A token
// goes through the environment of the child (GIT_CONFIG_COUNT), bound to the address, where no
// other user can read it; a key by its path.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "nmgr/base/expected.h"
#include "nmgr/base/file_system.h"
#include "nmgr/base/secrets.h"
#include "nmgr/git/mirror.h"
#include "nmgr/git/url.h"

namespace nmgr::git {

struct Connection {
  Url url;
  std::vector<std::string> settings;   // "name=value", for -c
  std::vector<std::string> variables;  // "NAME=VALUE"
  std::string transports;              // for GIT_ALLOW_PROTOCOL
  std::shared_ptr<Redactor> secrets = std::make_shared<Redactor>();
};

// kConfig where the Access cannot be, as Mirror::Check.
Expected<Connection> Connect(const Access& access, FileSystem& files);

}  // namespace nmgr::git
