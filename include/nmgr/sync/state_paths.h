// Where the daemon keeps its state: variables below nmgr/serve/INSTANCE, in one name space.
#pragma once

#include <string>
#include <string_view>

namespace nmgr::sync {

enum class StateKind { kLease, kControl, kSources, kStatus, kJobs, kImages };
std::string_view WordOf(StateKind kind);  // "lease"

std::string StateFolder(std::string_view instance);  // "nmgr/serve/I/"

// "nmgr/serve/I/lease/NAME"; with "" as the name, the prefix of all of that kind. A '.' of a name,
// which no path of a variable may have, stands there as '~', which no name may have.
std::string StatePath(std::string_view instance, StateKind kind, std::string_view name);

// The shard of a variable that is spread over several: "jobs/NAME/0f", "images/07".
std::string ShardPath(const std::string& path, unsigned shard);

// The name behind the prefix of its kind, as StatePath() took it.
std::string NameIn(std::string_view path, std::string_view prefix);

// Whether paths of that instance can be written, whatever the source is called (64 characters).
bool IsInstance(std::string_view name);

}  // namespace nmgr::sync
