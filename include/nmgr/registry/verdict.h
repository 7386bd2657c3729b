// Whether a tag points at something else than what runs. Pure.
//
// Nobody but the engine on the node knows the digest of what runs, and Nomad does not pass it on:
// it knows the tag. So a verdict says how sure it is, and why.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "nmgr/registry/sightings.h"

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

// One running task.
struct Run {
  std::int64_t started_ns = 0;  // since 1970; 0: not known
  std::int64_t pulled_ns = 0;   // when its image was downloaded before that start; 0: perhaps not
};

// What is known of what runs.
struct Baseline {
  std::string pinned;      // the digest in the reference; "": none
  std::vector<Run> runs;   // of this very reference
  std::string why_no_run;  // where there are none
};

// `digest`: what the tag points at now; `seen`: what it pointed at before, as Sightings has it;
// `created_ns`: when the image of `digest` was made, 0: not known.
//
// It has moved where it was seen to point at something else after a start: an engine can have
// nothing younger than that. It is the same where it was seen to point at this before every start,
// and at nothing else since; that is certain only where the image was downloaded for the start,
// since an engine may have an older image of that tag. Where the tag was not seen early enough, an
// image that says that it was made after a start has likely come after it. Else nobody can say: an
// image that is older may have been brought later.
TagVerdict JudgeTag(const Baseline& baseline, const std::string& digest,
                    const std::vector<Sighting>& seen, std::int64_t created_ns = 0);

}  // namespace nmgr::registry
