// The stand-in Nomad (tests/fake_nomad) as a child process of a test: a real server on a port of
// its own, with state that belongs to this one test.
//
//   FakeNomadProcess nomad({.never = {"stuck"}});
//   ... NOMAD_ADDR=nomad.address() ...
//   CHECK(nomad.Writes() == std::vector<std::string>{"POST /v1/jobs"});
//
// A server that cannot be started throws std::runtime_error with the reason: in a test that is the
// right end. The destructor stops the server and removes its log. Not for use from several threads,
// but several objects may live at once.
#pragma once

#include <ios>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nmgr::testing {

struct FakeNomadOptions {
  int healthy_after_ms = 30;  // from placement to healthy
  int gone_after_ms = 30;     // from stop to terminal allocations
  int latency_ms = 0;         // added to every answer
  // Job IDs, which may be glob patterns; a parent's covers its children.
  std::vector<std::string> fail = {};        // allocations and deployment fail; "job.group" too
  std::vector<std::string> broken = {};      // their tasks cannot be started
  std::vector<std::string> sick = {};        // tasks run, checks and deployment fail
  std::vector<std::string> never = {};       // nothing can place them
  std::vector<std::string> busy = {};        // batch jobs that run until they are stopped
  std::vector<std::string> namespaces = {};  // besides "default"
  std::string token = {};                    // where not empty, requests without it get 403
  std::string read_token = {};               // may read and parse, no more
  std::vector<std::string> faults = {};  // "METHOD PATHPREFIX STATUS TEXT", see fake-nomad --help
  std::vector<std::string> extra = {};   // further arguments as they are
};

// One line of the server's log, written before the answer was sent.
struct FakeNomadRequest {
  double time = 0;  // seconds since the epoch
  std::string method;
  std::string path;  // as sent: percent-encoded, with the query
  int status = 0;
  std::string body = {};  // with --log-bodies

  // "POST /v1/jobs": without the query.
  std::string Line() const;
};

class FakeNomadProcess {
 public:
  explicit FakeNomadProcess(FakeNomadOptions options = {});
  ~FakeNomadProcess();
  FakeNomadProcess(const FakeNomadProcess&) = delete;
  FakeNomadProcess& operator=(const FakeNomadProcess&) = delete;

  // "http://127.0.0.1:PORT", the value for NOMAD_ADDR.
  const std::string& address() const { return address_; }
  int port() const { return port_; }

  // Every request answered so far, in the order of the answers. Held (blocking) queries appear when
  // they are answered.
  std::vector<FakeNomadRequest> Requests() const;

  // Lines of those that change something: registers, stops, reverts, periodic forces, ... Parse,
  // plan, validate and statuses are reads although they are POSTs.
  std::vector<std::string> Writes() const;

  // Requests whose line begins with `prefix`, e.g. "POST /v1/job/".
  int CountOf(std::string_view prefix) const;

  void ClearLog();

  // From now on: {"fail": [...], "broken": [...], "never": [...], "busy": [...],
  // "healthy_after_ms": n, "gone_after_ms": n}; what is left out stays. A job that waited for a
  // place and is no longer among "never" is placed at once. Leaves no line in the log.
  void SetBehaviour(const nlohmann::json& changes) const;

  // How many connections were open at once at most, this question's own included.
  int MostConnections() const;

  // Ends the server now, as a crash would. The destructor does it too.
  void Kill();

  // The answer to GET `path`, parsed, for assertions on the server's state. Throws
  // std::runtime_error for anything but 200. Leaves a line in the log.
  nlohmann::json Get(const std::string& path) const;

  // Registers a job given as Nomad's JSON (the value of "Job"), as another client would. Throws
  // std::runtime_error if it is refused.
  nlohmann::json Register(const nlohmann::json& job) const;

  struct Answer {
    int status = 0;
    std::string body;
  };
  // Any request; with the server's own token unless another is given.
  Answer Send(const std::string& method, const std::string& path, const std::string& body = {},
              const std::optional<std::string>& token = std::nullopt) const;

 private:
  std::string address_;
  std::string log_path_;
  std::string token_;
  int port_ = 0;
  int pid_ = -1;
  // What was read of the log: who waits for a request asks again and again.
  mutable std::vector<FakeNomadRequest> requests_;
  mutable std::streamoff read_to_ = 0;
};

}  // namespace nmgr::testing
