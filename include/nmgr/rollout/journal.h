// The journal of one run: what it was to do, each write to Nomad before and after it, and how it
// ended. One file of JSON lines in the state folder (runs/ID.jsonl, mode 0600), which `history` and
// `undo` read (rollout/past_run.h):
//
//   {"run":"261126-122644","at":"...","action":"up","arguments":["up","web"],...}
//   {"job":0,"id":"web","namespace":"default","move":"register","reason":"new",...}
//   {"write":1,"job":0,"id":"web","kind":"register","before":{"exists":false},...}
//   {"wrote":1,"after":{"exists":true,"index":17,"version":0},...}
//   {"ended":0,"outcome":"done","summary":"healthy"}
//   {"end":"...","interrupted":false}
//
// Of a job whose spec was evaluated the line holds a keyed hash of what it came to (the key is
// runs.key beside the folder), by which `undo` knows that spec again.
//
// A line about a write is on the disk before the write is sent, so that a kill at any place leaves
// what is needed to know what may have been done. The file is made when the run is about to write,
// so a run that changes nothing, and a dry run, leave none. The last kKeptRuns are kept.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nmgr/base/clock.h"
#include "nmgr/base/expected.h"
#include "nmgr/base/keyed_hash.h"
#include "nmgr/base/shared_log.h"
#include "nmgr/rollout/past_run.h"
#include "nmgr/rollout/plan.h"
#include "nmgr/rollout/result.h"

namespace nmgr::rollout {

inline constexpr std::size_t kKeptRuns = 200;

struct JournalOptions {
  Path state_folder;
  // All of it but `id` and `at`. Called once, when the file is made: it may ask git.
  std::function<RunHead()> head;
  // What every text goes through that is kept.
  std::function<std::string(std::string_view)> hide = [](std::string_view text) {
    return std::string(text);
  };
};

// All functions may be called from several threads. What fails is told once, and the run goes on:
// who started it decides by Begin whether it may.
class Journal {
 public:
  Journal(JournalOptions options, Clock& clock) : options_(std::move(options)), clock_(clock) {}

  // `begun`: it holds a part of the run.
  void WhenItFails(std::function<void(const Error&, bool begun)> told) { told_ = std::move(told); }

  // Makes the file, with what is to be done. To be called before anything is written to Nomad.
  Expected<void> Begin(const Plan& plan, const std::vector<JobFacts>& facts);

  // Before a write is sent; returns when that is on the disk. Its number.
  // `to`: of a revert, the version.
  std::uint64_t Writing(const nomad::JobRef& ref, WriteKind kind, const JobPoint& before,
                        std::optional<std::uint64_t> to = {});
  void Wrote(std::uint64_t write, const JobPoint& after);
  void Failed(std::uint64_t write, const Error& error);
  // A write whose answer was lost: the job was read, and stands so.
  void Found(std::uint64_t write, const JobPoint& now);

  void Ended(std::size_t step, const JobResult& result);
  void End(bool interrupted);

  bool begun() const { return log_ != nullptr; }
  const std::string& id() const { return id_; }

 private:
  Expected<void> Create();
  void Put(const std::string& line, bool durable);
  void Fail(const Error& error);
  std::string HeadLine(RunHead head) const;
  nomad::JobRef Whole(nomad::JobRef ref) const;
  std::string JobLine(std::size_t step, const Plan& plan, const std::vector<JobFacts>& facts,
                      const HashKey* key);

  JournalOptions options_;
  Clock& clock_;
  std::function<void(const Error&, bool)> told_;
  bool begun_ = false;
  std::mutex mutex_;
  std::unique_ptr<SharedLog> log_;  // null until Begin
  std::string id_;
  std::string name_space_;
  std::string region_;
  std::map<nomad::JobRef, std::size_t> steps_;
  std::uint64_t writes_ = 0;
  bool failed_ = false;
};

}  // namespace nmgr::rollout
