#include "nmgr/sync/request_writer.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <string>
#include <thread>

#include "support/fake_nomad_process.h"
#include "sync/nomad_connection.h"

namespace nmgr::sync {
namespace {

using testing::FakeNomadProcess;

nomad::VariableRef ControlOf(const std::string& source) { return {"nmgr/control/" + source}; }

std::string CommitIn(nomad::VariableClient& client, const std::string& source) {
  const auto read = client.ReadVariable(ControlOf(source), {}, {});
  if (!read || !read->value) return "";
  const Control control = DecodeControl(read->value->items);
  const auto found = control.triggers.find({TriggerKind::kSync});
  return found == control.triggers.end() ? "" : found->second.commit;
}

bool Becomes(nomad::VariableClient& client, const std::string& source, const std::string& commit) {
  for (int i = 0; i < 3000 && CommitIn(client, source) != commit; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  return CommitIn(client, source) == commit;
}

TEST_CASE("thousands of requests are a few writes, and the last one counts") {
  FakeNomadProcess nomad;
  NomadConnection connection(nomad.address());
  RequestWriter writer(*connection.client, ControlOf, [](const auto&, const Error&) {});
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 5000; ++i) {
    const std::string commit = i == 4999 ? "eeeeeeeeeeee" : "aaaaaaa" + std::to_string(10000 + i);
    writer.Request(i % 2 == 0 ? "home" : "work",
                   {TriggerId(RealClock().Wall()), "hook", commit, i == 7});
  }
  CHECK(Becomes(*connection.client, "work", "eeeeeeeeeeee"));
  CHECK(Becomes(*connection.client, "home", "aaaaaaa14998"));
  const auto seconds =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - begin)
          .count();
  CHECK(nomad.CountOf("PUT /v1/var/") <= 2 * (seconds + 2));
}

TEST_CASE("a request that could not be written is told once and written when Nomad is back") {
  FakeNomadProcess nomad({.faults = {"PUT /v1/var/nmgr/control/home 500x2 oops"}});
  NomadConnection connection(nomad.address());
  std::atomic<int> told = 0;
  RequestWriter writer(*connection.client, ControlOf, [&](const auto&, const Error&) { ++told; });
  writer.Request("home", {TriggerId(RealClock().Wall()), "hook", "aaaaaaaaaaaa", false});
  CHECK(Becomes(*connection.client, "home", "aaaaaaaaaaaa"));
  CHECK(told == 1);
}

}  // namespace
}  // namespace nmgr::sync
