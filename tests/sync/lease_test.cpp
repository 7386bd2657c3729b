// The lease against a whole Nomad: the stand-in, and three processes beside a real one where
// NMGR_TEST_NOMAD_ADDR names it.
#include "nmgr/sync/lease.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <catch2/catch.hpp>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <sstream>
#include <thread>
#include <vector>

#include "nmgr/sync/fenced_client.h"
#include "support/fake_nomad_process.h"
#include "support/temp_dir.h"
#include "sync/nomad_connection.h"

namespace nmgr::sync {
namespace {

using testing::FakeNomadProcess;

constexpr const char* kLeasePath = "nmgr-test/lease";

class MovedBootClock : public BootClock {
 public:
  time_point Now() override { return RealBootClock().Now() + ahead_.load(); }
  void Jump(Duration by) { ahead_ = ahead_.load() + by; }

 private:
  std::atomic<Duration> ahead_{Duration(0)};
};

// What was told of one lease.
class Told {
 public:
  LeaseListener Listener() {
    return [this](const std::string&, LeaseChange change, const std::string& why) {
      const std::lock_guard lock(mutex_);
      changes_.push_back(change);
      whys_.push_back(why);
    };
  }
  std::vector<LeaseChange> Changes() const {
    const std::lock_guard lock(mutex_);
    return changes_;
  }
  std::string LastWhy() const {
    const std::lock_guard lock(mutex_);
    return whys_.empty() ? "" : whys_.back();
  }

 private:
  mutable std::mutex mutex_;
  std::vector<LeaseChange> changes_;
  std::vector<std::string> whys_;
};

// One copy of the daemon, as far as one lease goes.
struct Copy {
  Copy(const std::string& address, const std::string& name, LeaseTerms terms = {})
      : connection(address),
        lease(*connection.client,
              {"home", {kLeasePath}, {name, "http://" + name, "1.0", ""}, terms}, shares,
              told.Listener(), RealClock(), boot) {}

  NomadConnection connection;
  LeaseShares shares{1};
  Told told;
  MovedBootClock boot;
  Lease lease;
};

template <class Condition>
bool Within60s(const Condition& condition) {
  for (int i = 0; i < 6000 && !condition(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  return condition();
}

LeaseTerms Lively() {
  LeaseTerms terms;
  terms.renew_every = Duration(100);
  terms.jitter = Duration(50);
  return terms;
}

TEST_CASE("one copy leads, says who it is, and hands over when it stops") {
  FakeNomadProcess nomad;
  auto first = std::make_unique<Copy>(nomad.address(), "one", Lively());
  REQUIRE(Within60s([&] { return first->lease.MayWrite(); }));
  Copy second(nomad.address(), "two", Lively());
  REQUIRE(Within60s([&] { return second.lease.Holder().has_value(); }));
  CHECK(second.lease.Holder()->holder == "one");
  CHECK_FALSE(second.lease.Leads());
  CHECK_FALSE(second.lease.MayWrite());
  CHECK(second.lease.Reign().stop_requested());
  const std::stop_token reign = first->lease.Reign();
  CHECK_FALSE(reign.stop_requested());
  // Renewed many times: not one more attempt by the other.
  REQUIRE(Within60s([&] { return nomad.CountOf("PUT /v1/var/nmgr-test/lease") > 20; }));
  int attempts = 0;
  for (const auto& request : nomad.Requests())
    attempts += request.path.find("lock-acquire") != std::string::npos ? 1 : 0;
  CHECK(attempts == 2);

  first->lease.Stop();
  CHECK(reign.stop_requested());
  CHECK_FALSE(first->lease.Leads());
  REQUIRE(Within60s([&] { return second.lease.MayWrite(); }));
  CHECK(second.lease.Holder()->holder == "two");
  CHECK(first->told.Changes() == std::vector<LeaseChange>{LeaseChange::kAcquired,
                                                          LeaseChange::kLost,
                                                          LeaseChange::kReleased});
  CHECK(second.told.Changes() == std::vector<LeaseChange>{LeaseChange::kAcquired});
  second.lease.Stop();
  const auto left = second.connection.client->ReadVariable({kLeasePath}, {}, {}).value();
  REQUIRE(left.value.has_value());
  CHECK_FALSE(HolderIn(left.value->items).has_value());
  CHECK(left.value->items.at("released_by") == "two");
}

TEST_CASE("a lock that somebody took away ends the reign at once") {
  FakeNomadProcess nomad;
  Copy copy(nomad.address(), "one", Lively());
  REQUIRE(Within60s([&] { return copy.lease.MayWrite(); }));
  const std::stop_token reign = copy.lease.Reign();
  const auto read = nomad.Get(std::string("/v1/var/") + kLeasePath);
  const nlohmann::json body = {{"Lock", {{"ID", read["Lock"]["ID"]}}}};
  REQUIRE(nomad.Send("PUT", std::string("/v1/var/") + kLeasePath + "?lock-release", body.dump())
              .status == 200);
  REQUIRE(Within60s([&] { return reign.stop_requested(); }));
  // Nobody else is there: it leads again, in a reign of its own.
  REQUIRE(Within60s([&] { return copy.lease.MayWrite(); }));
  CHECK_FALSE(copy.lease.Reign().stop_requested());
}

TEST_CASE("what was frozen past its deadline writes nothing until Nomad has renewed its lock") {
  FakeNomadProcess nomad;
  LeaseTerms terms;  // the next renewal is seconds away
  Copy copy(nomad.address(), "one", terms);
  REQUIRE(Within60s([&] { return copy.lease.MayWrite(); }));
  const std::stop_token reign = copy.lease.Reign();
  FencedClient fenced(*copy.connection.client, copy.lease, "home");
  nomad.ClearLog();
  copy.boot.Jump(Duration(20'000));
  const auto stopped = fenced.StopJob({"web", "", ""}, false, {});
  REQUIRE_FALSE(stopped.has_value());
  CHECK(stopped.error().code == ErrorCode::kInterrupted);
  CHECK_FALSE(stopped.error().in_doubt);
  CHECK(nomad.CountOf("DELETE") == 0);
  REQUIRE(Within60s([&] { return reign.stop_requested(); }));
  REQUIRE(Within60s([&] { return copy.lease.MayWrite(); }));
  CHECK(fenced.StopJob({"web", "", ""}, false, {}).has_value());
  CHECK(copy.told.Changes() == std::vector<LeaseChange>{LeaseChange::kAcquired, LeaseChange::kLost,
                                                        LeaseChange::kAcquired});
}

TEST_CASE("with less than five seconds of the lease left nothing is begun, though it still leads") {
  FakeNomadProcess nomad({.faults = {"PUT /v1/var/nmgr-test/lease?lock-renew=true 500 oops"}});
  Copy copy(nomad.address(), "one");
  REQUIRE(Within60s([&] { return copy.lease.MayWrite(); }));
  FencedClient fenced(*copy.connection.client, copy.lease, "home");
  copy.boot.Jump(Duration(11'000));
  if (copy.lease.Leads()) CHECK_FALSE(fenced.StopJob({"web", "", ""}, false, {}).has_value());
  CHECK_FALSE(copy.lease.MayWrite());
  REQUIRE(Within60s([&] { return !copy.lease.Leads(); }));
  CHECK(nomad.CountOf("DELETE") == 0);
}

TEST_CASE("a Nomad that refuses the token is told once, and asked again later") {
  FakeNomadProcess nomad({.token = "00000000-0000-0000-0000-000000000001"});
  Copy copy(nomad.address(), "one", Lively());
  REQUIRE(Within60s([&] { return !copy.told.Changes().empty(); }));
  CHECK(copy.told.Changes().at(0) == LeaseChange::kTrouble);
  CHECK(copy.told.LastWhy().find("Permission denied") != std::string::npos);
  CHECK_FALSE(copy.lease.Leads());
}

TEST_CASE("without a lease the one copy leads from the first moment") {
  const SoleLeadership sole({"host", "", "1.0", ""});
  CHECK(sole.Leads());
  CHECK(sole.MayWrite());
  CHECK_FALSE(sole.Reign().stop_requested());
  CHECK(sole.Holder()->holder == "host");
}

class SaidLeadership final : public Leadership {
 public:
  explicit SaidLeadership(bool may) : may_(may) {}
  bool Leads() const override { return true; }
  bool MayWrite() const override { return may_; }
  std::stop_token Reign() const override { return {}; }
  std::optional<LeaseHolder> Holder() const override { return std::nullopt; }

 private:
  bool may_;
};

// The error of every write that there is, in the order of the interface.
std::vector<std::optional<Error>> AllWrites(nomad::JobClient& client) {
  const nomad::JobRef job{"web", "", ""};
  const nomad::RegisterRequest request{{{"ID", "web"}}, 0, {}};
  const auto error = [](const auto& result) {
    return result ? std::nullopt : std::optional<Error>(result.error());
  };
  return {error(client.RegisterJob(job, request, {})),
          error(client.RevertJob(job, 1, 2, {})),
          error(client.StopJob(job, false, {})),
          error(client.EvaluateJob(job, {})),
          error(client.PromoteDeployment("d1", job, {})),
          error(client.RestartAllocation("a1", "", job, {})),
          error(client.StopAllocation("a1", job, {}))};
}

TEST_CASE("without the lease no write of any kind is sent, and reads pass") {
  FakeNomadProcess nomad;
  const NomadConnection connection(nomad.address());
  const SaidLeadership none(false);
  FencedClient fenced(*connection.client, none, "home");
  for (const auto& error : AllWrites(fenced)) {
    REQUIRE(error.has_value());
    CHECK(error->code == ErrorCode::kInterrupted);
    CHECK(error->message == "nothing was sent: this copy does not lead the source home any more");
    CHECK_FALSE(error->in_doubt);
  }
  CHECK(nomad.Requests().empty());
  CHECK(fenced.ListJobs("default", "", "", {}).has_value());
  CHECK(nomad.Requests().size() == 1);
}

TEST_CASE("a write that takes longer than the margin of the lease is given up, in doubt") {
  FakeNomadProcess nomad({.faults = {"POST /v1/jobs$ hang"}});
  const NomadConnection connection(nomad.address());
  const SaidLeadership leads(true);
  FencedClient fenced(*connection.client, leads, "home", Duration(300));
  const auto written = fenced.RegisterJob({"web", "", ""}, {{{"ID", "web"}}, 0, {}}, {});
  REQUIRE_FALSE(written.has_value());
  CHECK(written.error().code == ErrorCode::kTimedOut);
  CHECK(written.error().in_doubt);
}

// --- three processes beside a real Nomad -------------------------------------------------------

const char* Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// One process: while its lease allows it, stops a job of its name that nobody has (which is a write
// of Nomad's all the same), and notes each before it is sent.
TEST_CASE("the copy that is a process of its own", "[.lease_copy]") {
  LeaseTerms terms;
  terms.ttl = Duration(10'000);
  terms.delay = Duration(1'000);
  terms.renew_every = Duration(3'000);
  Copy copy(Variable("NMGR_LEASE_ADDR"), Variable("NMGR_LEASE_NAME"), terms);
  FencedClient fenced(*copy.connection.client, copy.lease, "home");
  std::ofstream notes(Variable("NMGR_LEASE_NOTES"), std::ios::app);
  const pid_t parent = getppid();
  while (getppid() == parent) {
    const bool allowed = copy.lease.MayWrite();
    const auto before = RealBootClock().Now().time_since_epoch().count();
    const auto written = fenced.StopJob({"nmgr-test-lease-nobody", "", ""}, false, {});
    const auto after = RealBootClock().Now().time_since_epoch().count();
    if (written || written.error().in_doubt)
      notes << Variable("NMGR_LEASE_NAME") << ' ' << before << ' ' << after << std::endl;
    if (!written && allowed && written.error().code != ErrorCode::kInterrupted)
      notes << "error " << written.error().message << std::endl;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

class Processes3 {
 public:
  explicit Processes3(Path notes) : notes_(std::move(notes)) {}
  ~Processes3() {
    for (const auto& entry : running_) {
      ::kill(entry.second, SIGKILL);
      ::waitpid(entry.second, nullptr, 0);
    }
  }
  void Start(const std::string& name) {
    std::fflush(stdout);
    const pid_t pid = ::fork();
    if (pid == 0) {
      ::setenv("NMGR_LEASE_ADDR", Variable("NMGR_TEST_NOMAD_ADDR"), 1);
      ::setenv("NMGR_LEASE_NAME", name.c_str(), 1);
      ::setenv("NMGR_LEASE_NOTES", notes_.c_str(), 1);
      if (std::freopen("/dev/null", "w", stdout) == nullptr) ::_exit(1);
      std::array<char*, 3> argv = {const_cast<char*>("copy"), const_cast<char*>("[.lease_copy]"),
                                   nullptr};
      ::execv("/proc/self/exe", argv.data());
      ::_exit(127);
    }
    running_[name] = pid;
  }
  void Signal(const std::string& name, int signal) { ::kill(running_.at(name), signal); }
  void Kill(const std::string& name) {
    Signal(name, SIGKILL);
    ::waitpid(running_.at(name), nullptr, 0);
    running_.erase(name);
  }

  struct Note {
    std::string name;
    long long before = 0;
    long long after = 0;
  };
  std::vector<Note> Notes() const {
    std::vector<Note> notes;
    std::ifstream file(notes_);
    std::string line;
    while (std::getline(file, line)) {
      std::istringstream words(line);
      Note note;
      if (words >> note.name >> note.before >> note.after) notes.push_back(note);
      if (line.starts_with("error")) UNSCOPED_INFO(line);
    }
    return notes;
  }
  // Who wrote last.
  std::string Leader() const {
    const auto notes = Notes();
    return notes.empty() ? "" : notes.back().name;
  }

 private:
  std::string notes_;
  std::map<std::string, pid_t> running_;
};

TEST_CASE(
    "three processes and a real Nomad: of killed and frozen leaders none writes beside another") {
  if (*Variable("NMGR_TEST_NOMAD_ADDR") == '\0') return;
  const testing::TempDir folder;
  Processes3 copies(folder.path() + "/notes");
  for (const char* name : {"a", "b", "c"}) copies.Start(name);
  const int rounds =
      *Variable("NMGR_LEASE_ROUNDS") == '\0' ? 2 : std::atoi(Variable("NMGR_LEASE_ROUNDS"));
  for (int round = 0; round < rounds; ++round) {
    REQUIRE(Within60s([&] { return !copies.Leader().empty(); }));
    const std::string leader = copies.Leader();
    const bool freezes = round % 2 == 0;
    INFO("round " << round << ", the leader was " << leader);
    if (freezes) {
      copies.Signal(leader, SIGSTOP);
    } else {
      copies.Kill(leader);
    }
    REQUIRE(Within60s([&] { return copies.Leader() != leader; }));
    if (freezes) {
      copies.Signal(leader, SIGCONT);
      std::this_thread::sleep_for(std::chrono::seconds(3));
      CHECK(copies.Leader() != leader);
    } else {
      copies.Start(leader);
    }
  }
  // Nobody begins a write before the last one of the leader before has ended; but for the one that
  // a copy was frozen in, which had begun when it still led.
  auto notes = copies.Notes();
  std::sort(notes.begin(), notes.end(),
            [](const auto& a, const auto& b) { return a.before < b.before; });
  constexpr long long kFrozen = 5'000'000'000;
  int changes = 0;
  for (std::size_t i = 1; i < notes.size(); ++i) {
    if (notes[i].name == notes[i - 1].name) continue;
    ++changes;
    const bool frozen = notes[i - 1].after - notes[i - 1].before > kFrozen;
    CHECK((frozen || notes[i].before >= notes[i - 1].after));
  }
  CHECK(changes == rounds);
}

}  // namespace
}  // namespace nmgr::sync
