// Output of tasks: /v1/client/fs/logs/:alloc.
#pragma once

#include "fake_nomad/http_types.h"
#include "fake_nomad/json.h"
#include "fake_nomad/log_book.h"

namespace nmgr::fake {

// A task of the stand-in writes three lines to stdout when it starts, one to stderr, and, if it
// failed, one more there; the rest is in the book. `follow` never ends by itself.
Reply LogReply(const Json& allocation, const Request& request, LogBook& book);

// POST /fake/log {"allocation", "task", "stream", "data"}: the task writes (data is in base 64).
// With "rotate" it begins a new file first; "forget" removes that many of the oldest; "cut" breaks
// every answer under way.
Reply WriteLogReply(const Json& body, LogBook& book);

}  // namespace nmgr::fake
