#include "nmgr/sync/ledger.h"

#include <catch2/catch.hpp>
#include <string>

#include "memory_variables.h"
#include "nmgr/base/text.h"
#include "nmgr/sync/ledger_store.h"
#include "nmgr/sync/state_paths.h"
#include "nmgr/sync/state_text.h"

namespace nmgr::sync {
namespace {

using testing::MemoryVariables;

const std::string kJobsPath = "nmgr/serve/default/jobs/home";
const nomad::VariableRef kJobsRef{kJobsPath};
const nomad::Call kNoLimit;

LedgerJob SomeJob() {
  LedgerJob job;
  job.verdict = Verdict::kHeld;
  job.hold = Hold::kTooYoung;
  job.commit12 = "1a2b3c4d5e6f";
  job.commit_on = *ReadStateTime("2026-11-26T00:00:00Z");
  job.hash16 = "0123456789abcdef";
  job.applied_index = 1234;
  job.since = *ReadStateTime("2026-11-26T18:31:00Z");
  job.bad_hash16 = "fedcba9876543210";
  job.path = "web/my web.nomad.hcl";
  job.pruned = true;
  job.ended = Ended::kFinished;
  job.drift_since = ReadStateTime("2026-11-26T18:32:00Z");
  job.absent_since = ReadStateTime("2026-11-26T18:33:00Z");
  job.fetches_absent = 2;
  job.batch = Batch::kRefused;
  job.tries = {{"0a1b2c3d4e5f", "aaaaaaaaaaaaaaaa"}, {"ffffffffffff", "bbbbbbbbbbbbbbbb", 1233}};
  job.refused_hash16 = "cccccccccccccccc";
  job.reason = "changed by hand | at 3 %";
  return job;
}

LedgerJob PlainJob(const std::string& reason = "") {
  LedgerJob job;
  job.commit12 = "1a2b3c4d5e6f";
  job.commit_on = *ReadStateTime("2026-11-26T00:00:00Z");
  job.hash16 = "0123456789abcdef";
  job.applied_index = 123456;
  job.since = *ReadStateTime("2026-11-26T18:31:00Z");
  job.path = "services/web/web.nomad.hcl";
  job.reason = reason;
  return job;
}

void Fill(Ledger& ledger, int jobs, const std::string& reason = "") {
  for (int i = 0; i < jobs; ++i)
    ledger.Put({"default", "service-number-" + std::to_string(i)}, PlainJob(reason));
}

TEST_CASE("a job of the ledger is a line that one can read, and comes back as it was") {
  CHECK(EncodeLedgerJob(SomeJob()) ==
        "held:too-young absent=2026-11-26T18:33:00Z b=fedcba9876543210 batch=refused "
        "c=1a2b3c4d5e6f d=2026-11-26 drift=2026-11-26T18:32:00Z ended=finished "
        "fetches=2 h=0123456789abcdef i=1234 p=web/my%20web.nomad.hcl pruned=yes "
        "refused=cccccccccccccccc t=2026-11-26T18:31:00Z "
        "tries=0a1b2c3d4e5f:aaaaaaaaaaaaaaaa,ffffffffffff:bbbbbbbbbbbbbbbb:1233 | "
        "changed by hand | at 3 %");
  CHECK(DecodeLedgerJob(EncodeLedgerJob(SomeJob())) == SomeJob());
  for (const VerdictRow& verdict : Verdicts()) {
    for (const HoldRow& hold : Holds()) {
      LedgerJob job;
      job.verdict = verdict.verdict;
      job.hold = hold.hold;
      CHECK(DecodeLedgerJob(EncodeLedgerJob(job)) == job);
    }
  }
  CHECK(EncodeLedgerJob(PlainJob()).size() <= 150);
}

TEST_CASE("where a reason is too long for its line, its end says so") {
  std::string words;
  while (words.size() < 2 * kMostReason) words += "däs ";
  std::string kept = PlainJob(words).reason;
  for (int i = 0; i < 2; ++i) {
    const auto job = DecodeLedgerJob(EncodeLedgerJob(PlainJob(kept)));
    REQUIRE(job.has_value());
    kept = job->reason;
    CHECK(kept.size() <= kMostReason);
    CHECK(kept.size() > kMostReason - 4);
    CHECK(kept.ends_with("…"));
    CHECK(words.starts_with(kept.substr(0, kept.size() - std::string_view("…").size())));
  }
  for (const std::size_t most : {0U, 2U}) CHECK(CutProse(words, most).empty());
  CHECK(CutProse(words, 3) == "…");
  CHECK(CutProse("das", 3) == "das");
}

TEST_CASE("what nobody wrote as a job is no job") {
  for (const char* line : {"", " ", "|", "nonsense", "held:nonsense", "held:", "in-sync c=xyz",
                           "in-sync c=1a2b3c4d5e6f0", "in-sync h=../../etc", "in-sync i=-1",
                           "in-sync i=1x", "in-sync i=99999999999999999999", "in-sync t=yesterday",
                           "in-sync drift=x", "{\"verdict\":\"in-sync\"}", "\xff\xfe"}) {
    INFO(line);
    CHECK_FALSE(DecodeLedgerJob(line).has_value());
  }
  CHECK(DecodeLedgerJob("in-sync").has_value());
  CHECK(DecodeLedgerJob("in-sync new=field").has_value());
  for (const char* key : {"", "/", "a", "/a", "a/"}) CHECK_FALSE(DecodeJobKey(key).has_value());
  CHECK(DecodeJobKey("ns/a/b")->id == "a/b");
}

TEST_CASE("a ledger is written where it changed, and read again by the next leader") {
  MemoryVariables nomad;
  Ledger ledger(nomad, kJobsRef);
  REQUIRE(ledger.Load(kNoLimit).good());
  CHECK(ledger.stands());
  Fill(ledger, 100);
  REQUIRE(ledger.Save(kNoLimit).good());
  CHECK(nomad.writes == 16);
  CHECK(ledger.Save(kNoLimit).written == 0);
  Fill(ledger, 100);
  CHECK(ledger.Save(kNoLimit).written == 0);
  ledger.Put({"default", "service-number-7"}, PlainJob("failed"));
  CHECK(ledger.Save(kNoLimit).written == 1);

  Ledger next(nomad, kJobsRef);
  REQUIRE(next.Load(kNoLimit).good());
  CHECK(next.jobs() == ledger.jobs());
  CHECK(next.jobs().size() == 100);
  for (const auto& [key, job] : LedgerJobs(next.jobs())) next.Drop(key);
  REQUIRE(next.Save(kNoLimit).good());
  CHECK(next.jobs().empty());
  Ledger last(nomad, kJobsRef);
  REQUIRE(last.Load(kNoLimit).good());
  CHECK(last.jobs().empty());
}

TEST_CASE("five thousand jobs fit into a ledger, with their reasons cut where need be") {
  MemoryVariables nomad;
  Ledger ledger(nomad, kJobsRef);
  REQUIRE(ledger.Load(kNoLimit).good());
  Fill(ledger, 5000, std::string(200, 'r'));
  const SaveReport report = ledger.Save(kNoLimit);
  CHECK(report.troubles.empty());
  REQUIRE(report.good());
  CHECK(ledger.MostBytes() <= kShardCap);
  Ledger next(nomad, kJobsRef);
  REQUIRE(next.Load(kNoLimit).good());
  CHECK(next.jobs().size() == 5000);
  CHECK(next.jobs().begin()->second.hash16 == PlainJob().hash16);
}

TEST_CASE("a variable that is full says so, stays as it was, and forbids to prune") {
  MemoryVariables nomad;
  Ledger ledger(nomad, kJobsRef);
  REQUIRE(ledger.Load(kNoLimit).good());
  Fill(ledger, 20'000);
  const SaveReport report = ledger.Save(kNoLimit);
  REQUIRE(report.troubles.size() == 16);
  CHECK(report.troubles[0].find("jobs/home/00 is full") != std::string::npos);
  CHECK(nomad.writes == 0);
  CHECK_FALSE(ledger.stands());
  CHECK(ledger.jobs().size() == 20'000);
  for (int i = 1000; i < 20'000; ++i)
    ledger.Drop({"default", "service-number-" + std::to_string(i)});
  CHECK(ledger.Save(kNoLimit).good());
  CHECK(ledger.stands());
}

TEST_CASE("a ledger that was deleted is told, its memory is lost, and it stands again after that") {
  MemoryVariables nomad;
  Ledger ledger(nomad, kJobsRef);
  REQUIRE(ledger.Load(kNoLimit).good());
  Fill(ledger, 100);
  REQUIRE(ledger.Save(kNoLimit).good());
  for (unsigned shard = 0; shard < kJobShards; ++shard) nomad.Remove(ShardPath(kJobsPath, shard));
  ledger.Put({"default", "service-number-7"}, PlainJob("failed"));
  const SaveReport report = ledger.Save(kNoLimit);
  REQUIRE(report.troubles.size() == 1);
  CHECK(report.troubles[0].find("was deleted: what it remembered is lost") != std::string::npos);
  CHECK(report.written == 1);
  CHECK_FALSE(ledger.stands());
  CHECK(ledger.jobs().size() < 100);
  CHECK(ledger.jobs().at({"default", "service-number-7"}).reason == "failed");
  // The others are found to be gone at the next, so that what they held is written again.
  const SaveReport rest = ledger.Save(kNoLimit);
  CHECK(rest.troubles.size() == kJobShards - 1);
  CHECK_FALSE(ledger.stands());
  CHECK(ledger.jobs().size() == 1);
  CHECK(ledger.Save(kNoLimit).good());
  CHECK(ledger.stands());
}

TEST_CASE("a ledger that is looked at again says what is gone, and keeps what was not written") {
  MemoryVariables nomad;
  Ledger ledger(nomad, kJobsRef);
  REQUIRE(ledger.Load(kNoLimit).good());
  Fill(ledger, 100);
  REQUIRE(ledger.Save(kNoLimit).good());
  ledger.LookAgain();
  CHECK(ledger.Load(kNoLimit).good());
  CHECK(ledger.jobs().size() == 100);
  for (unsigned shard = 0; shard < kJobShards; ++shard) nomad.Remove(ShardPath(kJobsPath, shard));
  ledger.Put({"default", "service-number-7"}, PlainJob("failed"));
  ledger.LookAgain();
  const SaveReport report = ledger.Load(kNoLimit);
  CHECK(report.troubles.size() == kJobShards);
  CHECK_FALSE(ledger.stands());
  CHECK(ledger.jobs().size() == 1);
  CHECK(ledger.jobs().at({"default", "service-number-7"}).reason == "failed");
}

TEST_CASE("of an orphan whose variable is lost nobody knows any more that it was ours") {
  MemoryVariables nomad;
  VariableLedger store(nomad, kJobsRef, RealClock());
  REQUIRE(store.Load("lab")->empty());
  const JobKey gone{"default", "gone"};
  const JobKey stays{"default", "stays"};
  LedgerJobs rows = {{gone, PlainJob("runs")}, {stays, PlainJob("runs")}};
  REQUIRE(store.Save("lab", rows));
  const bool overwritten = GENERATE(false, true);
  for (unsigned shard = 0; shard < kJobShards; ++shard) {
    if (overwritten) {
      nomad.Put(ShardPath(kJobsPath, shard), {{"x", "y"}});
    } else {
      nomad.Remove(ShardPath(kJobsPath, shard));
    }
  }
  // Its file was deleted; the other one has failed.
  rows[gone].verdict = Verdict::kOrphan;
  rows[stays].verdict = Verdict::kFailed;
  CHECK_FALSE(store.Save("lab", rows));
  CHECK_FALSE(store.stands());
  for (int look = 0; look < 3; ++look) static_cast<void>(store.Save("lab", rows));
  CHECK_FALSE(store.Load("lab")->contains(gone));
  CHECK(store.Load("lab")->contains(stays));
  // With its file it is one of ours again.
  rows[gone].verdict = Verdict::kInSync;
  REQUIRE(store.Save("lab", rows));
  CHECK(store.Load("lab")->contains(gone));
}

TEST_CASE("nonsense in a ledger is told and dropped, and the rest is kept") {
  MemoryVariables nomad;
  const std::string path = ShardPath(kJobsPath, 3);
  nomad.Put(path, {{"default/web", EncodeLedgerJob(SomeJob())},
                   {"default/api", "\x1b[2Jrm -rf"},
                   {std::string(40'000, 'k'), std::string(25'000, 'v')},
                   {"", "in-sync"}});
  Ledger ledger(nomad, kJobsRef);
  const SaveReport report = ledger.Load(kNoLimit);
  REQUIRE(report.troubles.size() == 1);
  CHECK(report.troubles[0].find("3 entries that nobody can read") != std::string::npos);
  CHECK(report.troubles[0].size() < 1000);
  CHECK_FALSE(ledger.stands());
  CHECK(ledger.jobs().size() == 1);
  CHECK(ledger.Save(kNoLimit).good());
  CHECK(ledger.stands());
}

TEST_CASE("nonsense goes from whichever variable of the ledger it stands in") {
  MemoryVariables nomad;
  for (unsigned shard = 0; shard < kJobShards; ++shard) {
    nomad.Put(ShardPath(kJobsPath, shard), {{"default/junk", std::string(60'000, 'v')}});
  }
  Ledger ledger(nomad, kJobsRef);
  CHECK(ledger.Load(kNoLimit).troubles.size() == 1);
  Fill(ledger, 50);
  CHECK(ledger.Save(kNoLimit).good());
  Ledger next(nomad, kJobsRef);
  CHECK(next.Load(kNoLimit).good());
  CHECK(next.jobs() == ledger.jobs());
}

TEST_CASE("what somebody else wrote into a ledger counts, but for what changed here") {
  MemoryVariables nomad;
  Ledger ledger(nomad, kJobsRef);
  REQUIRE(ledger.Load(kNoLimit).good());
  Fill(ledger, 200);
  REQUIRE(ledger.Save(kNoLimit).good());
  Ledger other(nomad, kJobsRef);
  REQUIRE(other.Load(kNoLimit).good());
  Fill(other, 200, "theirs");
  REQUIRE(other.Save(kNoLimit).good());
  ledger.Put({"default", "service-number-7"}, PlainJob("ours"));
  const SaveReport report = ledger.Save(kNoLimit);
  CHECK(report.troubles.size() == 1);
  CHECK(report.written == 1);
  CHECK(ledger.jobs().at({"default", "service-number-7"}).reason == "ours");
  int theirs = 0;
  for (const auto& [key, job] : ledger.jobs()) theirs += job.reason == "theirs" ? 1 : 0;
  CHECK(theirs > 0);
  REQUIRE(other.Load(kNoLimit).good());
  CHECK(other.jobs().at({"default", "service-number-7"}).reason == "ours");
}

TEST_CASE("a write of the ledger in doubt is settled by reading, whichever way it went") {
  const bool done = GENERATE(false, true);
  MemoryVariables nomad;
  Ledger ledger(nomad, kJobsRef);
  REQUIRE(ledger.Load(kNoLimit).good());
  Error lost{ErrorCode::kUnreachable, "the answer was lost", ""};
  lost.in_doubt = true;
  nomad.write_faults = {{lost, done}};
  ledger.Put({"default", "web"}, SomeJob());
  const SaveReport report = ledger.Save(kNoLimit);
  CHECK(report.good());
  CHECK(nomad.writes == 1);
  Ledger next(nomad, kJobsRef);
  REQUIRE(next.Load(kNoLimit).good());
  CHECK(next.jobs() == ledger.jobs());
}

TEST_CASE(
    "a ledger that takes longer to read than it may is read on, and stands when it is whole") {
  MemoryVariables nomad;
  Ledger before(nomad, kJobsRef);
  Fill(before, 100);
  REQUIRE(before.Save(kNoLimit).good());
  nomad.reads = 0;
  nomad.read_fault = Error{ErrorCode::kUnreachable, "timed out", ""};
  nomad.good_reads = 5;
  Ledger ledger(nomad, kJobsRef);
  CHECK(ledger.Load(kNoLimit).error.has_value());
  CHECK_FALSE(ledger.stands());
  nomad.read_fault.reset();
  REQUIRE(ledger.Load(kNoLimit).good());
  CHECK(ledger.stands());
  CHECK(nomad.reads == 16 + 1);
  CHECK(ledger.jobs() == before.jobs());
  // Whole, it is read anew.
  REQUIRE(ledger.Load(kNoLimit).good());
  CHECK(nomad.reads == 2 * 16 + 1);
}

TEST_CASE("a Nomad that does not answer keeps the memory, which is written when it is back") {
  MemoryVariables nomad;
  nomad.Put(ShardPath(kJobsPath, 0), {{"default/web", EncodeLedgerJob(SomeJob())}});
  nomad.read_fault = Error{ErrorCode::kUnreachable, "refused", ""};
  Ledger ledger(nomad, kJobsRef);
  CHECK(ledger.Load(kNoLimit).error.has_value());
  CHECK_FALSE(ledger.stands());
  Fill(ledger, 50);
  CHECK(ledger.Save(kNoLimit).error.has_value());
  CHECK_FALSE(ledger.stands());
  nomad.read_fault.reset();
  REQUIRE(ledger.Save(kNoLimit).good());
  CHECK(ledger.stands());
  Ledger next(nomad, kJobsRef);
  REQUIRE(next.Load(kNoLimit).good());
  CHECK(next.jobs().size() == 51);
  CHECK(next.jobs() == ledger.jobs());
}

TEST_CASE("a status comes back as it was, bounded, and is written only where it changed") {
  SourceStatus status;
  status.ref = "refs/heads/main";
  status.commit = std::string(40, 'a');
  status.subject = "web: 1.2";
  status.author = "Ada";
  status.fetched_at = ReadStateTime("2026-11-26T18:31:00Z");
  status.applied_at = ReadStateTime("2026-11-26T18:32:00Z");
  status.phase = Phase::kBackoff;
  status.error = "cannot fetch";
  status.counts = {{Verdict::kInSync, 12}, {Verdict::kKnownBad, 1}};
  PastSync past;
  past.at = *status.fetched_at;
  past.commit = status.commit;
  past.result = "failed";
  past.applied = 3;
  past.error = "two | parts";
  status.history.assign(10, past);
  const SourceStatus read = DecodeStatus(EncodeStatus(status));
  CHECK(EncodeStatus(read) == EncodeStatus(status));
  CHECK(read.counts == status.counts);
  CHECK(read.history.size() == 10);
  CHECK(read.history[9].error == "two | parts");
  CHECK(read.phase == Phase::kBackoff);

  SourceStatus large = status;
  large.error = large.subject = std::string(100'000, '\x1b');
  for (PastSync& each : large.history) each.error = std::string(100'000, 'x');
  const nomad::VariableItems items = EncodeStatus(large);
  CHECK(nomad::BytesOf(items) <= kMostStatus);
  CHECK(items.at("error").size() <= kMostStatusError);
  CHECK_FALSE(DecodeStatus(items).history.empty());

  MemoryVariables nomad;
  StatusVariable variable(nomad, {"nmgr/serve/default/status/home"});
  CHECK_FALSE(variable.Read(kNoLimit).value().has_value());
  REQUIRE(variable.Write(status, kNoLimit));
  REQUIRE(variable.Write(status, kNoLimit));
  CHECK(nomad.writes == 1);
  // That it was looked at and synced again is not worth a write, unless somebody asks.
  SourceStatus later = status;
  later.fetched_at = later.applied_at = later.history[0].at =
      *ReadStateTime("2026-11-26T19:00:00Z");
  REQUIRE(variable.Write(later, kNoLimit));
  CHECK(nomad.writes == 1);
  variable.LookAgain();
  REQUIRE(variable.Write(later, kNoLimit));
  CHECK(nomad.writes == 2);
  REQUIRE(variable.Write(status, kNoLimit));
  CHECK(nomad.writes == 2);
  later.history[0].result = "ok";
  REQUIRE(variable.Write(later, kNoLimit));
  CHECK(nomad.writes == 3);
  nomad.Put("nmgr/serve/default/status/home",
            {{"phase", "\x1b"}, {"sync00", ""}, {"counts", "in-sync=x"}});
  CHECK(variable.Read(kNoLimit).value()->history.empty());
  nomad.Remove("nmgr/serve/default/status/home");
  REQUIRE(variable.Write(status, kNoLimit));
  CHECK(nomad.At("nmgr/serve/default/status/home") == EncodeStatus(status));
}

TEST_CASE("an image comes back as it was, and nothing else is one") {
  ImageRecord image;
  image.digest = "sha256:" + std::string(64, 'a');
  image.bad = "sha256:" + std::string(64, 'b');
  image.seen = image.first_seen = *ReadStateTime("2026-11-26T18:31:00Z");
  CHECK(DecodeImage(EncodeImage(image)) == image);
  CHECK(EncodeImage(image).size() < 220);
  CHECK_FALSE(DecodeImage("latest").has_value());
  CHECK_FALSE(DecodeImage(image.digest + " seen=never").has_value());
}

TEST_CASE("paths of state: every name has one of its own that Nomad takes") {
  CHECK(StatePath("default", StateKind::kLease, "home") == "nmgr/serve/default/lease/home");
  CHECK(ShardPath(StatePath("i", StateKind::kJobs, "a.b"), 15) == "nmgr/serve/i/jobs/a~b/0f");
  CHECK(ShardPath(StatePath("i", StateKind::kImages, ""), 7) == "nmgr/serve/i/images/07");
  const std::string prefix = StatePath("i", StateKind::kSources, "");
  CHECK(NameIn(StatePath("i", StateKind::kSources, "a.b-c"), prefix) == "a.b-c");
  CHECK(NameIn("elsewhere/x", prefix).empty());
  CHECK(IsInstance("default"));
  for (const char* name : {"", "a/b", "a b", "é"}) CHECK_FALSE(IsInstance(name));
  CHECK_FALSE(IsInstance(std::string(60, 'i')));
}

}  // namespace
}  // namespace nmgr::sync
