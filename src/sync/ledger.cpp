#include "nmgr/sync/ledger.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "nmgr/base/numbers.h"
#include "nmgr/base/text.h"
#include "nmgr/sync/state_text.h"

namespace nmgr::sync {
namespace {

// "too young" as "too-young": a word has no blanks.
std::string OneWord(std::string_view words) {
  std::string word(words);
  std::replace(word.begin(), word.end(), ' ', '-');
  return word;
}

std::optional<Hold> HoldOfWord(std::string_view word) {
  for (const HoldRow& row : Holds()) {
    if (row.hold != Hold::kNone && OneWord(row.word) == word) return row.hold;
  }
  return std::nullopt;
}

// Whether `text` is a time, or none is there; into `time` either way.
bool TakeTime(std::string_view text, std::optional<WallTime>& time) {
  time = ReadStateTime(text);
  return time || text.empty();
}

constexpr std::size_t kDayText = 10;  // "2026-11-26"

// What is no day is none.
WallTime DayIn(std::string_view text) {
  if (text.size() != kDayText) return {};
  return ReadStateTime(std::string(text) + "T00:00:00Z").value_or(WallTime{});
}

// "COMMIT:HASH:INDEX,COMMIT:HASH"
std::string EncodeTries(const std::vector<LedgerTry>& tries) {
  std::vector<std::string> words;
  for (const LedgerTry& one : tries) {
    words.push_back(one.commit12 + ":" + one.hash16);
    if (one.index != 0) words.back() += fmt::format(":{}", one.index);
  }
  return Join(words, ",");
}

// What is no try is none.
std::vector<LedgerTry> DecodeTries(std::string_view text) {
  std::vector<LedgerTry> tries;
  for (const std::string_view word : Split(text, ',')) {
    const std::vector<std::string_view> parts = Split(word, ':');
    if (parts.size() < 2 || parts.size() > 3 || tries.size() == kMostTries) continue;
    LedgerTry one{std::string(parts[0]), std::string(parts[1])};
    const auto index =
        parts.size() == 3 ? WholeNumber<std::uint64_t>(parts[2]) : std::optional<std::uint64_t>(0);
    one.index = index.value_or(0);
    const bool good = index && !one.commit12.empty() && IsHex(one.commit12, kLedgerCommit) &&
                      !one.hash16.empty() && IsHex(one.hash16, kLedgerHash);
    if (good) tries.push_back(std::move(one));
  }
  return tries;
}

constexpr std::size_t kMostTag = 128;  // as registries have it

void AddFollow(const FollowRow& follow, StateText& text) {
  text.Add("follow", follow.key);
  text.Add("tag", follow.tag);
  text.Add("from", follow.base);
  text.Add("good", follow.good);
  text.Add("badtag", follow.bad);
  if (follow.off) text.Add("unfollowed", "yes");
}

FollowRow FollowIn(const StateText& text) {
  FollowRow follow;
  follow.key = CutText(text.Field("follow"), kMostTag);
  follow.tag = CutText(text.Field("tag"), kMostTag);
  follow.base = CutText(text.Field("from"), kMostTag);
  follow.good = CutText(text.Field("good"), kMostTag);
  follow.bad = CutText(text.Field("badtag"), kMostTag);
  follow.off = text.Field("unfollowed") == "yes";
  return follow;
}

std::string ShortenReason(const std::string& value, std::size_t most) {
  const StateText text = ReadStateText(value);
  return text.rest.empty() ? value : WriteStateText(text, most);
}

}  // namespace

std::string_view WordOf(Batch batch) {
  if (batch == Batch::kNone) return "";
  return batch == Batch::kConfirmed ? "confirmed" : "refused";
}

std::string_view WordOf(Ended ended) {
  if (ended == Ended::kNo) return "";
  return ended == Ended::kStopped ? "stopped" : "finished";
}

Ended EndedOf(std::string_view word) {
  if (word == WordOf(Ended::kStopped)) return Ended::kStopped;
  return word == WordOf(Ended::kFinished) ? Ended::kFinished : Ended::kNo;
}

Batch BatchOf(std::string_view word) {
  if (word.empty()) return Batch::kNone;
  return word == WordOf(Batch::kConfirmed) ? Batch::kConfirmed : Batch::kRefused;
}

std::string EncodeLedgerJob(const LedgerJob& job, std::size_t most_reason) {
  StateText text;
  text.word = WordOf(job.verdict);
  if (job.hold != Hold::kNone) text.word += ":" + OneWord(WordOf(job.hold));
  text.Add("c", job.commit12);
  if (job.commit_on != WallTime{}) text.Add("d", StateTime(job.commit_on).substr(0, kDayText));
  text.Add("h", job.hash16);
  if (job.applied_index != 0) text.Add("i", std::to_string(job.applied_index));
  if (job.since != WallTime{}) text.Add("t", StateTime(job.since));
  text.Add("b", job.bad_hash16);
  text.Add("p", job.path);
  if (job.pruned) text.Add("pruned", "yes");
  text.Add("ended", WordOf(job.ended));
  if (job.drift_since) text.Add("drift", StateTime(*job.drift_since));
  if (job.absent_since) text.Add("absent", StateTime(*job.absent_since));
  if (job.fetches_absent != 0) text.Add("fetches", std::to_string(job.fetches_absent));
  text.Add("batch", WordOf(job.batch));
  if (job.confirmed != Hold::kNone) text.Add("confirmed", OneWord(WordOf(job.confirmed)));
  if (!job.tries.empty()) text.Add("tries", EncodeTries(job.tries));
  text.Add("refused", job.refused_hash16);
  AddFollow(job.follow, text);
  text.rest = job.reason;
  return WriteStateText(text, most_reason);
}

std::optional<LedgerJob> DecodeLedgerJob(std::string_view line) {
  const StateText text = ReadStateText(line);
  LedgerJob job;
  const std::string_view word = text.word;
  const std::size_t colon = word.find(':');
  const auto verdict = VerdictOf(word.substr(0, colon));
  const auto hold = colon == std::string_view::npos ? std::optional(Hold::kNone)
                                                    : HoldOfWord(word.substr(colon + 1));
  if (!verdict || !hold) return std::nullopt;
  job.verdict = *verdict;
  job.hold = *hold;
  job.commit12 = text.Field("c");
  job.hash16 = text.Field("h");
  job.bad_hash16 = text.Field("b");
  job.path = text.Field("p");
  job.pruned = text.Field("pruned") == "yes";
  job.ended = EndedOf(text.Field("ended"));
  job.batch = BatchOf(text.Field("batch"));
  job.confirmed = HoldOfWord(text.Field("confirmed")).value_or(Hold::kNone);
  job.tries = DecodeTries(text.Field("tries"));
  job.refused_hash16 = text.Field("refused");
  if (!IsHex(job.refused_hash16, kLedgerHash)) job.refused_hash16.clear();
  job.follow = FollowIn(text);
  job.reason = CutText(text.rest, kMostReason);
  if (!IsHex(job.commit12, kLedgerCommit) || !IsHex(job.hash16, kLedgerHash) ||
      !IsHex(job.bad_hash16, kLedgerHash)) {
    return std::nullopt;
  }
  const std::string& index = text.Field("i");
  const auto number =
      index.empty() ? std::optional<std::uint64_t>(0) : WholeNumber<std::uint64_t>(index);
  const std::string& fetches = text.Field("fetches");
  const auto absent =
      fetches.empty() ? std::optional<std::uint64_t>(0) : WholeNumber<std::uint64_t>(fetches);
  std::optional<WallTime> since;
  if (!number || !absent || !TakeTime(text.Field("t"), since) ||
      !TakeTime(text.Field("drift"), job.drift_since) ||
      !TakeTime(text.Field("absent"), job.absent_since)) {
    return std::nullopt;
  }
  job.fetches_absent = *absent;
  job.applied_index = *number;
  job.since = since.value_or(WallTime{});
  job.commit_on = DayIn(text.Field("d"));
  return job;
}

std::string EncodeJobKey(const JobKey& key) { return key.name_space + "/" + key.id; }

std::optional<JobKey> DecodeJobKey(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos || slash == 0 || slash + 1 == text.size())
    return std::nullopt;
  return JobKey{std::string(text.substr(0, slash)), std::string(text.substr(slash + 1))};
}

namespace {

// Of what no file describes nothing can be found again, so nobody knows any more that it was ours.
bool OutlivesLoss(const std::string& line) {
  const std::optional<LedgerJob> job = DecodeLedgerJob(line);
  return !job || job->verdict != Verdict::kOrphan;
}

}  // namespace

Ledger::Ledger(nomad::VariableClient& client, nomad::VariableRef base)
    : variables_(client, std::move(base), kJobShards, ShortenReason, OutlivesLoss) {}

void Ledger::Decode(SaveReport& report) {
  jobs_.clear();
  std::vector<std::string> lost;
  for (const auto& [name, value] : variables_.Values()) {
    const std::optional<JobKey> key = DecodeJobKey(name);
    std::optional<LedgerJob> job = DecodeLedgerJob(value);
    if (key && job) {
      jobs_.emplace(*key, *std::move(job));
    } else {
      lost.push_back(CutText(name, 100));
    }
  }
  if (lost.empty()) return;
  for (const auto& [name, value] : variables_.Values()) {
    if (!DecodeJobKey(name) || !DecodeLedgerJob(value)) variables_.Erase(name);
  }
  report.troubles.push_back(
      fmt::format("the ledger has {} that nobody can read ({}): what was remembered there is lost",
                  Count(lost.size(), "entry", "entries"), SomeOf(lost)));
}

SaveReport Ledger::Load(const nomad::Call& call) {
  if (loaded_) variables_.Forget();
  SaveReport report = variables_.Load(call);
  loaded_ = !report.error;
  Decode(report);
  stands_ = report.good();
  return report;
}

void Ledger::LookAgain() {
  variables_.LookAgain();
  loaded_ = false;
}

void Ledger::Put(const JobKey& key, LedgerJob job) {
  const auto before = jobs_.find(key);
  if (before != jobs_.end() && before->second == job) return;
  std::string line = EncodeLedgerJob(job);
  // As it will be read again.
  std::optional<LedgerJob> kept = DecodeLedgerJob(line);
  if (!kept) return;
  variables_.Set(EncodeJobKey(key), std::move(line));
  jobs_[key] = *std::move(kept);
}

void Ledger::Drop(const JobKey& key) {
  if (jobs_.erase(key) != 0) variables_.Erase(EncodeJobKey(key));
}

SaveReport Ledger::Save(const nomad::Call& call) {
  SaveReport report = variables_.Save(call);
  if (report.merged) Decode(report);
  stands_ = report.good();
  return report;
}

std::string EncodeImage(const ImageRecord& image) {
  StateText text;
  text.word = image.digest;
  text.Add("baseline", image.baseline);
  text.Add("bad", image.bad);
  if (image.seen != WallTime{}) text.Add("seen", StateTime(image.seen));
  if (image.first_seen != WallTime{}) text.Add("first", StateTime(image.first_seen));
  return WriteStateText(text);
}

std::optional<ImageRecord> DecodeImage(std::string_view line) {
  const StateText text = ReadStateText(line);
  ImageRecord image{text.word, text.Field("baseline"), text.Field("bad")};
  std::optional<WallTime> seen;
  std::optional<WallTime> first;
  const auto is_digest = [](const std::string& digest) {
    return digest.empty() || (digest.starts_with("sha256:") && digest.size() == 71 &&
                              IsHex(std::string_view(digest).substr(7), 64));
  };
  if (!is_digest(image.digest) || !is_digest(image.baseline) || !is_digest(image.bad) ||
      !TakeTime(text.Field("seen"), seen) || !TakeTime(text.Field("first"), first)) {
    return std::nullopt;
  }
  image.seen = seen.value_or(WallTime{});
  image.first_seen = first.value_or(WallTime{});
  return image;
}

}  // namespace nmgr::sync
