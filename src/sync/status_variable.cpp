// status/NAME.
#include <fmt/format.h>

#include <array>
#include <utility>

#include "nmgr/base/numbers.h"
#include "nmgr/sync/ledger.h"
#include "nmgr/sync/state_text.h"

namespace nmgr::sync {
namespace {

constexpr std::size_t kMostWord = 200;
constexpr std::array kPhases = {Phase::kStandby, Phase::kIdle,     Phase::kFetching,
                                Phase::kReading, Phase::kPlanning, Phase::kApplying,
                                Phase::kBackoff, Phase::kStopping};

std::string ItemOf(const nomad::VariableItems& items, const char* key) {
  const auto found = items.find(key);
  return found == items.end() ? std::string() : CutText(found->second, kMostStatusError);
}

void Put(nomad::VariableItems& items, const std::string& key, std::string_view value,
         std::size_t most = kMostWord) {
  if (!value.empty()) items[key] = CutProse(value, most);
}

std::string PastKey(std::size_t number) { return fmt::format("sync{:02}", number); }

// "failed at=… c=… applied=3 | the error"
std::string EncodePast(const PastSync& past) {
  StateText text;
  text.word = past.result;
  if (past.at != WallTime{}) text.Add("at", StateTime(past.at));
  text.Add("c", past.commit);
  if (past.applied != 0) text.Add("applied", std::to_string(past.applied));
  text.rest = past.error;
  return WriteStateText(text, kMostStatusError);
}

std::optional<PastSync> DecodePast(std::string_view line) {
  const StateText text = ReadStateText(line);
  if (text.word.empty() || text.word.size() > kMostWord) return std::nullopt;
  PastSync past;
  past.result = CutText(text.word, kMostWord);
  past.at = ReadStateTime(text.Field("at")).value_or(WallTime{});
  past.commit = IsHex(text.Field("c"), 64) ? text.Field("c") : "";
  past.applied =
      static_cast<std::size_t>(WholeNumber<std::uint64_t>(text.Field("applied")).value_or(0));
  past.error = CutText(text.rest, kMostStatusError);
  return past;
}

std::string EncodeCounts(const SourceStatus& status) {
  StateText text;
  for (const auto& [verdict, count] : status.counts)
    text.Add(WordOf(verdict), std::to_string(count));
  return WriteStateText(text);
}

}  // namespace

nomad::VariableItems EncodeStatus(const SourceStatus& status) {
  nomad::VariableItems items;
  items["phase"] = WordOf(status.phase);
  Put(items, "ref", status.ref);
  Put(items, "commit", status.commit);
  Put(items, "subject", status.subject);
  Put(items, "author", status.author);
  if (status.fetched_at) items["fetched_at"] = StateTime(*status.fetched_at);
  if (status.applied_at) items["applied_at"] = StateTime(*status.applied_at);
  Put(items, "error", status.error, kMostStatusError);
  Put(items, "hint", status.hint, kMostStatusError);
  Put(items, "counts", EncodeCounts(status));
  for (std::size_t i = 0; i < status.history.size() && i < kKeptSyncs; ++i)
    items[PastKey(i)] = EncodePast(status.history[i]);
  // The oldest go first; what is left then always fits.
  for (std::size_t i = kKeptSyncs; i-- > 0 && nomad::BytesOf(items) > kMostStatus;)
    items.erase(PastKey(i));
  return items;
}

SourceStatus DecodeStatus(const nomad::VariableItems& items) {
  SourceStatus status;
  const std::string phase = ItemOf(items, "phase");
  for (const Phase known : kPhases) {
    if (WordOf(known) == phase) status.phase = known;
  }
  status.ref = ItemOf(items, "ref");
  status.commit = ItemOf(items, "commit");
  if (!IsHex(status.commit, 64)) status.commit.clear();
  status.subject = ItemOf(items, "subject");
  status.author = ItemOf(items, "author");
  status.fetched_at = ReadStateTime(ItemOf(items, "fetched_at"));
  status.applied_at = ReadStateTime(ItemOf(items, "applied_at"));
  status.error = ItemOf(items, "error");
  status.hint = ItemOf(items, "hint");
  for (const auto& [word, count] : ReadStateText(ItemOf(items, "counts")).fields) {
    const auto verdict = VerdictOf(word);
    const auto number = WholeNumber<std::uint64_t>(count);
    if (verdict && number) status.counts[*verdict] = static_cast<std::size_t>(*number);
  }
  for (std::size_t i = 0; i < kKeptSyncs; ++i) {
    const auto found = items.find(PastKey(i));
    if (found == items.end()) break;
    if (auto past = DecodePast(found->second)) status.history.push_back(*std::move(past));
  }
  return status;
}

namespace {

// With the times of what is kept: looks and syncs that change nothing are not worth a write each.
nomad::VariableItems WithTimesOf(const nomad::VariableItems& stored, SourceStatus status) {
  const SourceStatus kept = DecodeStatus(stored);
  if (status.fetched_at) status.fetched_at = kept.fetched_at;
  if (status.applied_at) status.applied_at = kept.applied_at;
  if (!status.history.empty() && !kept.history.empty()) {
    status.history.front().at = kept.history.front().at;
  }
  return EncodeStatus(status);
}

}  // namespace

Expected<std::optional<SourceStatus>> StatusVariable::Read(const nomad::Call& call) {
  TRY_ASSIGN(auto read, client_.ReadVariable(ref_, {}, call));
  known_ = true;
  index_ = read.value ? read.value->info.modify_index : 0;
  stored_ = read.value ? std::move(read.value->items) : nomad::VariableItems();
  if (index_ == 0) return std::optional<SourceStatus>();
  return std::optional(DecodeStatus(stored_));
}

Expected<void> StatusVariable::Write(const SourceStatus& status, const nomad::Call& call) {
  constexpr int kMostTries = 4;
  const nomad::VariableItems items = EncodeStatus(status);
  for (int tries = 1;; ++tries) {
    if (!known_) TRY(Read(call));
    if (items == stored_ || (!times_matter_ && WithTimesOf(stored_, status) == stored_)) return {};
    const auto written = client_.WriteVariable(ref_, items, index_, call);
    if (written) {
      index_ = written->modify_index;
      stored_ = items;
      times_matter_ = false;
      return {};
    }
    known_ = false;
    const bool again = nomad::MayWriteAgain(written.error());
    if (!again || tries == kMostTries) return Error(written.error());
  }
}

}  // namespace nmgr::sync
