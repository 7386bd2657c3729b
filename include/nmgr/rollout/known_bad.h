// Specs of which nmgr has seen that their deployment failed, or was rolled back: `reconcile` does
// not register one again, minute after minute, until it changes. Only an update makes a spec bad
// (what was absent or stopped is nothing that `reconcile` would repeat), and no time limit of ours;
// `up` tries one again, and one that became healthy is bad no longer.
//
// An update is noted when Nomad has taken it, with its index, so that a later run finds the
// deployment of it among those that have failed, where nobody has watched (--detach, a kill).
//
// A file of lines in the state folder, for all addresses, that several processes share. Of a job
// and of its text a line holds keyed hashes only (nmgr/base/keyed_hash.h), the key is a file of its
// own beside it. What is no line of this user's key says nothing.
#pragma once

#include <cstdint>
#include <functional>
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

// Where it is kept which specs are bad. All functions may be called from several threads at once.
class BadSpecs {
 public:
  virtual ~BadSpecs() = default;
  virtual bool Holds(const nomad::JobRef& ref, std::string_view digest) const = 0;
  // JobModifyIndex of the last register of this very text, whether it is bad or not; 0: not known.
  virtual std::uint64_t RegisterOf(const nomad::JobRef& ref, std::string_view digest) const = 0;
  // Of a job the last spec is known. Nomad has taken it, and nobody can say yet what will become of
  // it: what was bad is being tried.
  virtual Expected<void> Try(const nomad::JobRef& ref, std::string_view digest,
                             std::uint64_t index) = 0;
  virtual Expected<void> Add(const nomad::JobRef& ref, std::string_view digest) = 0;
  virtual Expected<void> Remove(const nomad::JobRef& ref) = 0;
};

// In that file.
class KnownBad : public BadSpecs {
 public:
  static constexpr std::size_t kMostLines = 10'000;

  // What is known in that folder; what cannot be read is not known. `clock` must outlive it.
  KnownBad(const Path& state_folder, MemoryPlace place, Clock& clock);

  // Stands for the flat text of a spec while nmgr runs. Nothing of it is kept anywhere.
  static std::string DigestOf(std::string_view flat_text);

  bool Holds(const nomad::JobRef& ref, std::string_view digest) const override;
  std::uint64_t RegisterOf(const nomad::JobRef& ref, std::string_view digest) const override;
  Expected<void> Try(const nomad::JobRef& ref, std::string_view digest,
                     std::uint64_t index) override;
  // On the disk when they return.
  Expected<void> Add(const nomad::JobRef& ref, std::string_view digest) override;
  Expected<void> Remove(const nomad::JobRef& ref) override;

 private:
  struct Mark {
    std::string hash;         // of the text, and whether it is bad
    std::int64_t at = 0;      // seconds since 1970
    std::uint64_t index = 0;  // of the register
  };
  // Without a lock: what is known of the job.
  const Mark* Find(const std::string& subject) const;
  // `mark`: of this subject as it is then known; nothing: it is forgotten.
  using MarkOfJob = std::function<std::optional<Mark>(const std::string& subject)>;
  Expected<void> Change(const nomad::JobRef& ref, const MarkOfJob& mark);
  // With the lock between processes: the key of the folder, or a new one.
  Expected<void> NeedKey();
  Expected<void> Read();
  void Take(std::string_view lines);
  std::string SubjectOf(const nomad::JobRef& ref) const;
  std::string BadHash(std::string_view subject, std::string_view digest) const;
  std::string TriedHash(std::string_view subject, std::string_view digest) const;
  static std::string LineOf(std::string_view subject, const Mark& mark);
  std::string AllLines() const;
  std::int64_t Now() const;

  const Path key_file_;
  const MemoryPlace place_;
  Clock& clock_;
  mutable std::mutex mutex_;
  SharedLog log_;
  std::optional<HashKey> key_;                      // nothing: nobody has marked anything yet
  std::map<std::string, Mark, std::less<>> marks_;  // by subject
  std::size_t lines_ = 0;                           // of the file
};

}  // namespace nmgr::rollout
