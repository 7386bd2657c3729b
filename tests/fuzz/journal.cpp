// The journal of a run with any text as its file: read without harm, and a kill that leaves only
// the beginning of it changes nothing of what the whole lines before it say.
#include <algorithm>
#include <string>

#include "fuzz/fuzz.h"
#include "nmgr/rollout/past_run.h"

namespace nmgr::fuzz {

void Journal(std::string_view text) {
  const auto run = rollout::ReadRun(text);
  const std::size_t last = text.rfind('\n');
  const auto shorter = rollout::ReadRun(text.substr(0, text.size() / 2));
  if (!run) return;
  Require(rollout::IsRunId(run->head.id), "a run without a name");
  if (shorter) {
    Require(shorter->jobs.size() <= run->jobs.size(), "a part holds more than the whole");
  }
  if (last == std::string_view::npos) return;
  const std::string cut = std::string(text.substr(0, last + 1)) + "{\"wrote\":1,\"aft";
  const auto again = rollout::ReadRun(cut);
  Require(again.has_value(), "half a line makes it unreadable");
}

}  // namespace nmgr::fuzz
