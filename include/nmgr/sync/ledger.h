// What the daemon remembers, in Nomad variables that a person can read:
//
//   jobs/NAME/00 … 0f   a job of the source each: "NS/ID" → its verdict, commit, hashes, index,
//   reason status/NAME         the source: commit, phase, counts, the last syncs images/00 … 07 an
//   image reference each → digests; of all sources
//
// All of it may be deleted, filled or scribbled over by anybody with the right. That costs memory,
// is told, and keeps prune from running until the ledger stands again; it never stops a sync.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nmgr/nomad/variable_client.h"
#include "nmgr/sync/ledger_job.h"
#include "nmgr/sync/sharded_variables.h"
#include "nmgr/sync/status.h"

namespace nmgr::sync {

inline constexpr unsigned kJobShards = 16;
inline constexpr unsigned kImageShards = 8;
inline constexpr std::size_t kMostReason = 200;    // bytes
inline constexpr std::size_t kMostStatus = 8'192;  // of status/NAME
inline constexpr std::size_t kMostStatusError = 500;

// "held:drift c=… h=… i=… t=… b=… p=… | the reason"
std::string EncodeLedgerJob(const LedgerJob& job, std::size_t most_reason = kMostReason);
// Nothing for what no version of nmgr wrote.
std::optional<LedgerJob> DecodeLedgerJob(std::string_view text);
std::string EncodeJobKey(const JobKey& key);
std::optional<JobKey> DecodeJobKey(std::string_view text);

// The ledger of one source, of the copy that leads it. Not thread-safe.
class Ledger {
 public:
  // `base`: the path jobs/NAME. `client` must outlive it.
  Ledger(nomad::VariableClient& client, nomad::VariableRef base);

  // At the begin of a reign, after which nothing is known any more that another copy may have
  // changed. After one that ended with an error the next reads what is left: where sixteen
  // variables take longer than `call` may, it is whole in the end.
  SaveReport Load(const nomad::Call& call);
  bool loaded() const { return loaded_; }  // the last Load ended without an error
  // Somebody asks: the next Load looks whether all of it is still there.
  void LookAgain();

  const LedgerJobs& jobs() const { return jobs_; }
  void Put(const JobKey& key, LedgerJob job);
  void Drop(const JobKey& key);

  // At the end of a phase. Writes what changed, reads first what could not be read yet.
  SaveReport Save(const nomad::Call& call);

  // Whether all of it was read or written since anything was wrong with it. Without that nothing is
  // pruned.
  bool stands() const { return stands_; }
  std::size_t MostBytes() const { return variables_.MostBytes(); }

 private:
  // Takes what the variables say; drops, and tells of, what nobody can read.
  void Decode(SaveReport& report);

  ShardedVariables variables_;
  LedgerJobs jobs_;
  bool stands_ = false;
  bool loaded_ = false;
};

// status/NAME. `url`, `leads`, the leader, `next_look` and `paused` are not kept: they are the
// config's, the lease's and the control's. Times to the second.
nomad::VariableItems EncodeStatus(const SourceStatus& status);
// Leaves out what it cannot read.
SourceStatus DecodeStatus(const nomad::VariableItems& items);

// Writes status/NAME where it differs from what stands there in more than its times; a status that
// somebody else wrote or deleted is written over.
class StatusVariable {
 public:
  StatusVariable(nomad::VariableClient& client, nomad::VariableRef ref)
      : client_(client), ref_(std::move(ref)) {}

  // Nothing where there is none. Any copy, and `nmgr sync status`, may read it.
  Expected<std::optional<SourceStatus>> Read(const nomad::Call& call);
  Expected<void> Write(const SourceStatus& status, const nomad::Call& call);
  // Somebody asks: the next Write looks whether it is still there, and writes the times as well.
  void LookAgain() {
    known_ = false;
    times_matter_ = true;
  }

 private:
  nomad::VariableClient& client_;
  nomad::VariableRef ref_;
  bool known_ = false;
  bool times_matter_ = false;
  std::uint64_t index_ = 0;
  nomad::VariableItems stored_;
};

// images/00 … 07: what is known of an image reference.
struct ImageRecord {
  std::string digest;     // that the registry had when it was last asked; "sha256:…"
  std::string baseline;   // that the allocations which run now were started with; ""
  std::string bad;        // with which they did not become healthy; ""
  WallTime seen{};        // the digest, last
  WallTime first_seen{};  // the digest, first; its second is kept
  friend bool operator==(const ImageRecord&, const ImageRecord&) = default;
};
std::string EncodeImage(const ImageRecord& image);
std::optional<ImageRecord> DecodeImage(std::string_view text);

}  // namespace nmgr::sync
