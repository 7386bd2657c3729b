// One blocking read after another: the loop that every wait is made of.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>

#include "nmgr/rollout/wait.h"

namespace nmgr::rollout {

// How long one blocking query may last; the deadline of the wait ends it earlier.
inline constexpr Duration kLongestQuery{60'000};

// What a failed read means for the wait: nothing (ask again), or its end.
std::optional<WaitResult> EndOfWait(const WaitContext& context, const Error& error);

WaitResult EndedBy(WaitEnd end, std::string summary);
WaitResult EndedBy(const Error& error);

// Patient: only the deadline of the wait ends it, not how long a server is away.
inline nomad::Call CallOf(const WaitContext& context) {
  return {context.deadline, context.stop, /*patient=*/true};
}

inline nomad::BlockingQuery QueryAfter(const WaitContext& context, std::uint64_t index,
                                       Duration longest = kLongestQuery) {
  const auto left = std::chrono::duration_cast<Duration>(context.deadline - context.clock.Now());
  return {index, std::clamp(left, Duration{1}, longest)};
}

// Reads with `read(query, call)` until `done(value)` gives an answer. The index of each answer
// makes the next query wait for a change; where it went down (a restored server) the next one
// starts from 0.
template <class T, class Read, class Done>
auto Watch(const WaitContext& context, Read read, Done done)
    -> tl::expected<typename std::invoke_result_t<Done, T&>::value_type, WaitResult> {
  std::uint64_t index = 0;
  int failures = 0;
  while (true) {
    Expected<nomad::Indexed<T>> answer = read(QueryAfter(context, index), CallOf(context));
    if (!answer) {
      if (auto end = EndOfWait(context, answer.error()); end || ++failures > 3) {
        return tl::unexpected<WaitResult>(end ? *std::move(end) : EndedBy(answer.error()));
      }
      continue;
    }
    failures = 0;
    if (auto found = done(answer->value)) return *std::move(found);
    if (context.stop.stop_requested()) {
      return tl::unexpected<WaitResult>(EndedBy(WaitEnd::kInterrupted, ""));
    }
    if (context.clock.Now() >= context.deadline) {
      return tl::unexpected<WaitResult>(EndedBy(WaitEnd::kTimedOut, ""));
    }
    index = answer->index < index ? 0 : std::max<std::uint64_t>(answer->index, 1);
  }
}

}  // namespace nmgr::rollout
