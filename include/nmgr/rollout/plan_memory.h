// What nmgr remembers between two runs: that a job showed no difference from its spec.
//
// Nomad moves a job's JobModifyIndex, and gives it another SubmitTime, whenever somebody registers,
// scales, stops, starts or reverts it. As long as these stand and the flat text of the spec is the
// same, the plan that found no difference need not be made again. That alone is remembered, with
// what the job document says of versions and counts, which stands with its index; never a state and
// never a placement: those are judged anew in each run, from what runs (rollout/evidence.h).
//
// One file of lines in the cache folder, for all addresses. Of a job and of its text a line holds
// keyed hashes only; the key is a file of its own in the state folder. The last word of a line is
// the hash of everything that it says, the text, this build of nmgr and the address included, so
// that a line which is another build's, somebody else's, cut short or changed is no line. What
// cannot be read or written is no memory, and never an error.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "nmgr/base/clock.h"
#include "nmgr/base/keyed_hash.h"
#include "nmgr/nomad/types.h"

namespace nmgr::rollout {

// What was found to be the same: the images of the job (`reconcile`), or all that a plan compares.
enum class Sameness { kImages, kPlan };

// Where the jobs are, and who asked. `name_space` and `region` are what a job without its own has.
struct MemoryPlace {
  std::string address;
  std::string region;
  std::string name_space;
  std::string build;  // of nmgr: another one may make another plan of the same text
};

// One text for all names of the same job, for hashes of it.
std::string SubjectText(const MemoryPlace& place, const nomad::JobRef& ref);
// As much of such a hash as tells jobs apart.
inline constexpr std::size_t kSubjectDigits = 32;

// The job document that was compared.
struct RememberedJob {
  std::uint64_t job_modify_index = 0;
  std::uint64_t create_index = 0;
  std::int64_t submit_time_ns = 0;
  std::uint64_t version = 0;
  std::vector<int> counts;  // of its groups, in the order of their names

  static RememberedJob Of(const nomad::Job& job);
  // Whether a row of the list is of the very same register.
  bool IsStill(const nomad::JobSummary& row) const;
};

// May be used from several threads at once.
class PlanMemory {
 public:
  static constexpr std::int64_t kLifetime = 24 * 60 * 60;  // seconds
  static constexpr std::size_t kMostLines = 20'000;
  static constexpr std::uint64_t kMaxBytes = 8U << 20U;

  // The memory of this user; an empty one where there is none. It is kept by Save() unless a folder
  // is "". `clock` must outlive it.
  static std::unique_ptr<PlanMemory> Open(const Path& cache_folder, const Path& state_folder,
                                          MemoryPlace place, Clock& clock);

  // Without files: knows what `text` says to who has the key.
  PlanMemory(HashKey key, MemoryPlace place, Clock& clock, std::string_view text = {});

  // Whether nothing can be recalled.
  bool empty() const;

  // The document of which this was found for this very text of the spec.
  std::optional<RememberedJob> Recall(Sameness what, const nomad::JobRef& ref,
                                      std::string_view text) const;
  // Not for a job of which Nomad does not say when it was registered.
  void Remember(Sameness what, const nomad::JobRef& ref, std::string_view text,
                const nomad::Job& job);
  // A difference was found.
  void Forget(Sameness what, const nomad::JobRef& ref);

  // Writes what is new, beside what other runs have written meanwhile.
  void Save();
  // The lines of the file, each with its end.
  std::string Text() const;

 private:
  struct Line {
    std::int64_t at = 0;  // seconds since 1970
    RememberedJob job;
    std::string proof;
  };
  using Lines = std::map<std::string, Line, std::less<>>;  // by hash of what it is about

  Lines Parse(std::string_view text) const;
  static std::optional<Line> ParseLine(std::string_view text, std::string& subject);
  void Merge(std::string_view text);
  std::string SubjectOf(Sameness what, const nomad::JobRef& ref) const;
  std::string ProofOf(std::string_view subject, const Line& line, std::string_view text) const;
  bool IsFresh(const Line& line) const;
  std::int64_t Now() const;

  const HashKey key_;
  const MemoryPlace place_;
  Clock& clock_;
  Path file_;      // "": not kept
  Path key_file_;  // "": the key is there already
  mutable std::mutex mutex_;
  Lines lines_;
  std::set<std::string, std::less<>> changed_;  // subjects of this run
};

}  // namespace nmgr::rollout
