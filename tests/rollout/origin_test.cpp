// Which spec brought a job to where it stood, as the journals tell.
#include "nmgr/rollout/origin.h"

#include <catch2/catch.hpp>

namespace nmgr::rollout {
namespace {

const nomad::JobRef kOriginJob{"web", "default", "global"};

JobPoint PointAt(std::uint64_t index, std::uint64_t version, bool stop = false) {
  return {true, stop, index, version};
}

PastWrite PastWriteOf(WriteKind kind, const JobPoint& before, const JobPoint& after) {
  PastWrite write;
  write.ref = kOriginJob;
  write.kind = kind;
  write.before = before;
  write.end = WriteEnd::kDone;
  write.after = after;
  return write;
}

PastRun PastRunOf(const std::string& id, const std::string& commit, std::vector<PastWrite> writes,
                  const std::string& move = "register") {
  PastRun run;
  run.head.id = id;
  run.head.commit = commit;
  run.head.dirty = false;
  run.head.base_dir = "/cld";
  PastJob job;
  job.ref = kOriginJob;
  job.move = move;
  job.spec_hash = "hash of " + id;
  job.writes = std::move(writes);
  run.jobs.push_back(std::move(job));
  return run;
}

}  // namespace

TEST_CASE("the run that registered a job tells the commit of its spec") {
  const std::vector<PastRun> runs = {
      PastRunOf("b", "2222", {PastWriteOf(WriteKind::kRegister, PointAt(10, 0), PointAt(20, 1))}),
      PastRunOf("a", "1111", {PastWriteOf(WriteKind::kRegister, {}, PointAt(10, 0))})};
  const auto first = FindOrigin(runs, kOriginJob, PointAt(10, 0));
  REQUIRE(first);
  CHECK(first->run == "a");
  CHECK(first->commit == "1111");
  CHECK(first->spec_hash == "hash of a");
  CHECK(first->clean);
  CHECK(FindOrigin(runs, kOriginJob, PointAt(20, 1))->commit == "2222");
  // Another register has the same version, or the same index in another place.
  CHECK_FALSE(FindOrigin(runs, kOriginJob, PointAt(11, 0)));
  CHECK_FALSE(FindOrigin(runs, {"web", "prod", "global"}, PointAt(10, 0)));
  CHECK_FALSE(FindOrigin(runs, kOriginJob, {}));
  CHECK_FALSE(FindOrigin(runs, kOriginJob, {true, false, 10, {}}));
}

TEST_CASE("a restart of its tasks hides no register before it") {
  const std::vector<PastRun> runs = {
      PastRunOf("b", "2222", {PastWriteOf(WriteKind::kRestart, PointAt(10, 0), PointAt(10, 0))},
                "restart_in_place"),
      PastRunOf("a", "1111", {PastWriteOf(WriteKind::kRegister, {}, PointAt(10, 0))})};
  const auto origin = FindOrigin(runs, kOriginJob, PointAt(10, 0));
  REQUIRE(origin);
  CHECK(origin->run == "a");
}

TEST_CASE("a stop, a revert and what an undo stopped lead to the register before them") {
  PastWrite revert = PastWriteOf(WriteKind::kRevert, PointAt(20, 1), PointAt(30, 2));
  revert.to = 0;
  const std::vector<PastRun> runs = {
      PastRunOf("e", "5555",
                {PastWriteOf(WriteKind::kRegister, PointAt(40, 3, true), PointAt(50, 4, true))},
                "take_down"),
      PastRunOf("d", "4444", {PastWriteOf(WriteKind::kStop, PointAt(30, 2), PointAt(40, 3, true))},
                "stop"),
      PastRunOf("c", "3333", {revert}, "revert"),
      PastRunOf("b", "2222", {PastWriteOf(WriteKind::kRegister, PointAt(10, 0), PointAt(20, 1))}),
      PastRunOf("a", "1111", {PastWriteOf(WriteKind::kRegister, {}, PointAt(10, 0))})};
  for (const JobPoint& point : {PointAt(30, 2), PointAt(40, 3, true), PointAt(50, 4, true)}) {
    const auto origin = FindOrigin(runs, kOriginJob, point);
    REQUIRE(origin);
    CHECK(origin->commit == "1111");
  }
  // Without the run that made the version that it went back to, nothing is known.
  CHECK_FALSE(FindOrigin({runs.begin(), runs.end() - 1}, kOriginJob, PointAt(50, 4, true)));
}

TEST_CASE("a commit that a job has of its own counts, and what is not known is not clean") {
  std::vector<PastRun> runs = {
      PastRunOf("a", "1111", {PastWriteOf(WriteKind::kRegister, {}, PointAt(10, 0))})};
  runs[0].head.dirty = true;
  CHECK_FALSE(FindOrigin(runs, kOriginJob, PointAt(10, 0))->clean);
  runs[0].jobs[0].commit = "0000";
  runs[0].jobs[0].base_dir = "/other";
  const auto own = FindOrigin(runs, kOriginJob, PointAt(10, 0));
  CHECK(own->commit == "0000");
  CHECK(own->base_dir == "/other");
  CHECK(own->clean);
  runs[0].jobs[0].commit.clear();
  runs[0].head.dirty.reset();
  CHECK_FALSE(FindOrigin(runs, kOriginJob, PointAt(10, 0))->clean);
}

TEST_CASE("journals that lead in a circle end the search") {
  const std::vector<PastRun> runs = {
      PastRunOf("a", "1111",
                {PastWriteOf(WriteKind::kStop, PointAt(10, 0), PointAt(10, 0)),
                 PastWriteOf(WriteKind::kStop, PointAt(20, 1), PointAt(10, 0))})};
  CHECK_FALSE(FindOrigin(runs, kOriginJob, PointAt(10, 0)));
}

}  // namespace nmgr::rollout
