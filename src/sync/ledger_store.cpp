#include "nmgr/sync/ledger_store.h"

#include <fmt/format.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <utility>

namespace nmgr::sync {
namespace {

using Json = nlohmann::json;

std::int64_t SecondsOf(WallTime time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

WallTime TimeOf(std::int64_t seconds) { return WallTime(std::chrono::seconds(seconds)); }

Json RowToJson(const JobKey& key, const LedgerJob& row) {
  Json json = {{"namespace", key.name_space},    {"id", key.id},
               {"verdict", WordOf(row.verdict)}, {"hold", WordOf(row.hold)},
               {"commit", row.commit12},         {"hash", row.hash16},
               {"index", row.applied_index},     {"since", SecondsOf(row.since)},
               {"bad", row.bad_hash16},          {"path", row.path},
               {"pruned", row.pruned},           {"reason", row.reason}};
  if (row.commit_on != WallTime{}) json["commit_on"] = SecondsOf(row.commit_on);
  if (row.drift_since) json["drift_since"] = SecondsOf(*row.drift_since);
  if (row.absent_since) json["absent_since"] = SecondsOf(*row.absent_since);
  for (const LedgerTry& one : row.tries) {
    json["tries"].push_back({{"commit", one.commit12}, {"hash", one.hash16}, {"index", one.index}});
  }
  if (!row.refused_hash16.empty()) json["refused"] = row.refused_hash16;
  if (row.fetches_absent != 0) json["fetches_absent"] = row.fetches_absent;
  if (row.ended != Ended::kNo) json["ended"] = WordOf(row.ended);
  if (row.batch != Batch::kNone) json["batch"] = WordOf(row.batch);
  const FollowRow& follow = row.follow;
  if (!follow.empty()) {
    json["follow"] = {{"key", follow.key},   {"tag", follow.tag}, {"base", follow.base},
                      {"good", follow.good}, {"bad", follow.bad}, {"off", follow.off}};
  }
  return json;
}

// Throws where a member is not there or of another type.
void AddRow(const Json& json, LedgerJobs& jobs) {
  LedgerJob& row =
      jobs[{json.at("namespace").get<std::string>(), json.at("id").get<std::string>()}];
  row.verdict = VerdictOf(json.at("verdict").get<std::string>()).value_or(Verdict::kInSync);
  row.hold = HoldOf(json.at("hold").get<std::string>()).value_or(Hold::kNone);
  row.commit12 = json.at("commit").get<std::string>();
  row.hash16 = json.at("hash").get<std::string>();
  row.applied_index = json.at("index").get<std::uint64_t>();
  row.since = TimeOf(json.at("since").get<std::int64_t>());
  row.bad_hash16 = json.at("bad").get<std::string>();
  row.path = json.at("path").get<std::string>();
  row.pruned = json.at("pruned").get<bool>();
  row.reason = json.at("reason").get<std::string>();
  row.commit_on = TimeOf(json.value("commit_on", std::int64_t{0}));
  if (json.contains("drift_since")) {
    row.drift_since = TimeOf(json.at("drift_since").get<std::int64_t>());
  }
  if (json.contains("absent_since")) {
    row.absent_since = TimeOf(json.at("absent_since").get<std::int64_t>());
  }
  for (const Json& one : json.value("tries", Json::array())) {
    row.tries.push_back({one.at("commit").get<std::string>(), one.at("hash").get<std::string>(),
                         one.value("index", std::uint64_t{0})});
  }
  row.refused_hash16 = json.value("refused", std::string());
  row.fetches_absent = json.value("fetches_absent", std::size_t{0});
  row.ended = EndedOf(json.value("ended", std::string()));
  row.batch = BatchOf(json.value("batch", std::string()));
  if (!json.contains("follow")) return;
  const Json& follow = json.at("follow");
  row.follow = {follow.at("key").get<std::string>(),  follow.at("tag").get<std::string>(),
                follow.at("base").get<std::string>(), follow.at("good").get<std::string>(),
                follow.at("bad").get<std::string>(),  follow.at("off").get<bool>()};
}

}  // namespace

nomad::Call VariableLedger::CallNow() const {
  constexpr Duration kLimit{10'000};
  return {DeadlineAfter(clock_.Now(), kLimit), {}, nomad::Patience::kBrief};
}

Expected<LedgerJobs> VariableLedger::Load(const std::string&) {
  if (ledger_ == nullptr) ledger_ = std::make_unique<Ledger>(client_, base_);
  if (!ledger_->loaded()) {
    SaveReport report = ledger_->Load(CallNow());
    if (report.error) return *report.error;
    lost_ = std::move(report.troubles);
  }
  return ledger_->jobs();
}

Expected<void> VariableLedger::Save(const std::string&, const LedgerJobs& jobs) {
  if (ledger_ == nullptr) ledger_ = std::make_unique<Ledger>(client_, base_);
  std::vector<JobKey> gone;
  for (const auto& [key, row] : ledger_->jobs()) {
    if (!jobs.contains(key)) gone.push_back(key);
  }
  for (const JobKey& key : gone) ledger_->Drop(key);
  for (const auto& [key, row] : jobs) {
    const bool is_orphan = row.verdict == Verdict::kOrphan;
    if (!is_orphan) forgotten_.erase(key);
    if (is_orphan && forgotten_.contains(key)) continue;
    const auto old = ledger_->jobs().find(key);
    if (old == ledger_->jobs().end() || old->second != row) ledger_->Put(key, row);
  }
  SaveReport report = ledger_->Save(CallNow());
  if (report.merged) {
    for (const auto& [key, row] : jobs) {
      if (row.verdict == Verdict::kOrphan && !ledger_->jobs().contains(key)) forgotten_.insert(key);
    }
  }
  if (report.error) return *report.error;
  const std::vector<std::string> lost = std::exchange(lost_, {});
  report.troubles.insert(report.troubles.begin(), lost.begin(), lost.end());
  if (!report.troubles.empty()) return Error{ErrorCode::kIo, report.troubles.front()};
  return {};
}

void VariableLedger::LookAgain() {
  if (ledger_ != nullptr) ledger_->LookAgain();
}

Path LocalLedgers::FileOf(const std::string& source) const {
  return JoinPath(folder_, source + ".json");
}

Expected<LedgerJobs> LocalLedgers::Load(const std::string& source) {
  const Path file = FileOf(source);
  auto text = files_.ReadFile(file, kMaxFileSize);
  if (!text && text.error().code == ErrorCode::kNotFound) return LedgerJobs{};
  if (!text) return text.error();
  LedgerJobs jobs;
  try {
    const Json json = Json::parse(*text);
    for (const Json& row : json.at("jobs")) AddRow(row, jobs);
  } catch (const Json::exception&) {
    return Error{ErrorCode::kInvalid, file + " is no ledger",
                 "remove it: what is in it is found again, but for failures and who changed what"};
  }
  return jobs;
}

Expected<void> LocalLedgers::Save(const std::string& source, const LedgerJobs& jobs) {
  Json rows = Json::array();
  for (const auto& [key, row] : jobs) rows.push_back(RowToJson(key, row));
  const std::string text =
      Json{{"jobs", std::move(rows)}}.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
  const auto before = files_.ReadFile(FileOf(source), kMaxFileSize);
  if (before && *before == text) return {};
  return files_.WriteFileAtomically(FileOf(source), text);
}

}  // namespace nmgr::sync
