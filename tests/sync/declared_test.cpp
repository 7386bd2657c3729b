// Sources in variables: what may stand there, and that a bad one is nobody else's business.
#include "nmgr/sync/declared.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <functional>
#include <mutex>
#include <thread>

#include "nomad_connection.h"
#include "support/fake_nomad_process.h"
#include "sync/memory_variables.h"

namespace nmgr::sync {
namespace {

using testing::MemoryVariables;

constexpr const char* kDeclaredAt = "nmgr/serve/default/sources/";

ServeConfig DeclaringConfig() {
  ServeConfig config;
  config.serve.variable_sources.hosts = {"git.example.org"};
  config.serve.variable_sources.namespaces = {"media"};
  return config;
}

nomad::VariableItems GoodItems(const std::string& repository = "jobs") {
  return {{"url", "https://git.example.org/me/" + repository + ".git"}, {"namespaces", "media"}};
}

DeclaredPlace PlaceOf(const ServeConfig& config) {
  DeclaredPlace place;
  place.prefix = {kDeclaredAt, "", ""};
  place.config = &config;
  return place;
}

std::vector<DeclaredSource> Declared(MemoryVariables& variables, const ServeConfig& config,
                                     const std::vector<DeclaredSource>& known = {}) {
  const auto read = ReadDeclared(variables, PlaceOf(config), known, {}, {});
  REQUIRE(read);
  return read->value;
}

bool ComesTrue(const std::function<bool()>& now) {
  for (int i = 0; i < 6000; ++i) {
    if (now()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

}  // namespace

TEST_CASE("without the owner's word no variable declares a source") {
  CHECK_FALSE(MayDeclare({}));
  CHECK(MayDeclare(DeclaringConfig()));
}

TEST_CASE("a bad declaration is an error of its own") {
  MemoryVariables variables;
  ServeConfig config = DeclaringConfig();
  Source own;
  own.name = "lab";
  config.sources = {own};
  variables.Put(std::string(kDeclaredAt) + "good", GoodItems());
  variables.Put(std::string(kDeclaredAt) + "lab", GoodItems());
  variables.Put(std::string(kDeclaredAt) + "other", {{"url", "https://evil.example.org/x.git"}});
  variables.Put(std::string(kDeclaredAt) + "path",
                {{"url", "https://git.example.org/x.git"}, {"overlay", "/etc"}});
  variables.Put(std::string(kDeclaredAt) + "a/b", GoodItems());
  variables.Put("nmgr/serve/default/status/lab", {{"url", "https://git.example.org/x.git"}});
  const std::vector<DeclaredSource> all = Declared(variables, config);
  std::map<std::string, std::string> errors;
  for (const DeclaredSource& one : all) {
    errors[one.name] = one.source ? "" : one.source.error().message;
  }
  REQUIRE(errors.size() == 5);
  CHECK(errors["good"].empty());
  CHECK(errors["lab"].find("the config file has a source \"lab\"") != std::string::npos);
  CHECK(errors["other"].find("may not fetch from evil.example.org") != std::string::npos);
  CHECK(errors["path"].find("overlay is a path") != std::string::npos);
  CHECK(errors["a/b"].find("its name must be") != std::string::npos);
  CHECK(all[1].source.has_value());
  CHECK(all[1].source->namespaces == std::vector<std::string>{"media"});
  CHECK(all[1].source->from_variable);
}

TEST_CASE("what this machine cannot do for a source is an error of it too") {
  MemoryVariables variables;
  const ServeConfig config = DeclaringConfig();
  variables.Put(std::string(kDeclaredAt) + "good", GoodItems());
  DeclaredPlace place = PlaceOf(config);
  place.check = [](const Source&) {
    return Expected<void>(tl::unexpected(Error{ErrorCode::kConfig, "no such zone", ""}));
  };
  const auto read = ReadDeclared(variables, place, {}, {}, {});
  REQUIRE(read);
  REQUIRE_FALSE(read->value.at(0).source);
  CHECK(read->value[0].source.error().message == "no such zone");
}

TEST_CASE("what has not moved is not read again, and what has gone is gone") {
  MemoryVariables variables;
  const ServeConfig config = DeclaringConfig();
  variables.Put(std::string(kDeclaredAt) + "a", GoodItems("a"));
  variables.Put(std::string(kDeclaredAt) + "b", GoodItems("b"));
  const std::vector<DeclaredSource> first = Declared(variables, config);
  REQUIRE(first.size() == 2);
  variables.Put(std::string(kDeclaredAt) + "b", GoodItems("c"));
  const int reads = variables.reads;
  const std::vector<DeclaredSource> second = Declared(variables, config, first);
  CHECK(variables.reads == reads + 1);
  REQUIRE(second.size() == 2);
  CHECK(second[0].index == first[0].index);
  CHECK(second[1].index != first[1].index);
  CHECK(second[1].source->url == "https://git.example.org/me/c.git");
  variables.Remove(std::string(kDeclaredAt) + "a");
  CHECK(Declared(variables, config, second).size() == 1);
}

TEST_CASE("a question that failed is not that nothing is declared") {
  MemoryVariables variables;
  const ServeConfig config = DeclaringConfig();
  variables.Put(std::string(kDeclaredAt) + "a", GoodItems());
  variables.read_fault = Error{ErrorCode::kUnreachable, "away", ""};
  CHECK_FALSE(ReadDeclared(variables, PlaceOf(config), {}, {}, {}));
  variables.read_fault = Error{ErrorCode::kForbidden, "not you", ""};
  const auto refused = ReadDeclared(variables, PlaceOf(config), {}, {}, {});
  REQUIRE(refused);
  REQUIRE(refused->value.size() == 1);
  CHECK_FALSE(refused->value[0].source);
}

TEST_CASE("sources in variables have an end") {
  MemoryVariables variables;
  const ServeConfig config = DeclaringConfig();
  for (std::size_t i = 0; i < kMostDeclared + 5; ++i) {
    variables.Put(std::string(kDeclaredAt) + "s" + std::to_string(1000 + i), GoodItems());
  }
  const std::vector<DeclaredSource> all = Declared(variables, config);
  REQUIRE(all.size() == kMostDeclared + 5);
  CHECK(std::count_if(all.begin(), all.end(), [](const DeclaredSource& one) {
          return one.source.has_value();
        }) == kMostDeclared);
  CHECK(variables.reads == kMostDeclared);
}

TEST_CASE("who watches is told at the beginning and of each change") {
  MemoryVariables variables;
  const ServeConfig config = DeclaringConfig();
  std::mutex mutex;
  std::vector<std::size_t> told;
  DeclaredWatch watch(variables, PlaceOf(config), [&](const auto& all) {
    const std::lock_guard lock(mutex);
    told.push_back(all ? all->size() : 99);
  });
  for (int i = 0; i < 400; ++i) {
    {
      const std::lock_guard lock(mutex);
      if (!told.empty()) break;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(25));
  }
  const std::lock_guard lock(mutex);
  REQUIRE_FALSE(told.empty());
  CHECK(told[0] == 0);
}

TEST_CASE("a list of nothing that is declared is laid out for, so that other writes wake nobody") {
  testing::FakeNomadProcess nomad;
  NomadConnection connection(nomad.address());
  const auto write = [&](const std::string& path, const nomad::VariableItems& items) {
    REQUIRE(connection.client->WriteVariable({path}, items, 0, {}).has_value());
  };
  write("nmgr/serve/default/status/lab", {{"phase", "idle"}});
  const ServeConfig config = DeclaringConfig();
  std::mutex mutex;
  std::vector<std::size_t> told;
  const auto hears = [&](const std::vector<std::size_t>& wanted) {
    return ComesTrue([&] {
      const std::lock_guard lock(mutex);
      return told == wanted;
    });
  };
  DeclaredWatch watch(*connection.client, PlaceOf(config), [&](const auto& all) {
    const std::lock_guard lock(mutex);
    told.push_back(all ? all->size() : 99);
  });
  REQUIRE(hears({0}));
  const std::string laid = "nmgr/serve/default/sources";
  REQUIRE(ComesTrue(
      [&] { return connection.client->ReadVariable({laid}, {}, {})->value.has_value(); }));
  const auto lists = [&] { return nomad.CountOf("GET /v1/vars"); };
  // The one that was woken by what was laid out, and the one that waits.
  REQUIRE(ComesTrue([&] { return lists() >= 2; }));
  nomad.ClearLog();
  for (int i = 0; i < 20; ++i)
    write("nmgr/serve/default/status/s" + std::to_string(i), {{"a", "b"}});
  write(std::string(kDeclaredAt) + "a", GoodItems());
  REQUIRE(hears({0, 1}));
  CHECK(lists() == 1);
  CHECK(nomad.CountOf("PUT /v1/var/" + laid + "?") == 0);
}

}  // namespace nmgr::sync
