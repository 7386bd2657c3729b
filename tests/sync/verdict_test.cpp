#include "nmgr/sync/verdict.h"

#include <catch2/catch.hpp>
#include <set>
#include <string>

#include "nmgr/sync/status.h"

namespace nmgr::sync {

TEST_CASE("every verdict and hold has one word, and the word leads back to it") {
  std::set<std::string_view> words;
  for (const VerdictRow& row : Verdicts()) {
    CHECK(WordOf(row.verdict) == row.word);
    CHECK(VerdictOf(row.word) == row.verdict);
    CHECK(words.insert(row.word).second);
  }
  CHECK(words.size() == 11);
  for (const HoldRow& row : Holds()) {
    CHECK(WordOf(row.hold) == row.word);
    CHECK(HoldOf(row.word) == row.hold);
    CHECK(words.insert(row.word).second);
  }
  CHECK_FALSE(VerdictOf("fine"));
  CHECK_FALSE(HoldOf("held"));
}

TEST_CASE("a held job says what holds it") {
  CHECK(Words(Verdict::kHeld, Hold::kDrift) == "held (drift)");
  CHECK(Words(Verdict::kInSync, Hold::kNone) == "in-sync");
  CHECK(NeedsALook(Verdict::kHeld));
  CHECK_FALSE(NeedsALook(Verdict::kApplying));
}

TEST_CASE("what holds a job is released by one command, where a person can do something") {
  const auto release = [](Verdict verdict, Hold hold) {
    return ReleaseCommand(verdict, hold, "lab", "web");
  };
  CHECK(release(Verdict::kHeld, Hold::kDrift) == "nmgr sync confirm lab web");
  CHECK(release(Verdict::kHeld, Hold::kStopped) == "nmgr sync confirm lab web");
  CHECK(release(Verdict::kHeld, Hold::kPerson) == "nmgr sync release lab web");
  CHECK(release(Verdict::kHeld, Hold::kPaused) == "nmgr sync resume lab");
  CHECK(release(Verdict::kHeld, Hold::kWindow) == "nmgr sync now lab --force");
  CHECK(release(Verdict::kKnownBad, Hold::kNone) == "nmgr sync retry lab web");
  CHECK(release(Verdict::kHeld, Hold::kProtected).empty());
  CHECK(release(Verdict::kInSync, Hold::kNone).empty());
}

TEST_CASE("every phase has a word") {
  CHECK(WordOf(Phase::kStandby) == "standby");
  CHECK(WordOf(Phase::kStopping) == "stopping");
}

}  // namespace nmgr::sync
