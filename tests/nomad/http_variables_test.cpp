// Variables and locks: what is asked and how refusals are told, byte for byte; then their life in a
// whole Nomad: the stand-in, or a real one where NMGR_TEST_NOMAD_ADDR names it.
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>

#include "answers.h"
#include "nmgr/base/clock.h"
#include "nmgr/nomad/variable_client.h"
#include "support/fake_nomad_process.h"
#include "test_client.h"

namespace nmgr::nomad {
namespace {

using nmgr::testing::FakeNomadProcess;
using nmgr::testing::TestClient;
using nomad_testing::Always;
using nomad_testing::FirstLine;
using nomad_testing::Has;
using nomad_testing::InTurn;
using nomad_testing::To;
using nomad_testing::Within;
using testing::RawServer;

const VariableRef kLeader{"nmgr/leader"};

const char* const kStored =
    R"({"CreateIndex":7,"Items":{"a":"b"},"ModifyIndex":9,"ModifyTime":5,"Namespace":"default","Path":"nmgr/leader"})";
const char* const kZeroed =
    R"({"CreateIndex":0,"ModifyIndex":0,"Namespace":"default","Path":"nmgr/leader"})";

std::string Plain(int status, const std::string& body, const std::string& headers = "") {
  return "HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Type: text/plain\r\n" + headers +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string BodyOf(const std::string& request) {
  return request.substr(request.find("\r\n\r\n") + 4);
}

TEST_CASE("a write is a check-and-set, and sends nothing but items") {
  RawServer server(Always(Plain(200, kStored, "X-Nomad-Index: 9\r\n")));
  TestClient client(To(server), 2);
  const auto written =
      client.WriteVariable({"nmgr/leader", "ops"}, {{"a", "b\n"}}, 0, Within(5000));
  REQUIRE(written.has_value());
  CHECK(written->modify_index == 9);
  const std::string request = server.requests().at(0);
  CHECK(FirstLine(request) == "PUT /v1/var/nmgr/leader?namespace=ops&cas=0 HTTP/1.1");
  CHECK(BodyOf(request) == R"({"Items":{"a":"b\n"}})");
}

TEST_CASE("who writes in between is told with the index that the variable has now") {
  RawServer server(Always(Plain(409, kStored, "X-Nomad-Index: 9\r\n")));
  TestClient client(To(server), 2);
  const auto written = client.WriteVariable(kLeader, {{"a", "b"}}, 3, Within(5000));
  REQUIRE_FALSE(written.has_value());
  CHECK(written.error().code == ErrorCode::kConflict);
  CHECK(written.error().current_index == 9);
  CHECK_FALSE(written.error().in_doubt);
  CHECK(written.error().message ==
        "PUT /v1/var/nmgr/leader: somebody else wrote it, it is at index 9");
  CHECK(server.requests().size() == 1);
}

TEST_CASE("a zeroed variable is a lock of somebody else, and a proxy's 409 is no conflict") {
  RawServer server(InTurn({Plain(409, kZeroed), Plain(409, "try later"), Plain(409, "{}")}));
  TestClient client(To(server), 2);
  const auto locked = client.AcquireLock(kLeader, {{"holder", "b"}}, {}, Within(5000));
  CHECK(locked.error().code == ErrorCode::kConflict);
  CHECK(locked.error().current_index == 0);
  for (int i = 0; i < 2; ++i) {
    const auto foreign = client.AcquireLock(kLeader, {{"holder", "b"}}, {}, Within(5000));
    CHECK(foreign.error().code == ErrorCode::kRejected);
  }
}

TEST_CASE("a variable that is too large is a fault of its own, here and at Nomad") {
  RawServer server(
      Always(Plain(400, "RPC Error:: 400,variables are limited to 64KiB in total size")));
  TestClient client(To(server), 2);
  const std::string full(kMostVariableBytes - 1, 'x');
  const auto here = client.WriteVariable(kLeader, {{"ab", full}}, 1, Within(5000));
  CHECK(here.error().too_large);
  CHECK(server.requests().empty());
  const auto there = client.WriteVariable(kLeader, {{"a", full}}, 1, Within(5000));
  CHECK(there.error().too_large);
  CHECK(there.error().code == ErrorCode::kRejected);
  CHECK(server.requests().size() == 1);
}

TEST_CASE("what is absent is no error, and has an index to wait on") {
  RawServer server(InTurn({Plain(404, "variable not found", "X-Nomad-Index: 56\r\n"),
                           Plain(404, "404 page not found")}));
  TestClient client(To(server), 2);
  const auto absent = client.ReadVariable(kLeader, {44, Duration(1000)}, Within(5000));
  REQUIRE(absent.has_value());
  CHECK_FALSE(absent->value.has_value());
  CHECK(absent->index == 56);
  CHECK(FirstLine(server.requests().at(0)) ==
        "GET /v1/var/nmgr/leader?index=44&wait=1000ms HTTP/1.1");
  CHECK(client.ReadVariable(kLeader, {}, Within(5000)).error().code == ErrorCode::kUnreachable);
}

TEST_CASE("a write whose answer was lost is in doubt and is not sent twice; a renewal is") {
  RawServer server(InTurn({Plain(200, kStored), "", Plain(200, kStored), "", Plain(200, kStored)}));
  TestClient client(To(server), 2);
  REQUIRE(client.RenewLock(kLeader, "1", Within(5000)).has_value());
  const auto lost = client.WriteVariable(kLeader, {{"a", "b"}}, 3, Within(5000));
  CHECK(lost.error().in_doubt);
  CHECK(lost.error().hint == "read the variable before trying again");
  REQUIRE(client.RenewLock(kLeader, "1", Within(5000)).has_value());
  REQUIRE(client.RenewLock(kLeader, "1", Within(5000)).has_value());
  CHECK(server.requests().size() == 5);
}

TEST_CASE("a lock that is lost is told as such, in whatever words") {
  const auto [status, words, code] =
      GENERATE(std::make_tuple(409, "variable doesn't hold a lock", ErrorCode::kConflict),
               std::make_tuple(409, "attempting to modify locked variable", ErrorCode::kConflict),
               std::make_tuple(500, "variable doesn't hold a lock", ErrorCode::kConflict),
               std::make_tuple(404, "variable doesn't exist", ErrorCode::kNotFound),
               std::make_tuple(500, "variable doesn't exist", ErrorCode::kNotFound),
               std::make_tuple(409, kZeroed, ErrorCode::kConflict),
               std::make_tuple(500, "No cluster leader", ErrorCode::kUnreachable),
               std::make_tuple(403, "Permission denied", ErrorCode::kForbidden),
               std::make_tuple(500, "oops", ErrorCode::kRejected));
  RawServer server(Always(Plain(status, words)));
  TestClient client(To(server), 2);
  INFO(status << " " << words);
  CHECK(client.RenewLock(kLeader, "1", Within(300)).error().code == code);
  CHECK(client.ReleaseLock(kLeader, "1", Within(300)).error().code == code);
}

TEST_CASE("what is no path of a variable is not asked for") {
  RawServer server(Always(Plain(200, kStored)));
  TestClient client(To(server), 2);
  for (const char* path : {"", "/a", "a/", "a//b", "a.b", "a b", "../x", "a\nb", "a?cas=1"}) {
    INFO(path);
    CHECK_FALSE(IsVariablePath(path));
    CHECK(client.ReadVariable({path}, {}, Within(5000)).error().code == ErrorCode::kRejected);
    CHECK(client.WriteVariable({path}, {{"a", "b"}}, 0, Within(5000)).error().code ==
          ErrorCode::kRejected);
  }
  CHECK(server.requests().empty());
  CHECK(IsVariablePath("nmgr/serve/a-B_9~/0f"));
  CHECK_FALSE(IsVariablePath(std::string(129, 'a')));
}

// A path of its own for each test, in the stand-in or in a real Nomad.
class Place {
 public:
  Place() {
    const char* real = std::getenv("NMGR_TEST_NOMAD_ADDR");
    if (real == nullptr || *real == '\0') fake_ = std::make_unique<FakeNomadProcess>();
    ConnectionOptions options;
    options.address = fake_ ? fake_->address() : real;
    client_ = std::make_unique<TestClient>(options, 4);
    static int next = 0;
    root_ = "nmgr-test/" + std::to_string(getpid()) + "/" + std::to_string(next++);
  }
  ~Place() {
    const auto listed = client_->ListVariables({root_ + "/"}, {}, Within(5000));
    for (const VariableInfo& info : listed ? listed->value : std::vector<VariableInfo>())
      static_cast<void>(client_->DeleteVariable({info.path}, info.modify_index, Within(5000)));
  }
  VariableClient& client() { return *client_; }
  VariableRef At(const std::string& name) const { return {root_ + "/" + name}; }

 private:
  std::unique_ptr<FakeNomadProcess> fake_;
  std::unique_ptr<TestClient> client_;
  std::string root_;
};

TEST_CASE("the life of a variable: absent, written, read, changed, listed, deleted") {
  Place place;
  VariableClient& client = place.client();
  const VariableRef ref = place.At("state");
  const auto absent = client.ReadVariable(ref, {}, Within(5000)).value();
  CHECK_FALSE(absent.value.has_value());
  CHECK(client.WriteVariable(ref, {{"a", "b"}}, 5, Within(5000)).error().code ==
        ErrorCode::kConflict);
  const VariableItems items = {{"ns/id with blanks", "line\nü\x01"}, {"empty", ""}};
  const VariableInfo first = client.WriteVariable(ref, items, 0, Within(5000)).value();
  CHECK(client.WriteVariable(ref, items, 0, Within(5000)).error().current_index ==
        first.modify_index);
  const auto read = client.ReadVariable(ref, {}, Within(5000)).value();
  REQUIRE(read.value.has_value());
  CHECK(read.value->items == items);
  CHECK(read.value->info.modify_index == first.modify_index);
  CHECK(read.index == first.modify_index);

  std::jthread writer([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    static_cast<void>(client.WriteVariable(ref, {{"n", "2"}}, first.modify_index, Within(5000)));
  });
  const auto woken =
      client.ReadVariable(ref, {read.index, Duration(60'000)}, Within(60'000)).value();
  CHECK(woken.value->items == VariableItems{{"n", "2"}});
  CHECK(woken.index > read.index);

  for (int i = 0; i < 3; ++i) {
    const VariableRef shard = place.At("jobs/0" + std::to_string(i));
    REQUIRE(client.WriteVariable(shard, {{"a", "b"}}, 0, Within(5000)).has_value());
  }
  const auto listed = client.ListVariables(place.At("jobs/"), {}, Within(5000)).value();
  REQUIRE(listed.value.size() == 3);
  CHECK(listed.value[2].path == place.At("jobs/02").path);
  CHECK(listed.index >= listed.value[2].modify_index);

  CHECK(client.DeleteVariable(ref, 1, Within(5000)).error().current_index == woken.index);
  CHECK(client.DeleteVariable(ref, woken.index, Within(5000)).has_value());
  CHECK_FALSE(client.ReadVariable(ref, {}, Within(5000)).value().value.has_value());
}

TEST_CASE("a variable takes exactly 64 KiB") {
  Place place;
  const VariableRef ref = place.At("big");
  const std::string full(kMostVariableBytes - 1, 'x');
  CHECK(place.client().WriteVariable(ref, {{"a", full}}, 0, Within(5000)).has_value());
  CHECK(place.client().AcquireLock(ref, {{"ab", full}}, {}, Within(5000)).error().too_large);
}

TEST_CASE("the life of a lock: held, renewed, refused to others, released, taken over at once") {
  Place place;
  VariableClient& client = place.client();
  const VariableRef ref = place.At("lease");
  const auto id = client.AcquireLock(ref, {{"holder", "a"}}, {}, Within(5000));
  REQUIRE(id.has_value());
  CHECK_FALSE(id->empty());
  CHECK(client.AcquireLock(ref, {{"holder", "b"}}, {}, Within(5000)).error().code ==
        ErrorCode::kConflict);
  CHECK(client.RenewLock(ref, *id, Within(5000)).has_value());
  CHECK(client.RenewLock(ref, "11111111-1111-1111-1111-111111111111", Within(5000)).error().code ==
        ErrorCode::kConflict);
  const auto read = client.ReadVariable(ref, {}, Within(5000)).value();
  CHECK(read.value->items == VariableItems{{"holder", "a"}});
  CHECK(client.WriteVariable(ref, {{"x", "y"}}, read.index, Within(5000)).error().code ==
        ErrorCode::kConflict);
  CHECK(client.DeleteVariable(ref, read.index, Within(5000)).error().code == ErrorCode::kConflict);

  const LockTerms again{Duration(15'000), Duration(5'000), *id};
  CHECK(client.AcquireLock(ref, {{"holder", ""}}, again, Within(5000)).value() == *id);
  const auto read_again = client.ReadVariable(ref, {}, Within(5000)).value();
  CHECK(read_again.value->items == VariableItems{{"holder", ""}});

  std::jthread holder([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    static_cast<void>(client.ReleaseLock(ref, *id, Within(5000)));
  });
  const auto woken =
      client.ReadVariable(ref, {read_again.index, Duration(60'000)}, Within(60'000)).value();
  CHECK(woken.index > read_again.index);
  CHECK(woken.value->items == VariableItems{{"holder", ""}});
  const auto next = client.AcquireLock(ref, {{"holder", "b"}}, {}, Within(5000));
  REQUIRE(next.has_value());
  CHECK(client.RenewLock(ref, *id, Within(5000)).error().code == ErrorCode::kConflict);
  CHECK(client.ReleaseLock(ref, *next, Within(5000)).has_value());
  CHECK(client.ReleaseLock(ref, *next, Within(5000)).error().code == ErrorCode::kConflict);
  CHECK(client.RenewLock(place.At("none"), *id, Within(5000)).error().code == ErrorCode::kNotFound);
}

}  // namespace
}  // namespace nmgr::nomad
