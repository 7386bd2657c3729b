#include "nmgr/rollout/record.h"

#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "support/temp_dir.h"

namespace nmgr::rollout {
namespace {

using nmgr::testing::TempDir;
using Words = std::vector<std::string>;

const RecordKey kKey{"http://127.0.0.1:4646", "", "/home/me/cld"};

Words RecordedIds(const StoppedRecord& record) {
  Words ids;
  for (const StoppedJob& job : record.jobs()) ids.push_back(job.ref.id);
  return ids;
}

std::unique_ptr<StoppedRecord> Open(const TempDir& dir, const RecordKey& key = kKey) {
  auto record = StoppedRecord::Open(dir.path(), key, RealClock());
  REQUIRE(record);
  return *std::move(record);
}

std::size_t LinesOf(const TempDir& dir, const StoppedRecord& record) {
  const std::string text = dir.Read(record.path().substr(dir.path().size() + 1));
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

std::set<std::string> NamesIn(const TempDir& dir) {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(dir.At("stopped"))) {
    names.insert(entry.path().filename());
  }
  return names;
}

// A record as earlier versions wrote it, under the name they gave it.
std::string OldRecord(const std::string& address, const std::string& jobs) {
  return R"({"address":")" + address + R"(","region":"","base_dir":"/home/me/cld","jobs":[)" +
         jobs + "]}";
}

}  // namespace

TEST_CASE("A job enters the record and leaves it") {
  const TempDir dir;
  auto record = Open(dir);
  CHECK_FALSE(std::filesystem::exists(dir.At("stopped")));  // opening writes nothing
  REQUIRE(record->Add({"web", "", ""}, "2026-11-21T04:11:25Z"));
  REQUIRE(record->Add({"db", "apps", "eu"}, "2026-11-21T04:11:26Z"));
  REQUIRE(record->Add({"web", "", ""}, "2026-11-21T04:12:00Z"));
  CHECK(RecordedIds(*record) == Words{"db", "web"});
  CHECK(LinesOf(dir, *record) == 4);

  auto again = Open(dir);
  CHECK(RecordedIds(*again) == Words{"db", "web"});
  CHECK(again->jobs()[1].stopped_at == "2026-11-21T04:12:00Z");
  CHECK(again->Holds({"web", "", ""}));
  CHECK(again->Holds({"web", "default", ""}));
  CHECK_FALSE(again->Holds({"web", "apps", ""}));
  REQUIRE(again->Remove({"web", "", ""}));
  REQUIRE(again->Remove({"unknown", "", ""}));
  CHECK(RecordedIds(*again) == Words{"db"});
  CHECK(RecordedIds(*Open(dir)) == Words{"db"});
}

TEST_CASE("A run forgets only what was in when it began") {
  const TempDir dir;
  auto down = Open(dir);
  REQUIRE(down->Add({"early", "", ""}, "1"));
  REQUIRE(down->Add({"renewed", "", ""}, "1"));
  auto up = Open(dir);
  REQUIRE(down->Add({"late", "", ""}, "2"));
  REQUIRE(down->Add({"renewed", "", ""}, "2"));
  for (const char* id : {"early", "renewed", "late"}) REQUIRE(up->Remove({id, "", ""}));
  CHECK(RecordedIds(*Open(dir)) == Words{"late", "renewed"});
  // What it has put in itself, it may take out.
  REQUIRE(down->Remove({"late", "", ""}));
  CHECK(RecordedIds(*Open(dir)) == Words{"renewed"});
}

TEST_CASE("One record for each address, region and base directory") {
  const TempDir dir;
  for (const RecordKey& key : {kKey, RecordKey{"http://other:4646", "", "/home/me/cld"},
                               RecordKey{"http://127.0.0.1:4647", "", "/home/me/cld"},
                               RecordKey{"https://127.0.0.1:4646", "", "/home/me/cld"},
                               RecordKey{"http://127.0.0.1:4646", "eu", "/home/me/cld"},
                               RecordKey{"http://127.0.0.1:4646", "", "/home/me/lab"}}) {
    CHECK(RecordedIds(*Open(dir, key)).empty());
    REQUIRE(Open(dir, key)->Add({"web", "", ""}, "t"));
  }
}

TEST_CASE("However the address, the region and the folder are written, the record is found") {
  const TempDir dir;
  dir.MakeFolder("cld");
  dir.Link(dir.At("cld"), "link");
  const RecordKey key{"http://127.0.0.1:4646", "", dir.At("cld")};
  REQUIRE(Open(dir, key)->Add({"web", "", ""}, "t"));
  for (const RecordKey& same : {RecordKey{"http://127.0.0.1:4646/", "", dir.At("cld")},
                                RecordKey{"HTTP://localhost:4646", "", dir.At("cld")},
                                RecordKey{"http://me:pw@LOCALHOST:04646//", "", dir.At("cld")},
                                RecordKey{"http://[::1]:4646", "", dir.At("cld")},
                                RecordKey{"http://127.0.0.1:4646", "global", dir.At("cld")},
                                RecordKey{"http://127.0.0.1:4646", "", dir.At("link")},
                                RecordKey{"http://127.0.0.1:4646", "", dir.At("cld/../link/")}}) {
    INFO(same.address << " " << same.region << " " << same.base_dir);
    CHECK(Open(dir, same)->Holds({"web", "", "global"}));
  }
}

TEST_CASE("A record in the old form is taken over by the first change") {
  const TempDir dir;
  const std::string web =
      R"({"id":"web","namespace":"default","region":"","stopped_at":"2026-11-21T04:11:25Z"})";
  dir.Write("stopped/0123456789abcdef.json", OldRecord("http://LOCALHOST:4646/", web));
  dir.Write("stopped/1123456789abcdef.json", OldRecord("http://other:4646", web));
  auto record = Open(dir);
  CHECK(RecordedIds(*record) == Words{"web"});
  CHECK(record->Holds({"web", "", ""}));
  CHECK(NamesIn(dir).size() == 2);

  SECTION("a job that is added") {
    REQUIRE(record->Add({"db", "", ""}, "t"));
    CHECK(RecordedIds(*Open(dir)) == Words{"web", "db"});
  }
  SECTION("a job that is removed") {
    REQUIRE(record->Remove({"web", "", ""}));
    CHECK(RecordedIds(*Open(dir)).empty());
  }
  SECTION("an old file that stays does not come back") {
    REQUIRE(record->Remove({"web", "", ""}));
    dir.Write("stopped/0123456789abcdef.json", OldRecord("http://LOCALHOST:4646/", web));
    CHECK(RecordedIds(*Open(dir)).empty());
  }
  CHECK(NamesIn(dir).contains("1123456789abcdef.json"));
}

TEST_CASE("What is no record of ours is never written over") {
  const TempDir dir;
  const Path path = StoppedRecord::PathOf(dir.path(), kKey);
  const std::string name = path.substr(dir.path().size() + 1);
  for (const char* text :
       {"\n", "{}\n", "[1]\n", "no JSON\n", "{\"record\":1}\n", "{}", "null", "no line break",
        R"({"address":"http://other","base_dir":"/x)",
        R"({"record":"stopped jobs","address":"http://other","region":"","base_dir":"/x"})"
        "\n"}) {
    INFO(text);
    dir.Write(name, text);
    const auto record = StoppedRecord::Open(dir.path(), kKey, RealClock());
    REQUIRE_FALSE(record);
    CHECK(record.error().code == ErrorCode::kInvalid);
    CHECK(dir.Read(name) == text);
  }
}

TEST_CASE("What a kill left of the first line is no foreign text") {
  const TempDir dir;
  REQUIRE(Open(dir)->Add({"web", "", ""}, "t"));
  const Path path = StoppedRecord::PathOf(dir.path(), kKey);
  const std::string name = path.substr(dir.path().size() + 1);
  const std::string first = dir.Read(name).substr(0, dir.Read(name).find('\n'));
  for (std::size_t length = 0; length <= first.size(); ++length) {
    INFO(first.substr(0, length));
    dir.Write(name, first.substr(0, length));
    REQUIRE(Open(dir)->Add({"db", "", ""}, "t"));
    CHECK(RecordedIds(*Open(dir)) == Words{"db"});
  }
}

TEST_CASE("Garbage in the middle costs only itself") {
  const TempDir dir;
  auto record = Open(dir);
  REQUIRE(record->Add({"web", "", ""}, "t"));
  const std::string name = record->path().substr(dir.path().size() + 1);
  dir.Write(name, dir.Read(name) + std::string(20, '\0') + "\n{\"stop");
  REQUIRE(Open(dir)->Add({"db", "", ""}, "t"));
  CHECK(RecordedIds(*Open(dir)) == Words{"web", "db"});
}

TEST_CASE("A disk that cannot be written is an error, told once and with every job") {
  auto record = StoppedRecord::Open("/proc/nmgr", kKey, RealClock()).value();
  int told = 0;
  record->WhenItFails([&](const Error&) { ++told; });
  const auto added = record->Add({"web", "", ""}, "t");
  REQUIRE_FALSE(added);
  CHECK((added.error().code == ErrorCode::kIo || added.error().code == ErrorCode::kNotFound));
  CHECK_FALSE(record->Add({"db", "", ""}, "t"));
  CHECK(told == 1);
  CHECK(record->Missed({"web", "", ""}));
  CHECK(record->Missed({"db", "default", ""}));
  CHECK_FALSE(record->Missed({"cache", "", ""}));
  CHECK_FALSE(record->Try());
}

TEST_CASE("A change costs a line, and the file does not grow for ever") {
  const TempDir dir;
  auto record = Open(dir);
  for (int i = 0; i < 1000; ++i) {
    REQUIRE(record->Add({"web", "", ""}, std::to_string(i)));
    REQUIRE(record->Remove({"web", "", ""}));
  }
  REQUIRE(record->Add({"db", "", ""}, "t"));
  CHECK(LinesOf(dir, *record) < 300);
  CHECK(RecordedIds(*Open(dir)) == Words{"db"});
}

TEST_CASE("What kills left of earlier writes is swept") {
  const TempDir dir;
  const std::string own = StoppedRecord::PathOf("stopped", kKey);
  const std::string name = own.substr(own.rfind('/') + 1);
  dir.Write("stopped/" + name + ".AbCdEf", "half");
  const std::string old = name.substr(0, name.size() - 1);
  dir.Write("stopped/" + old + ".AbCdEf", "half, of an earlier nmgr");
  dir.Write("stopped/0000000000000000.json.AbCdEf", "of another one, just now");
  dir.Write("stopped/0000000000000001.json.AbCdEf", "of another one, long ago");
  std::filesystem::last_write_time(
      dir.At("stopped/0000000000000001.json.AbCdEf"),
      std::filesystem::file_time_type::clock::now() - std::chrono::hours(1));
  REQUIRE(Open(dir)->Add({"web", "", ""}, "t"));
  CHECK(NamesIn(dir) ==
        std::set<std::string>{name, name + ".lock", "0000000000000000.json.AbCdEf"});
}

TEST_CASE("Many threads at once lose nothing") {
  const TempDir dir;
  auto record = Open(dir);
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
  CHECK(Open(dir)->jobs().size() == 40);
}

TEST_CASE("Many processes at once lose nothing, while another one forgets") {
  const TempDir dir;
  for (int i = 0; i < 40; ++i) REQUIRE(Open(dir)->Add({"old" + std::to_string(i), "", ""}, "t"));
  constexpr int kProcesses = 4;
  for (int p = 0; p < kProcesses; ++p) {
    if (::fork() != 0) continue;
    const auto record = StoppedRecord::Open(dir.path(), kKey, RealClock());
    for (int i = 0; record && i < 40; ++i) {
      const std::string id = std::to_string(p) + "-" + std::to_string(i);
      const auto done = p == 0 ? (*record)->Remove({"old" + std::to_string(i), "", ""})
                               : (*record)->Add({id, "", ""}, "t");
      if (!done) ::_exit(1);
    }
    ::_exit(record ? 0 : 1);
  }
  for (int p = 0; p < kProcesses; ++p) {
    int status = -1;
    REQUIRE(::wait(&status) > 0);
    CHECK(status == 0);
  }
  CHECK(Open(dir)->jobs().size() == 40 * (kProcesses - 1));
}

TEST_CASE("A kill at any time loses no entry that was made, and leaves a whole record") {
  const TempDir dir;
  dir.Write("stopped/0123456789abcdef.json", OldRecord("http://127.0.0.1:4646", ""));
  std::set<std::string> made;
  for (int round = 0; round < 25; ++round) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
      const auto record = StoppedRecord::Open(dir.path(), kKey, RealClock());
      for (int i = 0; record && i < 10'000; ++i) {
        const std::string id = std::to_string(round) + "-" + std::to_string(i % 50);
        if (!(*record)->Add({id, "", ""}, "t")) break;
        const std::string line = id + "\n";
        [[maybe_unused]] const ssize_t put = ::write(ends[1], line.data(), line.size());
      }
      ::_exit(1);
    }
    ::close(ends[1]);
    std::string told(1, '\0');  // not before it has begun
    REQUIRE(::read(ends[0], told.data(), 1) == 1);
    std::this_thread::sleep_for(std::chrono::microseconds(137 * round));
    ::kill(child, SIGKILL);
    REQUIRE(::waitpid(child, nullptr, 0) == child);
    char buffer[65536];
    for (ssize_t got = 0; (got = ::read(ends[0], buffer, sizeof buffer)) > 0;) {
      told.append(buffer, static_cast<std::size_t>(got));
    }
    ::close(ends[0]);
    for (std::size_t at = 0, end = 0; (end = told.find('\n', at)) != std::string::npos;
         at = end + 1) {
      made.insert(told.substr(at, end - at));
    }
    const auto record = Open(dir);
    for (const std::string& id : made) {
      INFO(id);
      REQUIRE(record->Holds({id, "", ""}));
    }
  }
  CHECK(made.size() >= 25);
}

TEST_CASE("Times are RFC 3339 in UTC") {
  const std::string now = UtcText(RealClock().Wall());
  REQUIRE(now.size() == 27);
  CHECK(now[4] == '-');
  CHECK(now[10] == 'T');
  CHECK(now[19] == '.');
  CHECK(now.back() == 'Z');
}

}  // namespace nmgr::rollout
