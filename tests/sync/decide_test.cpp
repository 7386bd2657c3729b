// The table of nmgr/sync/decide.h, row by row.
#include "nmgr/sync/decide.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace nmgr::sync {
namespace {

using rollout::JobState;
using std::chrono::minutes;

const WallTime kDecideNow{std::chrono::hours(480'000)};
const std::string kCommit = "0123456789abcdef0123456789abcdef01234567";

Source Homelab() {
  Source source;
  source.name = "homelab";
  return source;
}

// Runs as its spec says, and nobody knows it.
JobCase Web() {
  JobCase job;
  job.name = job.steered = "web";
  job.path = "apps/web.hcl";
  job.hash16 = "aaaaaaaaaaaaaaaa";
  job.state = JobState::kRunning;
  job.live_index = 17;
  return job;
}

LedgerJob Row(std::string hash = "aaaaaaaaaaaaaaaa", std::uint64_t index = 17) {
  LedgerJob row;
  row.hash16 = std::move(hash);
  row.applied_index = index;
  row.commit12 = "ba9876543210";
  row.commit_on = kDecideNow - std::chrono::hours(24);
  row.path = "apps/web.hcl";
  row.since = kDecideNow - minutes(60);
  return row;
}

Decision Judge(const JobCase& job, const Source& source = Homelab(), const Gates& gates = {}) {
  return Decide(job, source, gates, kCommit, kDecideNow);
}

struct DecideRow {
  std::string what;
  std::function<void(JobCase&, Source&, Gates&)> change;
  Verdict verdict;
  Hold hold = Hold::kNone;
};

// Of a job that nobody has applied, and that waits for a person.
LedgerJob HeldFor(Hold hold) {
  LedgerJob row;
  row.verdict = Verdict::kHeld;
  row.hold = hold;
  return row;
}

}  // namespace

TEST_CASE("what becomes of a job, row by row") {
  const auto differs = [](JobCase& job) {
    job.state = JobState::kDiffers;
    job.difference = "count 1 -> 2";
  };
  const std::vector<DecideRow> rows = {
      {"it runs as its spec says", [](auto&, auto&, auto&) {}, Verdict::kInSync},
      {"it is ill, but as its spec says",
       [](auto& job, auto&, auto&) { job.state = JobState::kFailed; }, Verdict::kInSync},
      {"another source names it", [](auto& job, auto&, auto&) { job.other_sources = {"lab2"}; },
       Verdict::kConflict},
      {"two files name it", [](auto& job, auto&, auto&) { job.other_files = {"b.hcl"}; },
       Verdict::kConflict},
      {"it is protected", [](auto& job, auto&, auto&) { job.is_protected = true; }, Verdict::kHeld,
       Hold::kProtected},
      {"another namespace", [](auto& job, auto&, auto&) { job.namespace_allowed = false; },
       Verdict::kHeld, Hold::kNamespace},
      {"a faulty file", [](auto& job, auto&, auto&) { job.fault = "web.hcl:3:5: no"; },
       Verdict::kFrozen},
      {"Nomad refuses the spec", [](auto& job, auto&, auto&) { job.refused = "no group"; },
       Verdict::kFrozen},
      {"a question failed",
       [](auto& job, auto&, auto&) {
         job.state = JobState::kAbsent;
         job.unreachable = "nobody answers";
       },
       Verdict::kUnreachable},
      {"somebody holds it",
       [&](auto& job, auto&, auto&) {
         differs(job);
         job.row = Row("bbbbbbbbbbbbbbbb");
         job.steering.held = true;
       },
       Verdict::kHeld, Hold::kPerson},
      {"stopped by hand",
       [](auto& job, auto&, auto&) {
         job.state = JobState::kStopped;
         job.row = Row("bbbbbbbbbbbbbbbb");
       },
       Verdict::kHeld, Hold::kStopped},
      {"stopped by hand, all adoptions confirmed",
       [](auto& job, auto&, auto&) {
         job.state = JobState::kStopped;
         job.row = Row();
         job.row->hold = Hold::kStopped;
         job.steering.confirmed_set = true;
       },
       Verdict::kHeld, Hold::kStopped},
      {"stopped by hand, and confirmed by name",
       [](auto& job, auto&, auto&) {
         job.state = JobState::kStopped;
         job.steering.confirmed = true;
       },
       Verdict::kWillApply},
      {"pruned, and its file is back",
       [](auto& job, auto&, auto&) {
         job.state = JobState::kStopped;
         job.row = Row();
         job.row->pruned = true;
       },
       Verdict::kWillApply},
      {"new", [](auto& job, auto&, auto&) { job.state = JobState::kAbsent; }, Verdict::kWillApply},
      {"new, and nothing is created",
       [](auto& job, auto& source, auto&) {
         job.state = JobState::kAbsent;
         source.create = Create::kNever;
       },
       Verdict::kHeld, Hold::kPolicy},
      {"purged by hand",
       [](auto& job, auto&, auto&) {
         job.state = JobState::kAbsent;
         job.row = Row();
       },
       Verdict::kHeld, Hold::kPurged},
      {"purged by hand, and its spec has changed",
       [](auto& job, auto&, auto&) {
         job.state = JobState::kAbsent;
         job.row = Row("bbbbbbbbbbbbbbbb");
       },
       Verdict::kWillApply},
      {"purged by hand, always created",
       [](auto& job, auto& source, auto&) {
         job.state = JobState::kAbsent;
         job.row = Row();
         source.create = Create::kAlways;
       },
       Verdict::kWillApply},
      {"stopped by hand, and forgotten by Nomad, and its spec has changed, always created",
       [](auto& job, auto& source, auto&) {
         job.state = JobState::kAbsent;
         job.row = Row("bbbbbbbbbbbbbbbb");
         job.row->ended = Ended::kStopped;
         source.create = Create::kAlways;
       },
       Verdict::kHeld, Hold::kStopped},
      {"stopped by hand, and forgotten by Nomad, and confirmed",
       [](auto& job, auto&, auto&) {
         job.state = JobState::kAbsent;
         job.row = Row();
         job.row->ended = Ended::kStopped;
         job.steering.confirmed = true;
       },
       Verdict::kWillApply},
      {"finished, and forgotten by Nomad, always created",
       [](auto& job, auto& source, auto&) {
         job.state = JobState::kAbsent;
         job.row = Row();
         job.row->ended = Ended::kFinished;
         source.create = Create::kAlways;
       },
       Verdict::kInSync},
      {"finished, and forgotten by Nomad, and its spec has changed",
       [](auto& job, auto&, auto&) {
         job.state = JobState::kAbsent;
         job.row = Row("bbbbbbbbbbbbbbbb");
         job.row->ended = Ended::kFinished;
       },
       Verdict::kWillApply},
      {"foreign, and differs", [&](auto& job, auto&, auto&) { differs(job); }, Verdict::kHeld,
       Hold::kAdopt},
      {"foreign, differs, confirmed with all that waited",
       [&](auto& job, auto&, auto&) {
         differs(job);
         job.row = HeldFor(Hold::kAdopt);
         job.steering.confirmed_set = true;
       },
       Verdict::kWillApply},
      {"foreign, differs, and did not wait yet when all were confirmed",
       [&](auto& job, auto&, auto&) {
         differs(job);
         job.steering.confirmed_set = true;
       },
       Verdict::kHeld, Hold::kAdopt},
      {"foreign, differs, its stop was confirmed by name",
       [&](auto& job, auto&, auto&) {
         differs(job);
         job.row = HeldFor(Hold::kAdopt);
         job.steering.confirmed_prune = true;
       },
       Verdict::kHeld, Hold::kAdopt},
      {"foreign, differs, always adopted",
       [&](auto& job, auto& source, auto&) {
         differs(job);
         source.adopt = Adopt::kAlways;
       },
       Verdict::kWillApply},
      {"git has moved",
       [&](auto& job, auto&, auto&) {
         differs(job);
         job.row = Row("bbbbbbbbbbbbbbbb");
       },
       Verdict::kWillApply},
      {"git has moved, and somebody else too",
       [&](auto& job, auto&, auto&) {
         differs(job);
         job.row = Row("bbbbbbbbbbbbbbbb", 12);
       },
       Verdict::kWillApply},
      {"its leader died, and its deployment failed and was rolled back",
       [&](auto& job, auto& source, auto&) {
         differs(job);
         job.live_index = 12;
         job.row = Row("bbbbbbbbbbbbbbbb");
         job.row->tries = {{"cccccccccccc", job.hash16, 7}};
         job.failed_registers = {9};
         source.drift = Drift::kRepair;
       },
       Verdict::kKnownBad},
      {"its leader died, and an older deployment had failed",
       [&](auto& job, auto&, auto&) {
         differs(job);
         job.live_index = 12;
         job.row = Row("bbbbbbbbbbbbbbbb");
         job.row->tries = {{"cccccccccccc", job.hash16, 7}};
         job.failed_registers = {5};
       },
       Verdict::kHeld, Hold::kDrift},
      {"its leader died, its deployment failed, and somebody wants it tried again",
       [&](auto& job, auto&, auto&) {
         differs(job);
         job.live_index = 12;
         job.row = Row("bbbbbbbbbbbbbbbb");
         job.row->bad_hash16 = job.hash16;
         job.row->tries = {{"cccccccccccc", job.hash16, 7}};
         job.failed_registers = {9};
         job.steering.retried = true;
       },
       Verdict::kWillApply},
      {"somebody else has changed it",
       [&](auto& job, auto&, auto&) {
         differs(job);
         job.row = Row("aaaaaaaaaaaaaaaa", 12);
       },
       Verdict::kHeld, Hold::kDrift},
      {"drift is ignored",
       [&](auto& job, auto& source, auto&) {
         differs(job);
         job.row = Row("aaaaaaaaaaaaaaaa", 12);
         source.drift = Drift::kIgnore;
       },
       Verdict::kInSync},
      {"drift is repaired, and has just been seen",
       [&](auto& job, auto& source, auto&) {
         differs(job);
         job.row = Row("aaaaaaaaaaaaaaaa", 12);
         source.drift = Drift::kRepair;
       },
       Verdict::kHeld, Hold::kDrift},
      {"drift is repaired, and has stood for long enough",
       [&](auto& job, auto& source, auto&) {
         differs(job);
         job.row = Row("aaaaaaaaaaaaaaaa", 12);
         job.row->drift_since = kDecideNow - minutes(11);
         source.drift = Drift::kRepair;
       },
       Verdict::kWillApply},
      {"registered as it is, and Nomad's plan differs for ever",
       [&](auto& job, auto&, auto&) {
         differs(job);
         job.row = Row();
       },
       Verdict::kHeld, Hold::kDrift},
      {"known bad",
       [&](auto& job, auto&, auto&) {
         differs(job);
         job.row = Row("bbbbbbbbbbbbbbbb");
         job.row->bad_hash16 = job.hash16;
       },
       Verdict::kKnownBad},
      {"known bad, and tried once more",
       [&](auto& job, auto&, auto&) {
         differs(job);
         job.row = Row();
         job.row->bad_hash16 = job.hash16;
         job.steering.retried = true;
       },
       Verdict::kWillApply},
      {"another spec was bad",
       [&](auto& job, auto&, auto&) {
         differs(job);
         job.row = Row("bbbbbbbbbbbbbbbb");
         job.row->bad_hash16 = "bbbbbbbbbbbbbbbb";
       },
       Verdict::kWillApply},
      {"nothing is applied",
       [](auto& job, auto& source, auto&) {
         job.state = JobState::kAbsent;
         source.apply = Apply::kNone;
       },
       Verdict::kHeld, Hold::kPolicy},
      {"images alone, and it differs elsewhere",
       [&](auto& job, auto& source, auto&) {
         differs(job);
         job.row = Row("bbbbbbbbbbbbbbbb");
         source.apply = Apply::kImages;
       },
       Verdict::kHeld, Hold::kPolicy},
      {"images alone, and they differ",
       [&](auto& job, auto& source, auto&) {
         differs(job);
         job.images_differ = true;
         job.row = Row("bbbbbbbbbbbbbbbb");
         source.apply = Apply::kImages;
       },
       Verdict::kWillApply},
      {"paused",
       [](auto& job, auto&, auto& gates) {
         job.state = JobState::kAbsent;
         gates.is_paused = true;
       },
       Verdict::kHeld, Hold::kPaused},
      {"paused, and in sync", [](auto&, auto&, auto& gates) { gates.is_paused = true; },
       Verdict::kInSync},
      {"no window",
       [](auto& job, auto&, auto& gates) {
         job.state = JobState::kAbsent;
         gates.window_open = false;
       },
       Verdict::kHeld, Hold::kWindow},
  };
  for (const DecideRow& row : rows) {
    INFO(row.what);
    JobCase job = Web();
    Source source = Homelab();
    Gates gates;
    row.change(job, source, gates);
    const Decision decision = Decide(job, source, gates, kCommit, kDecideNow);
    CHECK(WordOf(decision.verdict) == WordOf(row.verdict));
    CHECK(WordOf(decision.hold) == WordOf(row.hold));
    CHECK(decision.apply == (row.verdict == Verdict::kWillApply));
    CHECK(decision.row.verdict == decision.verdict);
    if (decision.verdict != Verdict::kInSync) CHECK_FALSE(decision.reason.empty());
  }
}

TEST_CASE("what is equal is adopted: whoever registered it, it is known from then on") {
  const Decision decision = Judge(Web());
  CHECK(decision.row.hash16 == "aaaaaaaaaaaaaaaa");
  CHECK(decision.row.applied_index == 17);
  CHECK(decision.row.commit12 == "0123456789ab");
  CHECK(decision.row.since == kDecideNow);
}

TEST_CASE("a row of what stays as it is stays as it is, for a week") {
  JobCase job = Web();
  job.row = Row();
  job.row->path = job.path;
  job.row->verdict = Verdict::kInSync;
  CHECK(Judge(job).row == *job.row);
  Gates lost;
  lost.new_history = true;
  const Decision anew = Judge(job, Homelab(), lost);
  CHECK(anew.row.commit12 == "0123456789ab");
  // That once.
  JobCase later = job;
  later.row = anew.row;
  later.row->commit_on -= std::chrono::hours(24);
  CHECK(Judge(later, Homelab(), lost).row == *later.row);

  using Change = std::function<void(JobCase & job)>;
  const Change rows[] = {[](JobCase& job) { job.row->commit_on -= kCommitKept; },
                         [](JobCase& job) { job.row->commit_on = kDecideNow + minutes(1); },
                         [](JobCase& job) { job.row->commit_on = {}; },
                         [](JobCase& job) { job.row->hash16 = "bbbbbbbbbbbbbbbb"; },
                         [](JobCase& job) { job.row->applied_index = 16; },
                         [](JobCase& job) { job.row->path = "old/web.hcl"; },
                         [](JobCase& job) { job.row->pruned = true; }};
  for (const Change& change : rows) {
    JobCase changed = job;
    change(changed);
    const LedgerJob row = Judge(changed).row;
    CHECK(row.commit12 == "0123456789ab");
    CHECK(row.commit_on == std::chrono::floor<std::chrono::days>(kDecideNow));
  }
}

TEST_CASE(
    "what a leader had begun when it died, and is neither that now nor what it was, is drift") {
  JobCase job = Web();
  job.state = JobState::kDiffers;
  job.row = Row("bbbbbbbbbbbbbbbb", 12);
  job.row->tries = {{"0123456789ab", "aaaaaaaaaaaaaaaa", 12}};
  job.live_index = 12;  // it never landed
  CHECK(Judge(job).apply);
  job.live_index = 19;  // it did, and was taken back
  const Decision taken_back = Judge(job);
  CHECK(taken_back.hold == Hold::kDrift);
  CHECK(taken_back.hint == "nmgr sync confirm homelab web");
  CHECK(taken_back.row.tries == job.row->tries);
  JobCase confirmed = job;
  confirmed.steering.confirmed = true;
  CHECK(Judge(confirmed).apply);
  Source repairs = Homelab();
  repairs.drift = Drift::kRepair;
  CHECK(Judge(job, repairs).hold == Hold::kDrift);
  job.row->tries[0].hash16 = "cccccccccccccccc";  // of a commit before this one
  CHECK(Judge(job).apply);
  job.row->tries[0] = {"0123456789ab", "aaaaaaaaaaaaaaaa"};  // it was absent
  CHECK(Judge(job).apply);
  job.row->tries[0].index = 12;
  job.row->refused_hash16 = "aaaaaaaaaaaaaaaa";  // it was not taken
  CHECK(Judge(job).apply);
}

TEST_CASE("what is held or frozen keeps what the ledger has of it") {
  JobCase job = Web();
  job.row = Row("bbbbbbbbbbbbbbbb", 12);
  job.fault = "web.hcl:3:5: no";
  job.hash16.clear();
  const Decision frozen = Judge(job);
  CHECK(frozen.row.hash16 == "bbbbbbbbbbbbbbbb");
  CHECK(frozen.row.applied_index == 12);
  CHECK(frozen.row.commit12 == "ba9876543210");
}

TEST_CASE("since when a verdict stands") {
  JobCase job = Web();
  job.row = Row();
  CHECK(Judge(job).row.since == kDecideNow - minutes(60));
  job.state = JobState::kStopped;
  CHECK(Judge(job).row.since == kDecideNow);
}

TEST_CASE("drift is dated when it is first seen, and forgotten when it is gone") {
  JobCase job = Web();
  job.state = JobState::kDiffers;
  job.row = Row("aaaaaaaaaaaaaaaa", 12);
  CHECK(Judge(job).row.drift_since == kDecideNow);
  job.row->drift_since = kDecideNow - minutes(5);
  CHECK(Judge(job).row.drift_since == kDecideNow - minutes(5));
  job.state = JobState::kRunning;
  CHECK_FALSE(Judge(job).row.drift_since);
}

TEST_CASE("what is held names the command that releases it") {
  JobCase job = Web();
  job.state = JobState::kStopped;
  CHECK(Judge(job).hint == "nmgr sync confirm homelab web");
  job.steering.held = true;
  CHECK(Judge(job).hint == "nmgr sync release homelab web");
  Gates paused;
  paused.is_paused = true;
  paused.paused = "by ann";
  JobCase fresh = Web();
  fresh.state = JobState::kAbsent;
  const Decision decision = Judge(fresh, Homelab(), paused);
  CHECK(decision.hint == "nmgr sync resume homelab");
  CHECK(decision.reason == "new; the source is paused by ann");
}

namespace {

PruneJob Missing(std::uint64_t index = 17, bool stopped = false) {
  PruneJob job;
  job.key = {"default", "web"};
  job.live = PruneJob::Live{index, stopped};
  return job;
}

PruneVerdict Bar(PruneBar bar) { return {{"default", "web"}, bar, "because", {}}; }

LedgerJob Refused() {
  LedgerJob row = Row();
  row.batch = Batch::kRefused;
  return row;
}

}  // namespace

TEST_CASE("a job that no file names goes on running, and is told why") {
  const auto orphan =
      DecideOrphan(Missing(), Bar(PruneBar::kSwitchedOff), Row(), Homelab(), kDecideNow);
  REQUIRE(orphan);
  CHECK(orphan->verdict == Verdict::kOrphan);
  CHECK_FALSE(orphan->apply);
  CHECK(orphan->hint == "nmgr down job:default/web");
  CHECK(orphan->row.applied_index == 17);
  CHECK(orphan->row.since == kDecideNow);
  const auto barred = DecideOrphan(Missing(), Bar(PruneBar::kMoved), Row(), Homelab(), kDecideNow);
  CHECK(barred->reason.ends_with("it goes on running: because"));
  CHECK_FALSE(barred->apply);
  PruneVerdict grace = Bar(PruneBar::kGrace);
  grace.until = kDecideNow + minutes(10);
  CHECK(DecideOrphan(Missing(), grace, Row(), Homelab(), kDecideNow)->reason ==
        "because; grace until 2024-10-04T00:10:00Z");
  CHECK(DecideOrphan(Missing(), grace, Row(), Homelab(), kDecideNow)->hint.empty());
  grace.batch = Batch::kRefused;
  const auto refused = DecideOrphan(Missing(), grace, Row(), Homelab(), kDecideNow);
  CHECK(refused->hint == "nmgr sync confirm homelab");
  CHECK(refused->row.batch == Batch::kRefused);
  PruneVerdict too_many = Bar(PruneBar::kTooMany);
  too_many.batch = Batch::kRefused;
  CHECK(DecideOrphan(Missing(), too_many, Row(), Homelab(), kDecideNow)->hint ==
        "nmgr sync confirm homelab");
}

TEST_CASE("a job whose file is back is no longer one of a set that was refused") {
  JobCase web = Web();
  web.row = Refused();
  CHECK(Judge(web).row.batch == Batch::kNone);
  web.fault = "apps/web.hcl:1:1: torn";
  CHECK(Judge(web).row.batch == Batch::kNone);
}

TEST_CASE("an orphan that nothing keeps is stopped; one that does not run is forgotten") {
  const PruneVerdict go = Bar(PruneBar::kNothing);
  CHECK(DecideOrphan(Missing(), go, Row(), Homelab(), kDecideNow)->apply);
  const PruneVerdict gone = Bar(PruneBar::kGone);
  CHECK_FALSE(DecideOrphan(Missing(0), gone, Row(), Homelab(), kDecideNow));
  CHECK_FALSE(DecideOrphan(Missing(18, true), gone, Row(), Homelab(), kDecideNow));
  LedgerJob ours = Row();
  ours.pruned = true;
  const auto stopped = DecideOrphan(Missing(18, true), gone, ours, Homelab(), kDecideNow);
  REQUIRE(stopped);
  CHECK(stopped->verdict == Verdict::kInSync);
  CHECK(stopped->row.pruned);
  // Somebody has started it again, and may stop it again: that is no stop of ours.
  CHECK_FALSE(
      DecideOrphan(Missing(19), Bar(PruneBar::kChanged), ours, Homelab(), kDecideNow)->row.pruned);
  CHECK_FALSE(DecideOrphan(Missing(0), gone, ours, Homelab(), kDecideNow));
  PruneJob unknown = Missing();
  unknown.live.reset();
  CHECK(DecideOrphan(unknown, Bar(PruneBar::kUnreachable), Row(), Homelab(), kDecideNow)->verdict ==
        Verdict::kUnreachable);
}

TEST_CASE("a person's word is kept as long as something else holds the job, and for that alone") {
  JobCase job = Web();
  job.state = JobState::kDiffers;
  job.difference = "image of web";
  job.row = HeldFor(Hold::kAdopt);
  job.steering.confirmed_set = true;
  Gates paused;
  paused.is_paused = true;
  Decision decision = Judge(job, Homelab(), paused);
  CHECK(decision.hold == Hold::kPaused);
  CHECK(decision.row.confirmed == Hold::kAdopt);
  // What asked for it is handled then.
  job.steering = {};
  job.row = decision.row;
  decision = Judge(job, Homelab(), paused);
  CHECK(decision.hold == Hold::kPaused);
  job.row = decision.row;
  SECTION("it is applied when the pause ends, and the word stands until it is") {
    decision = Judge(job);
    CHECK(decision.apply);
    CHECK(decision.row.confirmed == Hold::kAdopt);
  }
  SECTION("a question that fails changes nothing of it") {
    job.unreachable = "nobody answers";
    CHECK(Judge(job).row.confirmed == Hold::kAdopt);
  }
  SECTION("what was stopped meanwhile wants a word of its own") {
    job.state = JobState::kStopped;
    decision = Judge(job);
    CHECK(decision.hold == Hold::kStopped);
    CHECK(decision.row.confirmed == Hold::kNone);
  }
  SECTION("what is as its spec says needs none") {
    job.state = JobState::kRunning;
    CHECK(Judge(job).row.confirmed == Hold::kNone);
  }
}

}  // namespace nmgr::sync
