// Specs of which nmgr has seen that their deployment failed, or was rolled back: `reconcile` does
// not register one again, minute after minute, until it changes. Only an update makes a spec bad
// (what was absent or stopped is nothing that `reconcile` would repeat), and no time limit of ours;
// `up` tries one again, and one that became healthy is bad no longer.
//
// A file of lines in the state folder, for all addresses, that several processes share. Of a job
// and of its text a line holds keyed hashes only (nmgr/base/keyed_hash.h), the key is a file of its
// own beside it. What is no line of this user's key says nothing.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "nmgr/base/clock.h"
#include "nmgr/base/keyed_hash.h"
#include "nmgr/base/shared_log.h"
#include "nmgr/nomad/types.h"
#include "nmgr/rollout/plan_memory.h"

namespace nmgr::rollout {

// All functions may be called from several threads at once.
class KnownBad {
 public:
  static constexpr std::size_t kMostLines = 10'000;

  // What is known in that folder; what cannot be read is not known. `clock` must outlive it.
  KnownBad(const Path& state_folder, MemoryPlace place, Clock& clock);

  // Stands for the flat text of a spec while nmgr runs. Nothing of it is kept anywhere.
  static std::string DigestOf(std::string_view flat_text);

  bool Holds(const nomad::JobRef& ref, std::string_view digest) const;
  // On the disk when they return. A job has one bad spec at most, the last one.
  Expected<void> Add(const nomad::JobRef& ref, std::string_view digest);
  Expected<void> Remove(const nomad::JobRef& ref);

 private:
  Expected<void> Change(const nomad::JobRef& ref, const std::string* digest);
  // With the lock between processes: the key of the folder, or a new one.
  Expected<void> NeedKey();
  Expected<void> Read();
  void Take(std::string_view lines);
  std::string SubjectOf(const nomad::JobRef& ref) const;
  std::string MarkOf(std::string_view subject, std::string_view digest) const;
  std::string AllLines() const;

  const Path key_file_;
  const MemoryPlace place_;
  Clock& clock_;
  mutable std::mutex mutex_;
  SharedLog log_;
  std::optional<HashKey> key_;  // nothing: nobody has marked anything yet
  struct Mark {
    std::string hash;
    std::int64_t at = 0;  // seconds since 1970
  };
  std::map<std::string, Mark, std::less<>> marks_;  // by subject
  std::size_t lines_ = 0;                           // of the file
};

}  // namespace nmgr::rollout
