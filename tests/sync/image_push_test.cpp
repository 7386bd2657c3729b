#include "nmgr/sync/image_push.h"

#include <catch2/catch.hpp>

#include "nmgr/rollout/pulls.h"
#include "nmgr/sync/image_store.h"
#include "sync/memory_variables.h"

namespace nmgr::sync {
namespace {

const WallTime kSeenNew = WallTime(std::chrono::hours(100));
const WallTime kNowOfPush = kSeenNew + std::chrono::hours(1);

std::string DigestFull(char mark) { return "sha256:" + std::string(64, mark); }

// Tag moved from a to b an hour ago; started before.
PushCase Moved() {
  PushCase push;
  push.name = "web";
  push.image = "app:latest";
  push.record = {DigestFull('b'), DigestFull('a'), "", kNowOfPush, kSeenNew};
  push.on_push = OnPush::kRestart;
  push.pulls = true;
  push.starts = {kSeenNew - std::chrono::hours(5), kSeenNew + std::chrono::minutes(1)};
  return push;
}

PushMove MoveOf(const PushCase& push, const Gates& gates = {}) {
  const PushDecision decision = DecidePush(push, gates, kNowOfPush);
  INFO(decision.reason);
  const bool says = decision.move == PushMove::kTell || decision.move == PushMove::kRestart;
  CHECK(decision.reason.empty() == !says);
  return decision.move;
}

nomad::Call NoCall() { return {TimePoint::max(), {}, nomad::Patience::kBrief}; }

}  // namespace

TEST_CASE("a start pulls what docker and podman pull, and nothing else") {
  const auto pulls = [](const char* driver, const char* image, bool force = false) {
    nomad::TaskImage task{"g", "t", image, "", driver};
    task.force_pull = force;
    return rollout::PullsAtStart(task);
  };
  CHECK(pulls("docker", "app"));
  CHECK(pulls("docker", "app:latest"));
  CHECK(pulls("docker", "registry.lan:5000/app"));
  CHECK(pulls("docker", "registry.lan:5000/app:latest"));
  CHECK_FALSE(pulls("docker", "app:1"));
  CHECK_FALSE(pulls("docker", "registry.lan:5000/app:1"));
  CHECK(pulls("docker", "app:1", true));
  CHECK_FALSE(pulls("podman", "app"));
  CHECK_FALSE(pulls("podman", "app:latest"));
  CHECK(pulls("podman", "app:latest", true));
  CHECK_FALSE(pulls("raw_exec", "app:latest"));
}

TEST_CASE("what becomes of a tag that has moved") {
  CHECK(MoveOf(Moved()) == PushMove::kRestart);
  PushCase push = Moved();
  push.on_push = OnPush::kNotify;
  CHECK(MoveOf(push) == PushMove::kTell);
  push.on_push = OnPush::kOff;
  CHECK(MoveOf(push) == PushMove::kNothing);

  push = Moved();
  push.record.baseline = push.record.digest;
  CHECK(MoveOf(push) == PushMove::kNothing);
  push = Moved();
  push.restarted = true;
  CHECK(MoveOf(push) == PushMove::kNothing);
  push = Moved();
  push.starts = {kSeenNew + std::chrono::seconds(1)};
  CHECK(MoveOf(push) == PushMove::kNothing);
  CHECK(DecidePush(push, {}, kNowOfPush).current);
  push.starts = {kSeenNew + std::chrono::milliseconds(999)};
  CHECK_FALSE(DecidePush(push, {}, kNowOfPush).current);  // the second is kept, and no more
  push.pulls = false;                                     // it may run whatever its node had
  CHECK(MoveOf(push) == PushMove::kTell);
  push.starts.clear();
  CHECK(MoveOf(push) == PushMove::kNothing);

  push = Moved();
  push.min_age = std::chrono::hours(2);
  CHECK(MoveOf(push) == PushMove::kWait);
  CHECK_FALSE(DecidePush(push, {}, kNowOfPush).current);
  push.min_age = std::chrono::hours(1);
  CHECK(MoveOf(push) == PushMove::kRestart);
  push.record.bad = push.record.digest;
  CHECK(MoveOf(push) == PushMove::kTell);
  push.record.bad = DigestFull('a');
  CHECK(MoveOf(push) == PushMove::kRestart);

  push = Moved();
  push.pulls = false;
  CHECK(MoveOf(push) == PushMove::kTell);
  CHECK(DecidePush(push, {}, kNowOfPush).reason.find("would not pull") != std::string::npos);
  CHECK(DecidePush(push, {}, kNowOfPush).hint.empty());

  push = Moved();
  push.held = true;
  CHECK(MoveOf(push) == PushMove::kTell);
  Gates paused;
  paused.is_paused = true;
  CHECK(MoveOf(Moved(), paused) == PushMove::kTell);
  Gates closed;
  closed.window_open = false;
  CHECK(MoveOf(Moved(), closed) == PushMove::kTell);
  for (const VerdictRow& row : Verdicts()) {
    push = Moved();
    push.verdict = row.verdict;
    CHECK((MoveOf(push) == PushMove::kRestart) == (row.verdict == Verdict::kInSync));
  }
}

TEST_CASE("the first look says what runs; a digest that comes back has not moved") {
  const ImageRecord first = AfterLook(std::nullopt, DigestFull('a'), kSeenNew);
  CHECK(first.baseline == DigestFull('a'));
  CHECK_FALSE(HasMoved(first));
  const ImageRecord same = AfterLook(first, DigestFull('a'), kNowOfPush);
  CHECK(same.first_seen == kSeenNew);
  CHECK(same.seen == kNowOfPush);
  const ImageRecord moved = AfterLook(first, DigestFull('b'), kNowOfPush);
  CHECK(HasMoved(moved));
  CHECK(moved.first_seen == kNowOfPush);
  CHECK_FALSE(HasMoved(AfterLook(moved, DigestFull('a'), kNowOfPush)));
}

TEST_CASE("what was seen of images is kept in eight variables, by all copies together") {
  testing::MemoryVariables variables;
  const nomad::VariableRef base{"nmgr/serve/default/images", "default"};
  ImageStore store(&variables, base);
  REQUIRE(store.Load(NoCall()).good());
  const ImageRecord a = AfterLook(std::nullopt, DigestFull('a'), kSeenNew);
  store.Put("docker.io/library/app:1", a);
  REQUIRE(store.Save(NoCall()).good());
  CHECK(variables.writes == 1);
  // Another look at the same is no write.
  store.Put("docker.io/library/app:1", AfterLook(a, DigestFull('a'), kNowOfPush));
  REQUIRE(store.Save(NoCall()).good());
  CHECK(variables.writes == 1);

  ImageStore other(&variables, base);
  REQUIRE(other.Load(NoCall()).good());
  CHECK(other.Find("docker.io/library/app:1") == a);
  // Both write the same variable: nothing of either is lost.
  std::string name;
  for (int i = 0;; ++i) {
    name = "docker.io/library/app" + std::to_string(i) + ":1";
    ShardedVariables shards(variables, base, kImageShards,
                            [](const std::string& value, std::size_t) { return value; });
    if (shards.ShardOf(name) == shards.ShardOf("docker.io/library/app:1")) break;
  }
  other.Put(name, a);
  REQUIRE(other.Save(NoCall()).good());
  store.Put("docker.io/library/app:1", AfterLook(a, DigestFull('b'), kNowOfPush));
  CHECK(store.Save(NoCall()).good());
  CHECK(store.Find(name) == a);
  ImageStore third(&variables, base);
  REQUIRE(third.Load(NoCall()).good());
  CHECK(third.images().size() == 2);
  CHECK(HasMoved(*third.Find("docker.io/library/app:1")));
}

TEST_CASE(
    "a lost or scribbled variable of images costs memory, and what is held is written again") {
  testing::MemoryVariables variables;
  const nomad::VariableRef base{"nmgr/serve/default/images", "default"};
  ImageStore store(&variables, base);
  REQUIRE(store.Load(NoCall()).good());
  const ImageRecord a = AfterLook(std::nullopt, DigestFull('a'), kSeenNew);
  store.Put("docker.io/library/app:1", a);
  REQUIRE(store.Save(NoCall()).good());
  const std::string path = variables.all().begin()->first;
  variables.Remove(path);
  store.Put("docker.io/library/app:1", AfterLook(a, DigestFull('b'), kNowOfPush));
  store.Save(NoCall());
  store.Save(NoCall());
  ImageStore again(&variables, base);
  REQUIRE(again.Load(NoCall()).good());
  CHECK(again.Find("docker.io/library/app:1"));

  variables.Put(path, {{"docker.io/library/app:1", "nonsense"}, {"<b>", EncodeImage(a)}});
  ImageStore scribbled(&variables, base);
  const SaveReport report = scribbled.Load(NoCall());
  CHECK_FALSE(report.error);
  CHECK(report.troubles.size() == 1);
  CHECK(scribbled.images().empty());
}

TEST_CASE("of more images than fit the ones seen longest ago go") {
  testing::MemoryVariables variables;
  ImageStore store(&variables, {"nmgr/serve/default/images", "default"});
  REQUIRE(store.Load(NoCall()).good());
  for (int i = 0; i < 5000; ++i) {
    store.Put("registry.example.org/team/application" + std::to_string(i) + ":1.0.0",
              AfterLook(std::nullopt, DigestFull('a'), kSeenNew + std::chrono::seconds(i)));
  }
  REQUIRE(store.Save(NoCall()).good());
  CHECK(store.images().size() > 1500);
  CHECK(store.images().size() < 5000);
  CHECK(store.Find("registry.example.org/team/application4999:1.0.0"));
  CHECK_FALSE(store.Find("registry.example.org/team/application0:1.0.0"));
  CHECK(store.MostBytes() <= kShardCap);
}

}  // namespace nmgr::sync
