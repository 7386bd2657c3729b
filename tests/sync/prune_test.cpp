// What may be stopped because git no longer has it: every condition by itself, and over random
// repositories and edits that no job of a faulty, moved, renamed or foreign file is ever stopped.
#include "nmgr/sync/prune.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <functional>
#include <random>
#include <string>
#include <vector>

using namespace nmgr;
using namespace nmgr::sync;
using namespace std::chrono_literals;

namespace {

const WallTime kNow{std::chrono::hours{500'000}};

PruneJob Deleted(const std::string& id) {
  PruneJob job;
  job.key = {"default", id};
  job.applied_index = 7;
  job.path = "jobs/" + id + ".nomad";
  job.follows = job.deleted = true;
  job.live = PruneJob::Live{.index = 7};
  job.fetches_absent = 2;
  job.absent_since = kNow - 10min;
  return job;
}

PruneFacts Good(int jobs = 1) {
  PruneFacts facts;
  facts.enabled = facts.ledger_stands = facts.fetched = true;
  facts.follows = true;
  facts.files = 9;
  facts.managed = 10;
  facts.now = kNow;
  facts.described = {{"default", "db"}, {"other", "web"}};
  facts.paths = {"jobs/db.nomad"};
  if (jobs != 0) facts.jobs = {Deleted("web")};
  return facts;
}

PruneVerdict Decide(const PruneFacts& facts) {
  const auto verdicts = DecidePrune(facts);
  REQUIRE(verdicts.size() == facts.jobs.size());
  REQUIRE(verdicts[0].key == facts.jobs[0].key);
  CHECK_FALSE(verdicts[0].reason.empty());
  return verdicts[0];
}

// A person's word of all that are there.
void ConfirmAll(PruneFacts& facts) {
  for (const PruneJob& job : facts.jobs) facts.confirmed.insert(job.key);
}

}  // namespace

TEST_CASE("a job whose file was deleted goes when everything is proved") {
  const PruneVerdict verdict = Decide(Good());
  CHECK(verdict.bar == PruneBar::kNothing);
  CHECK(verdict.MayGo());
  CHECK(verdict.IsOrphan());
  CHECK(verdict.reason == "jobs/web.nomad was deleted in git");
}

TEST_CASE("each condition alone forbids a prune") {
  using Change = std::function<void(PruneFacts & facts, PruneJob & job)>;
  const std::pair<PruneBar, Change> rows[] = {
      {PruneBar::kSwitchedOff, [](auto& f, auto&) { f.enabled = false; }},
      {PruneBar::kNoLedger, [](auto& f, auto&) { f.ledger_stands = false; }},
      {PruneBar::kNotFetched, [](auto& f, auto&) { f.fetched = false; }},
      {PruneBar::kRewritten, [](auto& f, auto&) { f.follows = false; }},
      {PruneBar::kRewritten, [](auto& f, auto&) { f.follows.reset(); }},
      {PruneBar::kEmptySet, [](auto& f, auto&) { f.files = 0; }},
      {PruneBar::kUnknownFault, [](auto& f, auto&) { f.unknown_faults = {"x: torn"}; }},
      {PruneBar::kPaused, [](auto& f, auto&) { f.paused = true; }},
      {PruneBar::kWindow, [](auto& f, auto&) { f.window_open = false; }},
      {PruneBar::kDescribed, [](auto& f, auto& j) { f.described.insert(j.key); }},
      {PruneBar::kFrozen,
       [](auto& f, auto&) {
         f.faulty = {{"x", "default", "web"}};
       }},
      {PruneBar::kFrozen,
       [](auto& f, auto&) {
         f.faulty = {{"x", "", "web"}};
       }},
      {PruneBar::kFrozen,
       [](auto& f, auto& j) {
         f.faulty = {{j.path, "default", "else"}};
       }},
      {PruneBar::kNotOurs, [](auto&, auto& j) { j.applied_index = 0; }},
      {PruneBar::kNoFile, [](auto&, auto& j) { j.path.clear(); }},
      {PruneBar::kFileThere, [](auto& f, auto& j) { f.paths.insert(j.path); }},
      {PruneBar::kNotProved, [](auto&, auto& j) { j.deleted = false; }},
      {PruneBar::kRewritten, [](auto&, auto& j) { j.follows = false; }},
      {PruneBar::kRewritten, [](auto&, auto& j) { j.follows.reset(); }},
      {PruneBar::kMoved, [](auto&, auto& j) { j.moved_to = "old/web.nomad"; }},
      {PruneBar::kUnsettled, [](auto& f, auto&) { f.settled = false; }},
      {PruneBar::kProtected, [](auto&, auto& j) { j.is_protected = true; }},
      {PruneBar::kInfra, [](auto&, auto& j) { j.is_infra = true; }},
      {PruneBar::kUnreachable, [](auto&, auto& j) { j.live.reset(); }},
      {PruneBar::kGone, [](auto&, auto& j) { j.live->index = 0; }},
      {PruneBar::kGone, [](auto&, auto& j) { j.live->stopped = true; }},
      {PruneBar::kChanged, [](auto&, auto& j) { j.live->index = 8; }},
      {PruneBar::kChanged, [](auto&, auto& j) { j.live->index = 6; }},
      {PruneBar::kHeld, [](auto&, auto& j) { j.is_held = true; }},
      {PruneBar::kFetchedOnce, [](auto&, auto& j) { j.fetches_absent = 1; }},
      {PruneBar::kGrace, [](auto&, auto& j) { j.absent_since = kNow - 10min + 1ms; }},
      {PruneBar::kGrace, [](auto&, auto& j) { j.absent_since.reset(); }},
      {PruneBar::kGrace, [](auto&, auto& j) { j.absent_since = kNow + 1h; }},
  };
  for (const auto& [bar, change] : rows) {
    PruneFacts facts = Good();
    change(facts, facts.jobs[0]);
    ConfirmAll(facts);  // a person's word is about how many, and about nothing else
    const PruneVerdict verdict = Decide(facts);
    INFO(static_cast<int>(bar) << ": " << verdict.reason);
    CHECK(verdict.bar == bar);
    CHECK_FALSE(verdict.MayGo());
    const bool is_described = bar == PruneBar::kDescribed || bar == PruneBar::kFrozen;
    CHECK(verdict.IsOrphan() == !is_described);
  }
}

TEST_CASE("what a job itself forbids stands, whatever its source forbids") {
  PruneFacts facts = Good();
  facts.enabled = false;
  facts.described.insert(facts.jobs[0].key);
  CHECK(Decide(facts).bar == PruneBar::kDescribed);
}

TEST_CASE("a faulty file of another job or namespace forbids nothing") {
  PruneFacts facts = Good();
  facts.faulty = {{"jobs/db.nomad", "default", "db"}, {"x", "other", "web"}};
  CHECK(Decide(facts).MayGo());
}

TEST_CASE("the grace says until when") {
  PruneFacts facts = Good();
  facts.jobs[0].absent_since = kNow - 4min;
  CHECK(Decide(facts).until == kNow + 6min);
  facts.grace = 0ms;
  CHECK(Decide(facts).MayGo());
}

TEST_CASE("at most a fifth goes at once, or one; more want a person") {
  CHECK(MostPruned(0) == 1);
  CHECK(MostPruned(9) == 1);
  CHECK(MostPruned(10) == 2);
  CHECK(MostPruned(1000) == 200);
  PruneFacts facts = Good();
  facts.jobs = {Deleted("a"), Deleted("b")};
  CHECK(Decide(facts).MayGo());
  facts.managed = 9;
  for (const auto& verdict : DecidePrune(facts)) {
    CHECK(verdict.bar == PruneBar::kTooMany);
    CHECK(verdict.reason.find("2 of 9 jobs") != std::string::npos);
  }
  facts.confirmed = {{"default", "b"}};
  CHECK(DecidePrune(facts)[0].bar == PruneBar::kTooMany);
  CHECK(DecidePrune(facts)[1].MayGo());
  facts.confirmed.clear();
  ConfirmAll(facts);
  CHECK(DecidePrune(facts)[0].MayGo());
  // Those that only wait for their time count: else a set would be taken away one by one.
  facts.confirmed.clear();
  facts.jobs[0].fetches_absent = 1;
  CHECK(DecidePrune(facts)[0].bar == PruneBar::kFetchedOnce);
  CHECK(DecidePrune(facts)[1].bar == PruneBar::kTooMany);
  // Those that cannot go do not.
  facts.jobs[0].is_protected = true;
  CHECK(DecidePrune(facts)[1].MayGo());
}

namespace {

// Looks again and again, with what the ledger keeps between the looks.
class Looks {
 public:
  explicit Looks(std::initializer_list<const char*> deleted) {
    facts.managed = 11;  // of which two may go at once, as of ten
    for (const char* id : deleted) facts.jobs.push_back(Deleted(id));
  }

  PruneJob& Job(const std::string& id) {
    return *std::find_if(facts.jobs.begin(), facts.jobs.end(),
                         [&](const PruneJob& job) { return job.key.id == id; });
  }
  void ComesBack(const std::string& id) {
    std::erase_if(facts.jobs, [&](const PruneJob& job) { return job.key.id == id; });
  }

  // Those that go: they are gone at the next look.
  std::vector<std::string> Look() {
    std::vector<std::string> gone;
    verdicts = DecidePrune(facts);
    for (const PruneVerdict& verdict : verdicts) {
      Job(verdict.key.id).batch = verdict.batch;
      if (verdict.MayGo()) gone.push_back(verdict.key.id);
    }
    for (const std::string& id : gone) ComesBack(id);
    facts.managed -= gone.size();
    facts.confirmed.clear();
    return gone;
  }

  PruneFacts facts = Good(0);
  std::vector<PruneVerdict> verdicts;
};

using Ids = std::vector<std::string>;

}  // namespace

TEST_CASE("what was refused as one set stays refused, however few are left of it") {
  Looks looks{"a", "b", "c"};
  CHECK(looks.Look().empty());
  CHECK(looks.verdicts[0].reason ==
        "jobs/a.nomad was deleted in git, and 3 of 11 jobs would be stopped at once; more than 2 "
        "want to be confirmed");
  SECTION("when a person confirms one") {
    looks.facts.confirmed = {{"default", "b"}};
    CHECK(looks.Look() == Ids{"b"});
    CHECK(looks.Look().empty());
    CHECK(looks.verdicts[0].bar == PruneBar::kTooMany);
    CHECK(
        looks.verdicts[0].reason ==
        "jobs/a.nomad was deleted in git, and it was one of too many to go at once; each wants to "
        "be confirmed");
    looks.facts.confirmed = {{"default", "a"}};
    CHECK(looks.Look() == Ids{"a"});
    CHECK(looks.Look().empty());
  }
  SECTION("when the file of one comes back, which is one of few when it is deleted again") {
    looks.ComesBack("c");
    CHECK(looks.Look().empty());
    looks.ComesBack("b");
    CHECK(looks.Look().empty());
    looks.facts.jobs.push_back(Deleted("c"));
    CHECK(looks.Look() == Ids{"c"});
  }
  SECTION("when one is stopped or changed by hand") {
    looks.Job("a").live->stopped = true;
    CHECK(looks.Look().empty());
    looks.Job("b").live->index = 8;
    CHECK(looks.Look().empty());
  }
  SECTION("when there are more jobs to count by") {
    looks.facts.managed = 100;
    CHECK(looks.Look().empty());
  }
  SECTION("until all of it is confirmed") {
    ConfirmAll(looks.facts);
    CHECK(looks.Look() == Ids{"a", "b", "c"});
  }
}

TEST_CASE("those of a set that wait for their time are refused with the others") {
  Looks looks{"a", "b", "c"};
  looks.Job("b").absent_since = looks.Job("c").absent_since = kNow - 4min;
  CHECK(looks.Look().empty());
  CHECK(looks.verdicts[1].bar == PruneBar::kGrace);
  CHECK(looks.verdicts[1].reason.find("want to be confirmed") != std::string::npos);
  CHECK(looks.verdicts[1].until == kNow + 6min);
  looks.facts.confirmed = {{"default", "a"}};
  CHECK(looks.Look() == Ids{"a"});
  looks.facts.now += 10min;
  CHECK(looks.Look().empty());
}

TEST_CASE("what could not be asked about counts as what goes") {
  const auto is_refused = [](const std::function<void(PruneJob & job)>& change) {
    Looks looks{"a", "b", "c"};
    change(looks.Job("a"));
    const bool none = looks.Look().empty();
    looks.Job("a") = Deleted("a");
    looks.Job("a").batch = looks.verdicts[0].batch;
    return none && looks.Look().empty();
  };
  CHECK(is_refused([](PruneJob& job) { job.live.reset(); }));
  CHECK(is_refused([](PruneJob& job) { job.follows.reset(); }));
}

TEST_CASE("a set is refused too while its source is paused, not fetched or its window closed") {
  using Change = std::function<void(PruneFacts & facts, bool on)>;
  const Change rows[] = {
      [](auto& f, bool on) { f.paused = on; }, [](auto& f, bool on) { f.window_open = !on; },
      [](auto& f, bool on) { f.settled = !on; }, [](auto& f, bool on) { f.fetched = !on; },
      [](auto& f, bool on) { f.ledger_stands = !on; }};
  for (const Change& change : rows) {
    Looks looks{"a", "b", "c"};
    change(looks.facts, true);
    CHECK(looks.Look().empty());
    looks.ComesBack("c");
    looks.facts.confirmed = {{"default", "b"}};
    CHECK(looks.Look().empty());
    change(looks.facts, false);
    CHECK(looks.Look() == Ids{"b"});
  }
}

TEST_CASE("a person's word of a job is kept until its time comes, or its evidence changes") {
  Looks looks{"a", "b", "c"};
  for (PruneJob& job : looks.facts.jobs) job.fetches_absent = 1;
  ConfirmAll(looks.facts);
  CHECK(looks.Look().empty());
  looks.Job("a").deleted = false;
  looks.Job("b").is_held = true;
  CHECK(looks.Look().empty());
  looks.Job("a").deleted = true;
  looks.Job("b").is_held = false;
  for (PruneJob& job : looks.facts.jobs) job.fetches_absent = 2;
  CHECK(looks.Look() == Ids{"c"});
  CHECK(looks.verdicts[0].bar == PruneBar::kTooMany);
  CHECK(looks.verdicts[1].bar == PruneBar::kTooMany);
}

namespace {

enum class State { kGood, kFaultyKnown, kFaultyUnknown };

struct ModelFile {
  std::string id;
  State state = State::kGood;
};
using Tree = std::map<Path, ModelFile>;

struct LiveJob {
  std::uint64_t index = 0;
  bool stopped = false;
};

struct Applied {
  Path path;
  std::size_t commit = 0;
  std::uint64_t index = 0;
  std::size_t absent = 0;
  std::optional<WallTime> since;
  Batch batch = Batch::kNone;
};

// A cluster, a source with a history, a foreign source, people; and a daemon whose evidence is
// gathered honestly. What is asserted is known from the world, not from that evidence.
class World {
 public:
  explicit World(unsigned seed) : random_(seed) {
    for (int i = 0; i < 12; ++i) NewFile(ours_);
    for (int i = 0; i < 4; ++i) NewFile(foreign_);
    history_ = {ours_};
  }

  void Step() {
    const std::size_t edits = Below(4);
    for (std::size_t i = 0; i < edits; ++i) Edit();
    if (Below(6) == 0) Person();
    if (edits > 0) Commit();
    now_ += std::chrono::minutes(Below(12));
    Cycle();
  }

  std::size_t stopped = 0;

 private:
  std::size_t Below(std::size_t bound) { return random_() % bound; }

  void NewFile(Tree& tree) {
    const std::string id = "j" + std::to_string(next_++);
    tree["d/" + id] = {id};
  }

  Tree::iterator Any(Tree& tree) { return std::next(tree.begin(), Below(tree.size())); }

  void Edit() {
    Tree& tree = Below(5) == 0 ? foreign_ : ours_;
    if (tree.empty() || Below(5) == 0) return NewFile(tree);
    const auto file = Any(tree);
    switch (Below(9)) {
      case 0:
      case 1:
        tree.erase(file);
        break;
      case 2:  // renamed, and perhaps broken at the same time
        tree["r/" + std::to_string(next_++)] = {file->second.id,
                                                Below(2) == 0 ? State::kGood : AnyState()};
        tree.erase(file);
        break;
      case 3:  // moved to the other source, or back
        (&tree == &ours_ ? foreign_ : ours_)["m/" + std::to_string(next_++)] = {file->second.id,
                                                                                AnyState()};
        tree.erase(file);
        break;
      case 4:  // the job takes the file of another, which goes
        if (tree.size() > 1) {
          const ModelFile moved = file->second;
          tree.erase(file);
          Any(tree)->second = moved;
        }
        break;
      case 5:
        ours_ = history_[Below(history_.size())];  // a revert, as a commit of its own
        break;
      case 6:
        if (Below(4) == 0) rewritten_ = true;  // a force push
        break;
      default:
        file->second.state = AnyState();
    }
  }
  State AnyState() { return static_cast<State>(Below(3)); }

  void Person() {
    if (live_.empty()) return;
    LiveJob& job = std::next(live_.begin(), Below(live_.size()))->second;
    job.index = ++index_;
    job.stopped = Below(2) == 0;
  }

  void Commit() { history_.push_back(ours_); }

  bool IsDescribedSomewhere(const std::string& id) const {  // by any file, whether it can be read
    for (const Tree* tree : {&ours_, &foreign_}) {
      for (const auto& [path, file] : *tree) {
        if (file.id == id) return true;
      }
    }
    return false;
  }

  // Whether one of the commits after `commit` has taken `path` away.
  bool IsDeletedSince(std::size_t commit, const Path& path) const {
    for (std::size_t i = commit + 1; i < history_.size(); ++i) {
      if (history_[i - 1].contains(path) && !history_[i].contains(path)) return true;
    }
    return false;
  }

  PruneFacts Gather() {
    PruneFacts facts;
    facts.enabled = facts.ledger_stands = facts.fetched = true;
    facts.follows = !rewritten_;
    facts.files = ours_.size();
    facts.managed = ledger_.size();
    facts.now = now_;
    for (const Tree* tree : {&ours_, &foreign_}) {
      for (const auto& [path, file] : *tree) {
        if (file.state == State::kGood) {
          facts.described.insert({"default", file.id});
        } else if (file.state == State::kFaultyKnown) {
          facts.faulty.push_back({path, "", file.id});
        } else {
          facts.unknown_faults.push_back(path);
          facts.faulty.push_back({path, "", ""});
        }
      }
    }
    for (const auto& [path, file] : ours_) facts.paths.insert(path);
    for (auto& [id, applied] : ledger_) {
      // Whether it is described is for the decision to see: the caller hands over all of them.
      const bool described = facts.described.contains({"default", id});
      if (described) {
        applied.absent = Below(4);
        applied.since = now_ - 1h;
        applied.batch = Batch::kNone;
        refused_.erase(id);
      }
      ++applied.absent;
      if (!applied.since) applied.since = now_;
      const auto live = live_.find(id);
      PruneJob job;
      job.key = {"default", id};
      job.applied_index = applied.index;
      job.path = applied.path;
      job.follows = true;
      job.deleted = IsDeletedSince(applied.commit, applied.path);
      job.live = live == live_.end() ? PruneJob::Live{}
                                     : PruneJob::Live{live->second.index, live->second.stopped};
      job.fetches_absent = applied.absent;
      job.absent_since = applied.since;
      job.batch = applied.batch;
      facts.jobs.push_back(job);
      if (!described) continue;
      applied.absent = 0;
      applied.since.reset();
    }
    return facts;
  }

  void Apply() {
    for (const auto& [path, file] : ours_) {
      if (file.state != State::kGood) continue;
      LiveJob& job = live_[file.id];
      const bool by_hand = ledger_.contains(file.id) && ledger_[file.id].index != job.index;
      if (by_hand || job.stopped) continue;
      const bool same = ledger_.contains(file.id) && ledger_[file.id].path == path;
      if (!same || Below(4) == 0) job.index = ++index_;
      ledger_[file.id] = {path, history_.size() - 1, job.index, 0, std::nullopt};
    }
  }

  void Cycle() {
    const PruneFacts facts = Gather();
    std::size_t gone = 0;
    for (const PruneVerdict& verdict : DecidePrune(facts)) {
      ledger_.at(verdict.key.id).batch = verdict.batch;
      if (verdict.bar == PruneBar::kTooMany) refused_.insert(verdict.key.id);
      if (!verdict.MayGo()) continue;
      REQUIRE_FALSE(refused_.contains(verdict.key.id));  // nobody confirms here
      INFO(verdict.key.id << ": " << verdict.reason);
      REQUIRE_FALSE(IsDescribedSomewhere(verdict.key.id));
      REQUIRE(live_.at(verdict.key.id).index == ledger_.at(verdict.key.id).index);
      REQUIRE_FALSE(live_.at(verdict.key.id).stopped);
      const Applied& applied = ledger_.at(verdict.key.id);
      REQUIRE(IsDeletedSince(applied.commit, applied.path));
      REQUIRE_FALSE(ours_.contains(applied.path));
      REQUIRE_FALSE(ours_.empty());
      REQUIRE_FALSE(rewritten_);
      live_[verdict.key.id].stopped = true;
      ledger_.erase(verdict.key.id);
      ++gone;
    }
    REQUIRE(gone <= MostPruned(facts.managed));
    stopped += gone;
    Apply();
    if (rewritten_) {
      // The new line of commits: what was applied before is no ancestor of anything.
      rewritten_ = false;
      history_ = {ours_};
      for (auto& [id, applied] : ledger_) applied.commit = 0;
    }
  }

  std::mt19937 random_;
  Tree ours_, foreign_;
  std::vector<Tree> history_;
  std::map<std::string, Applied> ledger_;
  std::map<std::string, LiveJob> live_;
  std::set<std::string> refused_;  // as one set, and not come back since
  std::uint64_t index_ = 10;
  int next_ = 0;
  bool rewritten_ = false;
  WallTime now_ = kNow;
};

}  // namespace

TEST_CASE("no job of a faulty, moved, renamed or foreign file is ever stopped") {
  std::size_t stopped = 0;
  for (unsigned seed = 0; seed < 400; ++seed) {
    INFO("seed " << seed);
    World world(seed);
    for (int step = 0; step < 60; ++step) world.Step();
    stopped += world.stopped;
  }
  CHECK(stopped > 50);  // the property is not held by doing nothing
}
