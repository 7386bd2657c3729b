// The record of what `down` stopped, so that `up --restore` brings back exactly that.
//
// One JSON file for each address, region and base directory in the state folder, written
// atomically:
//
//   {"address": "http://127.0.0.1:4646", "region": "", "base_dir": "/home/me/cld",
//    "jobs": [{"id": "web", "namespace": "default", "region": "", "stopped_at":
//    "2026-11-21T04:11:25Z"}]}
//
// A job enters before it is stopped, so that a crash in between cannot lose it, and leaves when it
// is started again. A dry run never writes here.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "nmgr/base/expected.h"
#include "nmgr/base/file_system.h"
#include "nmgr/nomad/types.h"

namespace nmgr::rollout {

// What a record belongs to. `name_space` is no part of that: it is what a job without a namespace
// of its own means ("" in a JobRef), so that it is recorded where it was stopped.
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

// All functions may be called from several threads at once. Every change reads the file again
// first, so that two runs at the same time keep each other's entries.
class StoppedRecord {
 public:
  // Reads the file if it is there. kIo if it cannot be read, kInvalid if it is no record: then
  // nothing is written over it. `files` must outlive the record.
  static Expected<std::unique_ptr<StoppedRecord>> Open(FileSystem& files, const Path& state_folder,
                                                       RecordKey key);

  // Where the record of `key` lies.
  static Path PathOf(const Path& state_folder, const RecordKey& key);

  // Puts the job in, or moves its time forward, and writes the file.
  Expected<void> Add(const nomad::JobRef& ref, std::string stopped_at);

  // Takes the job out and writes the file; nothing if it is not in.
  Expected<void> Remove(const nomad::JobRef& ref);

  bool Holds(const nomad::JobRef& ref) const;
  std::vector<StoppedJob> jobs() const;  // in the order of their stop
  const Path& path() const { return path_; }

 private:
  StoppedRecord(FileSystem& files, Path path, RecordKey key)
      : files_(files), path_(std::move(path)), key_(std::move(key)) {}
  Expected<void> Read();
  Expected<void> Write() const;
  nomad::JobRef Whole(nomad::JobRef ref) const;

  FileSystem& files_;
  Path path_;
  RecordKey key_;
  mutable std::mutex mutex_;
  std::vector<StoppedJob> jobs_;
};

// The current time as records and results show it.
std::string UtcNow();

}  // namespace nmgr::rollout
