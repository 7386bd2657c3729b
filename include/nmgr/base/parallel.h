// Bounded parallelism over independent items; results keep the order of the items, so that output
// never depends on timing.
#pragma once

#include <cstddef>
#include <functional>
#include <stop_token>

namespace nmgr {

// Calls body(0) ... body(count-1), at most `threads` at a time (0: one per core), and returns when
// all are done. Items are started in order; after a stop request no further one is, and the caller
// has to look at the token. `body` must not throw. With one item or thread it runs in the caller's
// own thread, and where the system allows no more threads, in those that there are.
void ParallelFor(std::size_t count, std::size_t threads,
                 const std::function<void(std::size_t)>& body, const std::stop_token& stop = {});

}  // namespace nmgr
