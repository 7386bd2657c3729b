#include "nmgr/registry/verdict.h"

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

TagVerdict JudgeTag(const Baseline& baseline, const std::string& digest) {
  if (!baseline.pinned.empty()) {
    return {baseline.pinned == digest ? TagState::kSame : TagState::kMoved, true,
            "the image is pinned by its digest"};
  }
  return {TagState::kUnknown, false, "what runs is known by its tag alone"};
}

}  // namespace nmgr::registry
