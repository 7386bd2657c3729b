// Three copies of the daemon over one source and one Nomad: the stand-in always, and a real one
// where NMGR_TEST_NOMAD_ADDR names it (then with the raw_exec driver, and more rounds). The one
// that leads is told to end, frozen or killed, each time with a commit: every commit is applied,
// and nothing is registered that no commit asked for. Jobs are called nmgr-test-copies-... and are
// purged afterwards.
#include <array>
#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <functional>
#include <iostream>
#include <memory>
#include <optional>
#include <thread>

#include "actions/serve_lab.h"
#include "nmgr/nomad/client.h"
#include "nmgr/nomad/connection.h"
#include "nmgr/nomad/contact.h"
#include "nmgr/nomad/variable_client.h"

namespace nmgr::testing {
namespace {

constexpr const char* kJob = "nmgr-test-copies";
constexpr const char* kInstance = "nmgr-test-copies";
constexpr std::size_t kCopies = 3;

// What is done to the copy that leads, and when.
enum class Blow { kEnd, kFreezeShortly, kFreezeBeyondLease, kKill };

std::string RawExecSpec(int version) {
  return std::string("job \"") + kJob +
         "\" {\n  update {\n    min_healthy_time = \"0s\"\n  }\n  group \"app\" {\n"
         "    task \"server\" {\n      driver = \"raw_exec\"\n      config {\n"
         "        command = \"/bin/sleep\"\n        args = [\"600\"]\n      }\n"
         "      env {\n        V = \"" +
         std::to_string(version) +
         "\"\n      }\n      kill_timeout = \"1s\"\n      resources {\n"
         "        cpu = 10\n        memory = 10\n      }\n    }\n  }\n}\n";
}

class CopiesLab {
 public:
  explicit CopiesLab(const std::string& address) : address_(address) {
    lab_.dir.Write("config.toml", "[serve]\nlisten = \"\"\ninstance = \"" + std::string(kInstance) +
                                      "\"\n[source.lab]\nurl = \"file://" + lab_.dir.At("repo") +
                                      "\"\ninterval = \"1s\"\n");
    nomad::ConnectionOptions connection;
    connection.address = address;
    client_ = nomad::MakeHttpClient(
        {[connection] { return Expected<nomad::ConnectionOptions>(connection); }, contact_});
    Push();
    Clean();
    for (std::size_t i = 0; i < kCopies; ++i) Start(i);
  }
  ~CopiesLab() {
    // In order, so that their lease is free for the next run.
    for (auto& copy : copies_) {
      copy->Signal(SIGCONT);
      copy->Signal(SIGTERM);
    }
    for (auto& copy : copies_) {
      try {
        static_cast<void>(copy->Wait());
      } catch (const std::exception& error) {
        std::cerr << error.what() << "\n";
      }
    }
    Clean();
  }
  CopiesLab(const CopiesLab&) = delete;
  CopiesLab& operator=(const CopiesLab&) = delete;

  void Push() {
    lab_.File("web.hcl", RawExecSpec(++version_));
    lab_.Commit();
  }
  bool IsApplied() {
    return Comes([this] { return Live() == std::to_string(version_); });
  }
  std::string Live() {
    const auto versions = client_->ListVersions({kJob, "", ""}, Brief());
    if (!versions || versions->empty() || versions->front().stop) return {};
    const nomad::RawJob& job = *versions->front().document;
    return job.at("TaskGroups").at(0).at("Tasks").at(0).at("Env").at("V");
  }
  // Registers beyond the one of each commit.
  std::size_t Extra() {
    const auto versions = client_->ListVersions({kJob, "", ""}, Brief());
    REQUIRE(versions.has_value());
    return static_cast<std::size_t>(versions->front().version) + 1 -
           static_cast<std::size_t>(version_);
  }

  void Strike(Blow blow) {
    std::optional<std::size_t> leader;
    REQUIRE(Comes([&] { return (leader = Leader()).has_value(); }));
    Child& copy = *copies_[*leader];
    switch (blow) {
      case Blow::kEnd:
        copy.Signal(SIGTERM);
        Push();
        CHECK(IsApplied());
        Start(*leader);
        break;
      case Blow::kFreezeShortly:
        copy.Signal(SIGSTOP);
        Push();
        std::this_thread::sleep_for(std::chrono::seconds(1));
        copy.Signal(SIGCONT);
        CHECK(IsApplied());
        break;
      case Blow::kFreezeBeyondLease:
        copy.Signal(SIGSTOP);
        Push();
        CHECK(IsApplied());
        Push();
        CHECK(IsApplied());
        copy.Signal(SIGCONT);
        std::this_thread::sleep_for(std::chrono::seconds(3));
        break;
      case Blow::kKill:
        copy.Signal(SIGKILL);
        Push();
        CHECK(IsApplied());
        Start(*leader);
        break;
    }
  }

 private:
  static nomad::Call Brief() {
    return {DeadlineAfter(RealClock().Now(), Duration(10'000)), {}, nomad::Patience::kBrief};
  }
  static bool Comes(const std::function<bool()>& now) {
    for (int i = 0; i < 1'200; ++i) {
      if (now()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    return false;
  }

  void Start(std::size_t i) {
    NmgrOptions options = lab_.Options();
    options.env["NOMAD_ADDR"] = address_;
    options.env["XDG_CACHE_HOME"] = lab_.dir.At("cache" + std::to_string(i));
    options.env["XDG_STATE_HOME"] = lab_.dir.At("state" + std::to_string(i));
    options.limit = std::chrono::minutes(30);
    copies_[i] = std::make_unique<Child>(Words{NmgrBinary(), "serve"}, options);
  }
  std::optional<std::size_t> Leader() {
    nomad::VariableRef ref;
    ref.path = std::string("nmgr/serve/") + kInstance + "/lease/lab";
    ref.name_space = "default";
    const auto read = client_->ReadVariable(ref, {}, Brief());
    if (!read || !read->value) return std::nullopt;
    const auto holder = read->value->items.find("holder");
    if (holder == read->value->items.end()) return std::nullopt;
    for (std::size_t i = 0; i < kCopies; ++i) {
      if (holder->second.ends_with(":" + std::to_string(copies_[i]->pid()))) return i;
    }
    return std::nullopt;
  }
  void Clean() {
    static_cast<void>(client_->StopJob({kJob, "", ""}, true, Brief()));
    nomad::VariableRef prefix;
    prefix.path = std::string("nmgr/serve/") + kInstance + "/";
    prefix.name_space = "default";
    const auto list = client_->ListVariables(prefix, {}, Brief());
    if (!list) return;
    for (const nomad::VariableInfo& info : list->value) {
      nomad::VariableRef ref = prefix;
      ref.path = info.path;
      static_cast<void>(client_->DeleteVariable(ref, info.modify_index, Brief()));
    }
  }

  ServeLab lab_;
  const std::string address_;
  nomad::Contact contact_;
  std::unique_ptr<nomad::Client> client_;
  std::array<std::unique_ptr<Child>, kCopies> copies_;
  int version_ = 0;
};

void PlayRounds(const std::string& address, const std::vector<Blow>& blows) {
  CopiesLab lab(address);
  REQUIRE(lab.IsApplied());
  for (const Blow blow : blows) {
    CAPTURE(static_cast<int>(blow));
    lab.Strike(blow);
    CHECK(lab.Extra() == 0);
  }
}

}  // namespace

TEST_CASE("three copies apply every commit once, whichever of them ends, freezes or dies") {
  FakeNomadProcess nomad;
  PlayRounds(nomad.address(), {Blow::kEnd, Blow::kFreezeShortly, Blow::kKill, Blow::kEnd});
}

TEST_CASE("three copies and a real Nomad: every commit is applied once") {
  const char* real = std::getenv("NMGR_TEST_NOMAD_ADDR");
  if (real == nullptr || *real == '\0') {
    std::cerr << "SKIPPED: three copies and a real Nomad (NMGR_TEST_NOMAD_ADDR names none)\n";
    return;
  }
  PlayRounds(real, {Blow::kKill, Blow::kFreezeShortly, Blow::kEnd, Blow::kFreezeBeyondLease,
                    Blow::kKill, Blow::kEnd});
}

}  // namespace nmgr::testing
