// /v1/event/stream: newline-delimited JSON, one line for each index.
#pragma once

#include "fake_nomad/http_types.h"
#include "fake_nomad/store.h"

namespace nmgr::fake {

// `topic=Job:web`, `topic=Job`, `topic=*` (repeated), `namespace`, `index`: events from that index
// on, as far as the store still has them; without an index only new ones. The store must outlive
// the reply.
Reply EventStreamReply(const Store& store, const Request& request);

}  // namespace nmgr::fake
