#include "nmgr/registry/verdict.h"

#include <algorithm>

namespace nmgr::registry {

std::string_view WordsOf(const TagVerdict& verdict) {
  switch (verdict.state) {
    case TagState::kSame:
      return verdict.certain ? "same" : "likely same";
    case TagState::kMoved:
      return verdict.certain ? "moved" : "likely moved";
    case TagState::kUnknown:
      break;
  }
  return "unknown";
}

TagVerdict JudgeTag(const Baseline& baseline, const std::string& digest,
                    const std::vector<Sighting>& seen, std::int64_t created_ns) {
  if (!baseline.pinned.empty()) {
    return {baseline.pinned == digest ? TagState::kSame : TagState::kMoved, true,
            "the image is pinned by its digest"};
  }
  if (baseline.runs.empty()) return {TagState::kUnknown, false, baseline.why_no_run};
  const auto earliest =
      std::min_element(baseline.runs.begin(), baseline.runs.end(),
                       [](const Run& a, const Run& b) { return a.started_ns < b.started_ns; });
  const std::int64_t start = earliest->started_ns;
  if (start == 0) return {TagState::kUnknown, false, "nobody knows when it was started"};
  const auto last_other = std::find_if(seen.rbegin(), seen.rend(),
                                       [&](const Sighting& one) { return one.digest != digest; });
  const auto first_same = std::find_if(seen.begin(), seen.end(),
                                       [&](const Sighting& one) { return one.digest == digest; });
  const bool was_before = first_same != seen.end() && last_other != seen.rend() &&
                          first_same->first_ns < last_other->first_ns;
  if (last_other != seen.rend() && last_other->last_ns > start) {
    return {TagState::kMoved, !was_before,
            "the tag pointed at something else when this ran already"};
  }
  if (first_same != seen.end() && !was_before && first_same->first_ns <= start) {
    const bool pulled =
        std::all_of(baseline.runs.begin(), baseline.runs.end(), [&](const Run& run) {
          return run.pulled_ns != 0 && run.pulled_ns >= first_same->first_ns;
        });
    return {TagState::kSame, pulled, "the tag pointed at the same before this was started"};
  }
  if (created_ns > start) {
    return {TagState::kMoved, false,
            "the image that the tag points at was made after this was started"};
  }
  return {
      TagState::kUnknown, false,
      "nobody has asked about the tag before this was started; what runs is known by tag alone"};
}

}  // namespace nmgr::registry
