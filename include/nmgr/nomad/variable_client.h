// Nomad's variables and the locks on them: small maps of strings under a path, of one name space,
// kept encrypted in Nomad's own state.
//
// What a caller must know of them (Nomad 1.7 to 2.0):
//   - A write replaces all items. Each is an entry of the Raft log as large as the variable, also
//     where nothing changed (the index moves all the same): write only what changed.
//   - The sizes of all keys and values together must not pass kMostVariableBytes.
//   - Every write here is a check-and-set. Namespace "*" is refused for all but lists. A write into
//     a name space that does not exist is done.
//   - A lock fences nothing but its own variable. Nomad lets one live for twice its TTL after the
//     last renewal, then for its delay; whoever holds it must think it lost after one TTL.
//   - Who holds a lock is told to nobody: it has to stand in the items. Its ID is no secret.
//   - A plain write that bears a lock's ID, on a variable that is not locked (any more), locks it
//     for ever. So the ID goes into AcquireLock, RenewLock and ReleaseLock only, a locked variable
//     is written by AcquireLock alone, and there is no other way here.
//   - Acquiring again with one's own ID does not restart the TTL: renew.
//   - A refused acquire costs an entry of the Raft log: never poll. The end of a lock (release, TTL
//     and delay over) moves the index of its variable, so a blocking ReadVariable wakes at once.
//
// Errors are those of nomad/client.h, with more beside them (VariableRefusal). Of a write whose
// answer was lost (`in_doubt`) the index tells: read the variable again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "nmgr/nomad/client.h"

namespace nmgr::nomad {

inline constexpr std::size_t kMostVariableBytes = 65'536;

using VariableItems = std::map<std::string, std::string>;

// What Nomad counts against kMostVariableBytes.
std::size_t BytesOf(const VariableItems& items);

// Up to 128 of letters, digits, "-", "_", "~" and "/", below no path that Nomad keeps for itself.
// No dots and no blanks. Nomad's own check lets an empty segment pass that no URL carries.
bool IsVariablePath(std::string_view path);

// An empty name space or region means: as the connection is set.
struct VariableRef {
  std::string path;
  std::string name_space = {};
  std::string region = {};
};

struct VariableInfo {
  std::string path;
  std::string name_space;
  std::uint64_t create_index = 0;
  std::uint64_t modify_index = 0;
  std::int64_t modify_time_ns = 0;  // since 1970
};

struct Variable {
  VariableInfo info;
  VariableItems items;
};

struct VariableRefusal : Error {
  // kConflict of a check-and-set: the index that the variable has instead; 0 where there is none,
  // or somebody holds a lock on it.
  std::uint64_t current_index = 0;
  // The variable would be larger than kMostVariableBytes; nothing was written (kRejected).
  bool too_large = false;
};

template <class T>
using VariableResult = tl::expected<T, VariableRefusal>;

// Nomad takes 10 s to 24 h for the TTL; a delay of 0 means 15 s.
struct LockTerms {
  Duration ttl{15'000};
  Duration delay{5'000};
  // Of the lock that the caller holds: its items are replaced, its time goes on as it was.
  std::string own_id = {};
};

// Whether a write that failed so may be made anew once the variable was read again: somebody else
// wrote meanwhile, or the answer was lost.
inline bool MayWriteAgain(const Error& error) {
  return error.code == ErrorCode::kConflict || error.in_doubt;
}

class VariableClient {
 public:
  virtual ~VariableClient() = default;

  // GET /v1/vars?prefix=, all pages. What the token may not list is left out without a word, so
  // absence proves nothing. The index is that of the whole table: any write of any variable, and
  // any deletion, wakes a blocking query.
  virtual Expected<Indexed<std::vector<VariableInfo>>> ListVariables(const VariableRef& prefix,
                                                                     const BlockingQuery& query,
                                                                     const Call& call) = 0;

  // GET /v1/var/:path; nothing where there is none, with the index to wait on until there is one.
  virtual Expected<Indexed<std::optional<Variable>>> ReadVariable(const VariableRef& ref,
                                                                  const BlockingQuery& query,
                                                                  const Call& call) = 0;

  // PUT /v1/var/:path?cas=. `index`: the ModifyIndex it must have; 0: it must not exist.
  virtual VariableResult<VariableInfo> WriteVariable(const VariableRef& ref,
                                                     const VariableItems& items,
                                                     std::uint64_t index, const Call& call) = 0;

  // DELETE /v1/var/:path?cas=. Done, too, where there is none.
  virtual VariableResult<void> DeleteVariable(const VariableRef& ref, std::uint64_t index,
                                              const Call& call) = 0;

  // PUT /v1/var/:path?lock-acquire: makes the variable where there is none, replaces its items, and
  // gives the ID of the lock. kConflict: somebody holds it, or its delay is not over.
  virtual VariableResult<std::string> AcquireLock(const VariableRef& ref,
                                                  const VariableItems& items,
                                                  const LockTerms& terms, const Call& call) = 0;

  // PUT ?lock-renew. kConflict, kNotFound: it is lost, for good.
  virtual VariableResult<void> RenewLock(const VariableRef& ref, const std::string& id,
                                         const Call& call) = 0;

  // PUT ?lock-release: the next may acquire it at once. The items stay. kConflict, kNotFound: it
  // was not held.
  virtual VariableResult<void> ReleaseLock(const VariableRef& ref, const std::string& id,
                                           const Call& call) = 0;
};

}  // namespace nmgr::nomad
