// The record of what `down` stopped, so that `up --restore` brings back exactly that.
//
// One file of JSON lines for each address, region and base directory in the state folder. The first
// line names what it belongs to, each further one is a change:
//
//   {"record":"stopped jobs","address":"http://127.0.0.1:4646","region":"","base_dir":"/home/me"}
//   {"stopped":"web","namespace":"default","region":"","at":"2026-11-21T04:11:25.123456Z"}
//   {"started":"web","namespace":"default","region":"","at":"2026-11-21T05:00:00.000000Z"}
//
// A job enters before it is stopped, so that a crash in between cannot lose it, and leaves when it
// is started again. A dry run never writes here. A change costs one line, made under a lock between
// processes (base/shared_log.h); when most lines say nothing any more, the file is made anew.
//
// Before there were lines, a record was one JSON document (HASH.json); the first change takes it
// over and removes it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "nmgr/base/clock.h"
#include "nmgr/base/expected.h"
#include "nmgr/base/file_system.h"
#include "nmgr/base/shared_log.h"
#include "nmgr/nomad/types.h"

namespace nmgr::rollout {

// What a record belongs to, however it was written: "http://HOST:4646/" is "http://host:4646",
// localhost is 127.0.0.1, no region is "global", a linked folder is the one that it leads to.
// `name_space` is no part of that: it is what a job without a namespace of its own means ("" in a
// JobRef), so that it is recorded where it was stopped.
struct RecordKey {
  std::string address;
  std::string region;
  Path base_dir;
  std::string name_space = "default";
};

struct StoppedJob {
  nomad::JobRef ref;
  std::string stopped_at;  // UTC, RFC 3339
};

// All functions may be called from several threads at once, and from several processes.
class StoppedRecord {
 public:
  // Reads what is there; writes nothing. kIo if it cannot be read, kInvalid if it is no record:
  // then nothing is ever written over it. `clock` must outlive it.
  static Expected<std::unique_ptr<StoppedRecord>> Open(const Path& state_folder, RecordKey key,
                                                       Clock& clock);

  // Where the record of `key` lies.
  static Path PathOf(const Path& state_folder, const RecordKey& key);

  // Whether a change can be written now: tried with a line that says nothing.
  Expected<void> Try();

  // Puts the job in, or moves its time forward. Returns once that is on the disk. The first failure
  // is told to `told` of WhenItFails too.
  Expected<void> Add(const nomad::JobRef& ref, std::string stopped_at);

  // Takes the job out, provided that it was in when this record was opened, or was put in by it. An
  // entry that somebody else made or renewed since then tells of a later stop, and stays.
  Expected<void> Remove(const nomad::JobRef& ref);

  bool Holds(const nomad::JobRef& ref) const;
  std::vector<StoppedJob> jobs() const;  // in the order of their stop
  // When the record was made, or last became empty: UTC, "" if it never held a job.
  std::string since() const;
  const Path& path() const { return log_.path(); }

  void WhenItFails(std::function<void(const Error&)> told) { told_ = std::move(told); }
  bool Missed(const nomad::JobRef& ref) const;  // Add failed for it

 private:
  struct Entry {
    std::string at;
    std::uint64_t order = 0;
  };

  StoppedRecord(Path folder, Path path, RecordKey key, Clock& clock)
      : folder_(std::move(folder)), key_(std::move(key)), clock_(clock), log_(std::move(path)) {}

  // With the mutex held; what writes, with the lock between processes too.
  Expected<void> Read();
  Expected<void> ReadOldRecords();
  Expected<void> Take(std::string_view line);
  Expected<void> Change(const std::string& lines);
  Expected<void> Shorten();
  std::vector<StoppedJob> Sorted() const;
  std::string HeaderLine() const;
  bool MayBeginWith(std::string_view half) const;
  nomad::JobRef Whole(nomad::JobRef ref) const;

  Path folder_;
  RecordKey key_;  // normal
  Clock& clock_;
  SharedLog log_;
  mutable std::mutex mutex_;
  std::map<nomad::JobRef, Entry> entries_;
  std::string since_;
  std::uint64_t next_order_ = 0;
  std::size_t lines_ = 0;  // of the file
  bool swept_ = false;

  // Records in the old form: the names that this one had, what is not taken over yet, what is.
  std::set<std::string> old_names_;
  std::map<std::string, std::vector<std::pair<nomad::JobRef, std::string>>> old_;
  std::set<std::string> taken_over_;

  std::map<nomad::JobRef, std::string> known_;  // when opened, and added since
  std::set<nomad::JobRef> missed_;
  std::function<void(const Error&)> told_;
};

}  // namespace nmgr::rollout
