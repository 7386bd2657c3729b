#include "nmgr/rollout/record.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <thread>

#include "rollout/bench_of_jobs.h"

namespace nmgr::rollout {
namespace {

using testing::MemoryFiles;

const RecordKey kKey{"http://127.0.0.1:4646", "", "/home/me/cld"};

std::vector<std::string> IdsOf(const StoppedRecord& record) {
  std::vector<std::string> ids;
  for (const StoppedJob& job : record.jobs()) ids.push_back(job.ref.id);
  return ids;
}

std::unique_ptr<StoppedRecord> Open(MemoryFiles& files, const RecordKey& key = kKey) {
  auto record = StoppedRecord::Open(files, "/state", key);
  REQUIRE(record);
  return *std::move(record);
}

}  // namespace

TEST_CASE("A job enters the record and leaves it") {
  MemoryFiles files;
  auto record = Open(files);
  CHECK(files.files.empty());
  REQUIRE(record->Add({"web", "", ""}, "2026-11-21T04:11:25Z"));
  REQUIRE(record->Add({"db", "apps", "eu"}, "2026-11-21T04:11:26Z"));
  REQUIRE(record->Add({"web", "", ""}, "2026-11-21T04:12:00Z"));
  CHECK(IdsOf(*record) == std::vector<std::string>{"db", "web"});

  const auto document = nlohmann::json::parse(files.files.at(record->path()));
  CHECK(document == nlohmann::json::parse(R"({
    "address": "http://127.0.0.1:4646", "region": "", "base_dir": "/home/me/cld",
    "jobs": [
      {"id": "db", "namespace": "apps", "region": "eu", "stopped_at": "2026-11-21T04:11:26Z"},
      {"id": "web", "namespace": "default", "region": "", "stopped_at": "2026-11-21T04:12:00Z"}]})"));

  auto again = Open(files);
  CHECK(again->Holds({"web", "", ""}));
  CHECK(again->Holds({"web", "default", ""}));
  CHECK_FALSE(again->Holds({"web", "apps", ""}));
  REQUIRE(again->Remove({"web", "", ""}));
  REQUIRE(again->Remove({"unknown", "", ""}));
  CHECK(IdsOf(*again) == std::vector<std::string>{"db"});
  CHECK(IdsOf(*Open(files)) == std::vector<std::string>{"db"});
}

TEST_CASE("Two runs keep each other's entries") {
  MemoryFiles files;
  auto one = Open(files);
  auto two = Open(files);
  REQUIRE(one->Add({"a", "", ""}, "t"));
  REQUIRE(two->Add({"b", "", ""}, "t"));
  REQUIRE(one->Add({"c", "", ""}, "t"));
  CHECK(IdsOf(*Open(files)) == std::vector<std::string>{"a", "b", "c"});
}

TEST_CASE("One record for each address, region and base directory") {
  MemoryFiles files;
  std::set<Path> paths;
  for (const RecordKey& key : {kKey, RecordKey{"http://other:4646", "", "/home/me/cld"},
                               RecordKey{"http://127.0.0.1:4646", "eu", "/home/me/cld"},
                               RecordKey{"http://127.0.0.1:4646", "", "/home/me/lab"}}) {
    REQUIRE(Open(files, key)->Add({"web", "", ""}, "t"));
    paths.insert(StoppedRecord::PathOf("/state", key));
  }
  CHECK(paths.size() == 4);
  CHECK(files.files.size() == 4);
}

TEST_CASE("What is no record of ours is never written over") {
  MemoryFiles files;
  const Path path = StoppedRecord::PathOf("/state", kKey);
  for (const char* text :
       {"", "{}", "[1]", "{\"jobs\":[]}",
        R"({"address":"http://other","region":"","base_dir":"/home/me/cld","jobs":[]})"}) {
    INFO(text);
    files.files[path] = text;
    const auto record = StoppedRecord::Open(files, "/state", kKey);
    REQUIRE_FALSE(record);
    CHECK(record.error().code == ErrorCode::kInvalid);
    CHECK(files.files[path] == text);
  }
}

TEST_CASE("A disk that cannot be written is an error") {
  MemoryFiles files;
  auto record = Open(files);
  files.read_only = true;
  const auto added = record->Add({"web", "", ""}, "t");
  REQUIRE_FALSE(added);
  CHECK(added.error().code == ErrorCode::kIo);
}

TEST_CASE("Many threads at once lose nothing") {
  MemoryFiles files;
  auto record = Open(files);
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&record, t] {
      for (int i = 0; i < 10; ++i) {
        static_cast<void>(
            record->Add({"j" + std::to_string(t) + "-" + std::to_string(i), "", ""}, "t"));
      }
    });
  }
  threads.clear();
  CHECK(Open(files)->jobs().size() == 40);
}

TEST_CASE("Times are RFC 3339 in UTC") {
  const std::string now = UtcNow();
  REQUIRE(now.size() == 20);
  CHECK(now[4] == '-');
  CHECK(now[10] == 'T');
  CHECK(now.back() == 'Z');
}

}  // namespace nmgr::rollout
