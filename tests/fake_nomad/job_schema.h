// Which blocks and arguments a job spec may have, and where each goes in the JSON of Nomad's API.
// One table for every block; a block or argument that stands in none is a fault of the spec.
#pragma once

#include <vector>

namespace nmgr::fake {

// What an entry holds. The member is always written; where the spec says nothing it is "", 0 or
// false, with kOpt... and everything that is a list or a block null.
enum class Kind {
  kString,
  kOptString,
  kInt,
  kOptInt,
  kBool,
  kOptBool,
  kDuration,  // "1m" or a number of nanoseconds
  kOptDuration,
  kStrings,
  kInts,
  kMap,            // a block of free string arguments
  kMapOrArgument,  // the same, or an argument holding an object
  kMapArgument,    // only as an argument
  kLists,          // a block of free arguments, each a list of strings
  kFree,           // a block of anything ("config")
  kBlock,          // at most one
  kBlocks,         // any number, in order
  kBlockMap,       // labelled, one member for each label
  kConstraints,
  kAffinities,
};

struct BlockSchema;

struct Entry {
  const char* hcl;   // null: not in a spec, only in the JSON
  const char* json;  // beginning with '*': goes elsewhere later (job_spec.cpp)
  Kind kind;
  const BlockSchema* block = nullptr;
  bool required = false;
};

struct BlockSchema {
  const char* label;  // the member that takes the label; null for a block without one
  std::vector<Entry> entries;
};

// The body of a job block.
extern const BlockSchema kJobSchema;

bool IsBlockKind(Kind kind);
bool HasLabel(const Entry& entry);

}  // namespace nmgr::fake
