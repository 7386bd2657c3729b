// One blocking read after another: the loop that every wait is made of.
//
// Only the wait's own limit ends it, or an answer about the job itself (it is gone, the token may
// not read it). A server that is away, a web page, a wrong answer: asked again. What it asks is
// bounded whatever the server does (nmgr/rollout/pace.h).
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>

#include "nmgr/rollout/pace.h"
#include "nmgr/rollout/wait.h"

namespace nmgr::rollout {

// How long one blocking query may last; the deadline of the wait ends it earlier.
inline constexpr Duration kLongestQuery{60'000};

// Whether a read that failed so ends the wait, and how; nothing: ask again.
std::optional<WaitResult> EndOfWait(const WaitContext& context, const Error& error);

WaitResult EndedBy(WaitEnd end, std::string summary);
WaitResult EndedBy(const Error& error);

// Says once for each run of failures that Nomad does not answer as it should; `last` is the fault
// told of.
void TellFault(const WaitContext& context, const Error& error, std::string& last);
// Where the limit passed while Nomad could not be asked, that is the reason.
void NameFault(const std::string& last, WaitResult& end);

// Patient: only the deadline of the wait ends it, not how long a server is away.
inline nomad::Call CallOf(const WaitContext& context) {
  return {context.deadline, context.stop, nomad::Patience::kWait};
}

// For a single read or write between two waits. It outlives a server's restart as they do.
inline nomad::Call CallOnce(const WaitContext& context) {
  return {context.deadline, context.stop, nomad::Patience::kServed};
}

// For settling what became of a write whose answer was lost, which takes its time even at the end.
inline nomad::Call SecondLook(const WaitContext& context) {
  constexpr Duration kLeast{30'000};
  return {std::max(context.deadline, context.clock.Now() + kLeast), context.stop,
          nomad::Patience::kServed};
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
  Pace pace(context.clock, context.deadline, context.stop);
  std::string last_fault;
  while (true) {
    pace.Asking();
    Expected<nomad::Indexed<T>> answer = read(QueryAfter(context, pace.index()), CallOf(context));
    if (answer) {
      last_fault.clear();
      if (auto found = done(answer->value)) return *std::move(found);
      pace.After(answer->index, answer->has_index);
    } else {
      if (auto end = EndOfWait(context, answer.error())) {
        const bool says_why = answer.error().code != ErrorCode::kTimedOut;
        if (says_why) last_fault = answer.error().message;
        if (end->end == WaitEnd::kTimedOut) NameFault(last_fault, *end);
        return tl::unexpected<WaitResult>(*std::move(end));
      }
      TellFault(context, answer.error(), last_fault);
      pace.AfterFailure();
    }
    if (context.stop.stop_requested()) {
      return tl::unexpected<WaitResult>(EndedBy(WaitEnd::kInterrupted, ""));
    }
    if (context.clock.Now() >= context.deadline) {
      WaitResult end = EndedBy(WaitEnd::kTimedOut, "");
      NameFault(last_fault, end);
      return tl::unexpected<WaitResult>(std::move(end));
    }
  }
}

// One answer to read(query, call), whatever it is.
template <class T, class Read>
tl::expected<T, WaitResult> Ask(const WaitContext& context, Read read) {
  return Watch<T>(context, read, [](T& value) { return std::optional<T>(std::move(value)); });
}

}  // namespace nmgr::rollout
