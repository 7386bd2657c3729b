// What one run did, as its journal tells: the file of rollout/journal.h, read.
//
// A run may have ended at any place. What was begun and has no answer on record is in doubt: only
// Nomad knows whether it was done.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nmgr/base/expected.h"
#include "nmgr/base/file_system.h"
#include "nmgr/nomad/types.h"

namespace nmgr::rollout {

// Where a job stands in Nomad. What was not seen is not there.
struct JobPoint {
  bool exists = false;
  bool stop = false;
  std::optional<std::uint64_t> index;    // its JobModifyIndex
  std::optional<std::uint64_t> version;  // Nomad counts from 0
  friend bool operator==(const JobPoint&, const JobPoint&) = default;
};

enum class WriteKind {
  kRegister,
  kStop,
  kPurge,
  kRevert,
  kEvaluate,
  kPromote,
  kRestart,
  kReschedule,
};
// "register", "stop", ...: as the file has them.
std::string_view WriteName(WriteKind kind);

enum class WriteEnd { kInDoubt, kDone, kFailed };

struct PastWrite {
  std::uint64_t number = 0;  // in the run, in the order in which they were sent
  nomad::JobRef ref;         // also of what the job launched
  WriteKind kind = WriteKind::kRegister;
  std::string at;  // UTC
  JobPoint before;
  WriteEnd end = WriteEnd::kInDoubt;
  JobPoint after;                   // of kDone: as it was read back; in doubt: as it was found
  std::optional<std::uint64_t> to;  // of kRevert: the version that was registered once more
  std::string error;                // of kFailed, or why it is in doubt
};

struct PastJob {
  nomad::JobRef ref;
  std::string name;  // what it was shown as
  std::string path;  // of its spec; "" where it had none
  bool infra = false;
  std::string spec_hash;           // SpecHash of origin.h; "": not on record
  std::string commit;              // that its spec came from; "": that of the run
  std::string base_dir;            // likewise
  std::string move;                // MoveName
  std::string reason;              // why
  std::vector<std::string> after;  // names of jobs of the run that went first
  std::string outcome;             // OutcomeName; "": the run ended before
  std::string summary;
  std::vector<PastWrite> writes;  // in their order; those to what it launched too
};

struct RunHead {
  std::string id;      // short, and sorts by time
  std::string at;      // UTC
  std::string action;  // "up"
  std::string user;
  std::string host;
  std::vector<std::string> arguments;  // without what is a secret
  std::string commit;                  // "": not known
  std::optional<bool> dirty;           // whether the disk held something else than the commit
  std::string build;                   // of nmgr
  std::string address;
  std::string region;
  std::string name_space;  // where a job without one of its own went
  std::string base_dir;
  std::string undoes;  // the run that it takes back; "": none
};

struct PastRun {
  RunHead head;
  std::vector<PastJob> jobs;  // those that something was to be done with, in the order of the plan
  std::string ended;          // UTC; "": it is under way, or was killed
  bool interrupted = false;
  // Its journal could not be written further at some place (a full disk), and it went on: a job
  // without a write on record may have been written.
  bool cut = false;

  bool Wrote() const;
  // Whether a write of it brought the job to this very version. `ref` with its namespace.
  bool Made(const nomad::JobRef& ref, std::uint64_t version, std::uint64_t job_modify_index) const;
};

// "261126-122644", and with a letter behind where several runs began in one second.
bool IsRunId(std::string_view text);

// kInvalid where the first line is none of a journal. Any later line that cannot be read is passed
// over: a kill may have left a part of one.
Expected<PastRun> ReadRun(std::string_view text);

// Of `state_folder`, the newest first; at most as many as are kept. A folder that is not there has
// none.
Expected<std::vector<std::string>> RunIds(const Path& state_folder, FileSystem& files);

// kNotFound: no such run, or one that was killed before its head was written whole, which is before
// any write to Nomad.
Expected<PastRun> LoadRun(const Path& state_folder, std::string_view id, FileSystem& files);

// Where the journal of a run lies.
Path RunPath(const Path& state_folder, std::string_view id);
Path RunFolder(const Path& state_folder);

}  // namespace nmgr::rollout
