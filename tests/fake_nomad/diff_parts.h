// The pieces of Nomad's diff format: fields and objects with a Type, Old and New as text.
// job_diff.h puts them together for a job.
//
// Objects are compared "contextually", as a plan does: one that changed also lists its unchanged
// fields, with Type None.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "fake_nomad/json.h"

namespace nmgr::fake {

using FlatFields = std::map<std::string, std::string>;
using Keys = std::vector<std::string_view>;

// Scalars of `object` as text, and those of its string maps ("Env[PATH]"); nulls, lists and nested
// blocks are left out, as are the members named in `without`.
FlatFields FlattenScalars(const Json& object, const Keys& without = {});

// Every leaf below `value` ("args[0]", "labels[0][x]").
FlatFields FlattenDeep(const Json& value);

// Changed fields by name; with `contextual` all of them. Null, as Nomad has it, if there are none.
Json DiffFields(const FlatFields& before, const FlatFields& after, bool contextual);

struct ObjectShape;

// One member of a block that is itself a block, a list of blocks or a list of strings.
struct ChildShape {
  enum class Kind {
    kScalars,    // a block without blocks of its own: its Type follows from its fields
    kBlock,      // a block that may hold others, or differ in more than its fields
    kFree,       // a config: compared leaf by leaf
    kStrings,    // a set of strings
    kScalarSet,  // blocks without identity: a changed one is one removed and one added, unless `id`
                 // agrees
    kBlocks,     // blocks paired by `id`, or by place where there is no `id`
    kServices,   // services are paired by the most alike of name, port and place
  };
  Kind kind;
  const char* key;
  const char* name;
  Keys without = {};
  Keys id = {};
  const ObjectShape* shape = nullptr;
  bool keep_unchanged = false;  // kStrings: also listed where nothing changed
};

struct ObjectShape {
  Keys without = {};
  std::vector<ChildShape> children = {};
};

// Appends what differs between the children of both blocks (either may be null) to `objects`.
void DiffChildren(const Json& before, const Json& after, const std::vector<ChildShape>& children,
                  Json& objects);

}  // namespace nmgr::fake
