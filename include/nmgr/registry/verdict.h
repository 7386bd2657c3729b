// Whether a tag points at something else than what runs. Pure.
//
// Nobody but the engine on the node knows the digest of what runs, and Nomad does not pass it on:
// it knows the tag. So a verdict says how sure it is, and why.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "nmgr/registry/reference.h"

namespace nmgr::registry {

enum class TagState {
  kSame,     // what runs is what the tag points at
  kMoved,    // the tag points at something else
  kUnknown,  // nobody can say
};

struct TagVerdict {
  TagState state = TagState::kUnknown;
  bool certain = false;  // else likely; says nothing of kUnknown
  std::string reason;    // "it is pinned by its digest"
};

// "moved", "likely moved", "same", "likely same", "unknown".
std::string_view WordsOf(const TagVerdict& verdict);

// What is known of what runs.
struct Baseline {
  std::string pinned;  // the digest in the reference; "": none
};

// `digest`: what the tag points at now.
TagVerdict JudgeTag(const Baseline& baseline, const std::string& digest);

}  // namespace nmgr::registry
