// Where a channel is.
#pragma once

#include <string>

#include "nmgr/base/expected.h"
#include "nmgr/net/address.h"
#include "nmgr/serve/notify.h"

namespace nmgr::serve {

struct ChannelAddress {
  net::Address address;  // without a path
  std::string target;    // what is posted to
  std::string topic;     // of ntfy: the last part of the path, which is not in `target`
  std::string shown;     // "https://ntfy.lan": the path is a secret of many
};

// kConfig for what is no http:// or https:// URL, and for ntfy without a topic.
Expected<ChannelAddress> ReadChannelAddress(const Channel& channel);

}  // namespace nmgr::serve
