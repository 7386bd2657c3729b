// Where the rows of the ledgers are kept between syncs.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "nmgr/base/clock.h"
#include "nmgr/base/expected.h"
#include "nmgr/base/file_system.h"
#include "nmgr/nomad/variable_client.h"
#include "nmgr/sync/ledger.h"
#include "nmgr/sync/ledger_job.h"

namespace nmgr::sync {

// Whether what is there is no ledger, or one that takes no more: a sync goes on without it. All
// other errors are of who was asked for it, and no sync is made until they are gone.
inline bool IsLostMemory(const Error& error) {
  return error.code == ErrorCode::kInvalid || error.code == ErrorCode::kIo;
}

class LedgerStore {
 public:
  virtual ~LedgerStore() = default;
  // Empty where there is none yet. What is no ledger is an error (IsLostMemory): the sync goes on
  // without a memory, and nothing is pruned. Where nobody says what it is, no sync is made: what
  // differs would be held as foreign, and what is remembered overwritten.
  virtual Expected<LedgerJobs> Load(const std::string& source) = 0;
  // Writes only where what is kept is otherwise.
  virtual Expected<void> Save(const std::string& source, const LedgerJobs& jobs) = 0;
  // Somebody else may have changed what was read.
  virtual void Forget() {}
  // Somebody may have deleted some of it: that is told with the next Save.
  virtual void LookAgain() {}
  // Whether nothing of it is lost. Without that nothing is pruned.
  virtual bool stands() const { return true; }
};

// In the variables of one source (nmgr/sync/ledger.h). `client` and `clock` must outlive it.
class VariableLedger : public LedgerStore {
 public:
  VariableLedger(nomad::VariableClient& client, nomad::VariableRef base, Clock& clock)
      : client_(client), base_(std::move(base)), clock_(clock) {}
  Expected<LedgerJobs> Load(const std::string& source) override;
  Expected<void> Save(const std::string& source, const LedgerJobs& jobs) override;
  void Forget() override {
    ledger_.reset();
    forgotten_.clear();
  }
  void LookAgain() override;
  bool stands() const override { return ledger_ && ledger_->stands(); }

 private:
  nomad::Call CallNow() const;

  nomad::VariableClient& client_;
  const nomad::VariableRef base_;
  Clock& clock_;
  std::unique_ptr<Ledger> ledger_;
  std::vector<std::string> lost_;  // found by Load, told by Save
  std::set<JobKey> forgotten_;     // orphans that went with what was deleted: kept no longer
};

// A file for each source (NAME.json, mode 0600) in `folder`: for one process that has no variables
// (--no-lease). `files` must outlive it.
class LocalLedgers : public LedgerStore {
 public:
  LocalLedgers(Path folder, FileSystem& files) : folder_(std::move(folder)), files_(files) {}
  Expected<LedgerJobs> Load(const std::string& source) override;
  Expected<void> Save(const std::string& source, const LedgerJobs& jobs) override;

 private:
  Path FileOf(const std::string& source) const;

  const Path folder_;
  FileSystem& files_;
};

}  // namespace nmgr::sync
