// Output of tasks: /v1/client/fs/logs/:alloc.
#pragma once

#include "fake_nomad/http_types.h"
#include "fake_nomad/json.h"

namespace nmgr::fake {

// A task of the stand-in writes three lines to stdout when it starts, one to stderr, and, if it
// failed, one more there. With `follow` it goes on with a line a tenth of a second for as long as
// somebody reads.
Reply LogReply(const Json& allocation, const Request& request);

}  // namespace nmgr::fake
