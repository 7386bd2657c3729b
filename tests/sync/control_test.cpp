#include "nmgr/sync/control.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "memory_variables.h"
#include "nmgr/nomad/connection.h"
#include "nmgr/sync/state_text.h"
#include "nomad_connection.h"
#include "support/fake_nomad_process.h"

namespace nmgr::sync {
namespace {

using testing::FakeNomadProcess;
using testing::MemoryVariables;

const nomad::VariableRef kControlRef{"nmgr/serve/default/control/home"};
const nomad::Call kUnbounded;
const WallTime kNoon = *ReadStateTime("2026-11-26T12:00:00Z");
const JobKey kWebJob{"default", "web"};

Trigger At(int second, const std::string& commit = "") {
  return {TriggerId(kNoon + std::chrono::seconds(second)), "ada", commit, false};
}

Control SomeControl() {
  Control control;
  control.triggers[{TriggerKind::kSync}] = {TriggerId(kNoon), "hook github",
                                            "1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d", true};
  control.triggers[{TriggerKind::kConfirmAll}] = At(1);
  control.triggers[{TriggerKind::kConfirm, kWebJob}] = At(2);
  control.triggers[{TriggerKind::kRetry, {"ops", "a/b c"}}] = At(3);
  control.triggers[{TriggerKind::kUnfollow, kWebJob}] = At(4);
  control.pause = Pause{"ada", kNoon, kNoon + std::chrono::hours(1)};
  control.holds[kWebJob] = {"ada", kNoon, "until | the talk"};
  return control;
}

TEST_CASE("control: a copy that asks for the lease is answered once, and not when it may be gone") {
  Control control;
  CHECK(HandOverTo(control, kNoon).empty());
  RequestHandOver(control, "host:1", kNoon);
  RequestHandOver(control, "host:2", kNoon);
  control = DecodeControl(EncodeControl(control).value());
  CHECK(HandOverTo(control, kNoon + std::chrono::seconds(60)) == "host:2");
  CHECK(HandOverTo(control, kNoon + std::chrono::minutes(10)).empty());
  const TriggerKey key{TriggerKind::kHandOver};
  MarkHandled(control, key, control.triggers.at(key).id, kNoon);
  CHECK(HandOverTo(control, kNoon).empty());
}

TEST_CASE("a control comes back as it was, and can be read by a person") {
  const nomad::VariableItems items = EncodeControl(SomeControl()).value();
  CHECK(items.at("sync") ==
        "requested at=2026-11-26T12:00:00.000000Z by=hook%20github "
        "commit=1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d force=yes");
  CHECK(items.at("pause") == "paused at=2026-11-26T12:00:00Z by=ada until=2026-11-26T13:00:00Z");
  CHECK(items.at("hold:default/web") == "held at=2026-11-26T12:00:00Z by=ada | until | the talk");
  CHECK(items.count("retry:ops/a/b c") == 1);
  std::vector<std::string> strange;
  CHECK(DecodeControl(items, &strange) == SomeControl());
  CHECK(strange.empty());
  CHECK(DecodeControl(EncodeControl({}).value(), &strange) == Control());
  CHECK(strange.empty());
  CHECK_FALSE(EncodeControl({}).value().empty());
}

TEST_CASE("nonsense triggers nothing, but pauses and holds") {
  std::vector<std::string> strange;
  const Control control = DecodeControl({{"sync", "now"},
                                         {"confirm", "requested at=soon"},
                                         {"retry:", "requested at=2026-11-26T12:00:00Z"},
                                         {"retry:web", "requested at=2026-11-26T12:00:00Z"},
                                         {"sync:default/web", "requested at=2026-11-26T12:00:00Z"},
                                         {"retry", "requested at=2026-11-26T12:00:00Z"},
                                         {"\x1b[2J", "x"},
                                         {"pause", "\x1b garbage until=tomorrow"},
                                         {"hold:default/web", ""}},
                                        &strange);
  CHECK(control.triggers.empty());
  CHECK(strange.size() == 7);
  CHECK(control.PausedAt(kNoon));
  CHECK(control.PausedAt(kNoon + std::chrono::hours(100'000)));
  CHECK(control.holds.count(kWebJob) == 1);
}

TEST_CASE("a time within a second is the second, as it is written") {
  CHECK(ReadStateTime("2026-11-26T12:00:00.9Z") == ReadStateTime("2026-11-26T12:00:00Z"));
  CHECK_FALSE(ReadStateTime("1970-01-01T00:00:00.5Z"));
}

TEST_CASE("a pause with an end ends by itself") {
  const Control control = SomeControl();
  CHECK(control.PausedAt(kNoon));
  CHECK(control.PausedAt(kNoon + std::chrono::minutes(59)));
  CHECK_FALSE(control.PausedAt(kNoon + std::chrono::hours(1)));
}

TEST_CASE("what waits comes in the order of the requests, until it is marked") {
  Control control = SomeControl();
  auto waiting = control.Waiting();
  REQUIRE(waiting.size() == 5);
  CHECK(waiting[0].first.kind == TriggerKind::kSync);
  CHECK(waiting[4].first.kind == TriggerKind::kUnfollow);
  const TriggerKey retry{TriggerKind::kRetry, {"ops", "a/b c"}};
  MarkHandled(control, retry, At(3).id, kNoon);
  CHECK(control.Waiting().size() == 4);
  CHECK(control.triggers.at(retry).handled == "2026-11-26T12:00:00Z");
  SECTION("requested again it waits again, and the mark of the first does not end it") {
    control.triggers[retry] = At(9);
    MarkHandled(control, retry, At(3).id, kNoon);
    CHECK(control.Waiting().size() == 5);
  }
}

TEST_CASE("a storm of requests for one commit is one") {
  Control control;
  RequestSync(control, At(0, "1a2b3c4d5e6f"));
  const Control first = control;
  for (int i = 1; i < 100; ++i) RequestSync(control, At(i, "1a2b3c4d5e6f708192a3"));
  CHECK(control == first);
  RequestSync(control, At(5, "ffffffffffff"));
  CHECK(control.triggers.at({TriggerKind::kSync}).commit == "ffffffffffff");
  Trigger forced = At(6, "ffffffffffff");
  forced.force = true;
  RequestSync(control, forced);
  CHECK(control.triggers.at({TriggerKind::kSync}).force);
  RequestSync(control, At(7));
  CHECK(control.triggers.at({TriggerKind::kSync}).force);
  MarkHandled(control, {TriggerKind::kSync}, At(7).id, kNoon);
  RequestSync(control, At(8));
  CHECK(control.triggers.at({TriggerKind::kSync}).id == At(8).id);
  CHECK_FALSE(control.triggers.at({TriggerKind::kSync}).force);
  CHECK_FALSE(SameCommit("1a2b", "1a2b3c4d"));
  CHECK(SameCommit("", ""));
  CHECK_FALSE(SameCommit("", "1a2b3c4d"));
}

TEST_CASE("a request without a commit is a new one, though another waits") {
  Control control;
  RequestSync(control, At(0));
  RequestSync(control, At(1));
  CHECK(control.triggers.at({TriggerKind::kSync}).id == At(1).id);
  MarkHandled(control, {TriggerKind::kSync}, At(0).id, kNoon);
  CHECK(control.triggers.at({TriggerKind::kSync}).handled.empty());
}

TEST_CASE("pushes of images wait once each, a few of them, and leave nothing behind") {
  Control control;
  const auto key = [](int i) {
    return TriggerKey{TriggerKind::kImage,
                      {"registry.lan:5000", "team/app:1." + std::to_string(i)}};
  };
  const auto at = [](int i) { return TriggerId(kNoon + std::chrono::seconds(i)); };
  for (int i = 0; i < 100; ++i) RequestImage(control, key(i), {at(i), "hook", {}});
  CHECK(control.triggers.size() == kMostImages);
  CHECK(control.triggers.contains(key(99)));
  CHECK_FALSE(control.triggers.contains(key(0)));
  // One that waits is not asked for anew.
  RequestImage(control, key(99), {at(200), "hook", {}});
  CHECK(control.triggers[key(99)].id == at(99));
  const auto items = EncodeControl(control);
  REQUIRE(items);
  CHECK(items->contains("image:registry.lan:5000/team/app:1.99"));
  CHECK(DecodeControl(*items) == control);
  MarkHandled(control, key(99), at(99), kNoon);
  CHECK_FALSE(control.triggers.contains(key(99)));
}

TEST_CASE("a full control drops the oldest of what is handled, and never a pause or a hold") {
  Control control = SomeControl();
  for (int i = 0; i < 50; ++i)
    control.holds[{"default", "held-" + std::to_string(i)}] = {"ada", kNoon, std::string(50, 'w')};
  for (int i = 0; i < 1000; ++i) {
    Trigger handled = At(i);
    handled.handled = handled.id;
    control.triggers[{TriggerKind::kRetry, {"default", "job-" + std::to_string(i)}}] = handled;
  }
  const nomad::VariableItems items = EncodeControl(control).value();
  CHECK(nomad::BytesOf(items) <= kMostControl);
  const Control kept = DecodeControl(items);
  CHECK(kept.holds == control.holds);
  CHECK(kept.pause == control.pause);
  CHECK(kept.Waiting().size() == control.Waiting().size());
  CHECK(kept.triggers.count({TriggerKind::kRetry, {"default", "job-999"}}) == 1);
  CHECK(kept.triggers.count({TriggerKind::kRetry, {"default", "job-0"}}) == 0);
  for (int i = 0; i < 500; ++i)
    control.holds[{"default", "more-" + std::to_string(i)}] = {"ada", kNoon, std::string(50, 'w')};
  CHECK(EncodeControl(control).error().code == ErrorCode::kRejected);
}

TEST_CASE("a change is written once, on what stands there, and not where it changes nothing") {
  MemoryVariables nomad;
  int calls = 0;
  const auto pause = [&](Control& control) -> Expected<void> {
    if (++calls == 1) nomad.Put(kControlRef.path, EncodeControl(SomeControl()).value());
    control.pause = Pause{"bob", kNoon, std::nullopt};
    return {};
  };
  const auto changed = ChangeControl(nomad, kControlRef, pause, kUnbounded);
  REQUIRE(changed.has_value());
  CHECK(calls == 2);
  CHECK(changed->pause->by == "bob");
  CHECK(changed->triggers == SomeControl().triggers);
  const int writes = nomad.writes;
  REQUIRE(ChangeControl(nomad, kControlRef, pause, kUnbounded).has_value());
  CHECK(nomad.writes == writes);
  const auto refuses = [](Control&) -> Expected<void> {
    return Error{ErrorCode::kRejected, "no", ""};
  };
  CHECK(ChangeControl(nomad, kControlRef, refuses, kUnbounded).error().message == "no");
  Error lost{ErrorCode::kUnreachable, "the answer was lost", ""};
  lost.in_doubt = true;
  nomad.write_faults = {{lost, true}};
  const auto resume = [](Control& control) -> Expected<void> {
    control.pause.reset();
    return {};
  };
  CHECK_FALSE(ChangeControl(nomad, kControlRef, resume, kUnbounded).value().pause.has_value());
  CHECK(nomad.writes == writes + 1);
}

TEST_CASE("a control that somebody overfilled can still be released and marked, and not grow") {
  MemoryVariables nomad;
  Control large = SomeControl();
  for (int i = 0; i < 800; ++i)
    large.holds[{"default", "held-" + std::to_string(i)}] = {"", WallTime{}, "w"};
  nomad.Put(kControlRef.path, EncodeControl(large, 65'536).value());
  REQUIRE(nomad::BytesOf(nomad.At(kControlRef.path)) > kMostControl);
  const auto release = [](Control& control) -> Expected<void> {
    control.holds.erase({"default", "held-7"});
    MarkHandled(control, {TriggerKind::kSync}, TriggerId(kNoon), kNoon);
    return {};
  };
  const auto released = ChangeControl(nomad, kControlRef, release, kUnbounded);
  REQUIRE(released.has_value());
  CHECK(released->holds.size() == large.holds.size() - 1);
  const auto hold = [](Control& control) -> Expected<void> {
    for (int i = 0; i < 9; ++i)
      control.holds[{"default", "more-" + std::to_string(i)}] = {"ada", kNoon, "why"};
    return {};
  };
  CHECK(ChangeControl(nomad, kControlRef, hold, kUnbounded).error().code == ErrorCode::kRejected);
  // A dry run says the same, and writes nothing.
  const int writes = nomad.writes;
  CHECK(ChangeControl(nomad, kControlRef, hold, kUnbounded, true).error().code ==
        ErrorCode::kRejected);
  CHECK(ChangeControl(nomad, kControlRef, release, kUnbounded, true).has_value());
  CHECK(nomad.writes == writes);
}

// What a watch of the control says, beside a stand-in.
struct WatchedControl {
  explicit WatchedControl(testing::FakeNomadOptions options = {})
      : nomad(std::move(options)), connection(nomad.address()) {}

  void Watch(bool lays = true) {
    watch.emplace(
        *connection.client, kControlRef,
        [this](const Expected<Control>& control) {
          const std::lock_guard lock(mutex);
          heard.push_back(control);
        },
        lays);
  }
  bool Hears(std::size_t count) {
    return Comes([&] { return heard.size() >= count; });
  }
  bool IsLaidOut() {
    return Comes(
        [&] { return connection.client->ReadVariable(kControlRef, {}, {})->value.has_value(); });
  }
  bool Comes(const std::function<bool()>& now) {
    for (int i = 0; i < 6000; ++i) {
      {
        const std::lock_guard lock(mutex);
        if (now()) return true;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  }
  void WriteElsewhere(int times) const {
    for (int i = 0; i < times; ++i) {
      const nomad::VariableRef elsewhere{"nmgr/elsewhere/" + std::to_string(i)};
      REQUIRE(connection.client->WriteVariable(elsewhere, {{"a", "b"}}, 0, kUnbounded).has_value());
    }
  }
  void Hold(const JobKey& job) const {
    const auto hold = [&](Control& control) -> Expected<void> {
      control.holds[job] = {"ada", kNoon, ""};
      return {};
    };
    REQUIRE(ChangeControl(*connection.client, kControlRef, hold, kUnbounded).has_value());
  }
  int Questions() const { return nomad.CountOf("GET /v1/var/" + kControlRef.path); }

  FakeNomadProcess nomad;
  NomadConnection connection;
  std::mutex mutex;
  std::vector<Expected<Control>> heard;
  std::optional<ControlWatch> watch;
};

TEST_CASE("the leader hears of a change of the control, of its deletion, and of nothing else") {
  WatchedControl lab;
  lab.Watch();
  REQUIRE(lab.Hears(1));
  CHECK(lab.heard[0].value() == Control());
  lab.Hold(kWebJob);
  REQUIRE(lab.Hears(2));
  lab.WriteElsewhere(1);
  REQUIRE(lab.nomad.Send("DELETE", "/v1/var/" + kControlRef.path).status == 204);
  REQUIRE(lab.Hears(3));
  const std::lock_guard lock(lab.mutex);
  CHECK(lab.heard[1].value().holds.size() == 1);
  CHECK(lab.heard[2].value() == Control());
  CHECK(lab.heard.size() == 3);
}

TEST_CASE("a control that is not there is laid out, so that other writes wake nobody") {
  WatchedControl lab;
  lab.Watch();
  REQUIRE(lab.IsLaidOut());
  // Deleted, it is laid out anew.
  REQUIRE(lab.nomad.Send("DELETE", "/v1/var/" + kControlRef.path).status == 204);
  REQUIRE(lab.IsLaidOut());
  lab.Hold(kWebJob);
  REQUIRE(lab.Hears(2));
  lab.nomad.ClearLog();
  lab.WriteElsewhere(30);
  lab.Hold({"default", "db"});
  REQUIRE(lab.Hears(3));
  CHECK(lab.Questions() <= 4);  // two of ours, the held one, and one that was under way
  CHECK(lab.heard.back().value().holds.size() == 2);
}

TEST_CASE("a control that may not be laid out is told of once, and is heard of all the same") {
  WatchedControl lab({.faults = {"PUT /v1/var/" + kControlRef.path + " 403x1 Permission denied"}});
  lab.Watch();
  REQUIRE(lab.Hears(2));
  CHECK(lab.heard[0].value() == Control());
  REQUIRE_FALSE(lab.heard[1].has_value());
  CHECK(lab.heard[1].error().code == ErrorCode::kForbidden);
  CHECK(lab.heard[1].error().hint.find("variables:write") != std::string::npos);
  lab.nomad.ClearLog();
  lab.WriteElsewhere(30);
  CHECK(lab.Questions() < 10);
  CHECK(lab.nomad.CountOf("PUT /v1/var/" + kControlRef.path) == 0);
  lab.Hold(kWebJob);
  REQUIRE(lab.Hears(3));
  CHECK(lab.heard[2].value().holds.size() == 1);
}

TEST_CASE("a dry run lays nothing out, and hears of what is asked") {
  WatchedControl lab;
  lab.Watch(/*lays=*/false);
  REQUIRE(lab.Hears(1));
  lab.WriteElsewhere(30);
  CHECK(lab.nomad.CountOf("PUT /v1/var/" + kControlRef.path) == 0);
  CHECK(lab.Questions() < 10);
  lab.Hold(kWebJob);
  REQUIRE(lab.Hears(2));
}

TEST_CASE("a query for a variable that is not there wakes at every write, as Nomad's does") {
  WatchedControl lab;
  auto& client = *lab.connection.client;
  std::uint64_t index = client.ReadVariable(kControlRef, {}, kUnbounded)->index;
  for (int i = 0; i < 3; ++i) {
    const nomad::VariableRef elsewhere{"nmgr/elsewhere/" + std::to_string(i)};
    std::jthread writer([&] {
      REQUIRE(client.WriteVariable(elsewhere, {{"a", "b"}}, 0, kUnbounded).has_value());
    });
    const auto read = client.ReadVariable(kControlRef, {index, Duration(60'000)}, kUnbounded);
    CHECK_FALSE(read->value);
    CHECK(read->index > index);
    index = read->index;
  }
}

}  // namespace
}  // namespace nmgr::sync
