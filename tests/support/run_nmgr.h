// The built nmgr as a child process: what a user would see.
//
//   NmgrResult result = RunNmgr({"list", "all"}, {.env = {{"NMGR_BASE_DIR", folder}}});
//   CHECK(result.exit_code == 0);
//
// The child gets a bare environment, so that nothing of the machine (NOMAD_ADDR, a config file, a
// NO_COLOR) reaches it: PATH, LANG, a HOME that does not exist, and no cache; `env` is added to
// that.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "nmgr/base/path.h"

namespace nmgr::testing {

struct NmgrOptions {
  std::map<std::string, std::string> env = {};
  Path folder = "/";                        // where it runs
  std::string input = {};                   // its standard input
  std::chrono::milliseconds limit{60'000};  // then it is killed and the test fails
};

struct NmgrResult {
  int exit_code = 0;  // 128 + signal where a signal ended it
  std::string out;
  std::string err;
};

// The built nmgr.
const char* NmgrBinary();

// "NAME=VALUE" of what the child gets.
std::vector<std::string> ChildEnvironment(const NmgrOptions& options);

// Throws std::runtime_error if the program cannot be started or does not end in time.
NmgrResult RunNmgr(const std::vector<std::string>& arguments, const NmgrOptions& options = {});

// The same for a shell line in which $NMGR is the program: for pipes and redirections.
NmgrResult RunShell(const std::string& line, const NmgrOptions& options = {});

// A child that is under way, for tests of signals. Killed by the destructor.
class Child {
 public:
  Child(const std::vector<std::string>& argv, const NmgrOptions& options);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  // Save SIGKILL, sent as soon as the program handles signals or has ended.
  void Signal(int number) const;
  NmgrResult Wait();  // once
  int pid() const { return pid_; }

 private:
  void Pump();

  int pid_ = -1;
  int out_ = -1;
  int err_ = -1;
  std::chrono::steady_clock::time_point deadline_;
  NmgrResult result_;
};

Child StartNmgr(const std::vector<std::string>& arguments, const NmgrOptions& options = {});

inline bool Holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// Whether a shell may start the built nmgr under `ulimit -f 0`: TSan writes files of its own before
// a program begins, and is ended then.
#if defined(__SANITIZE_THREAD__)
inline constexpr bool kRunsWithoutFiles = false;
#else
inline constexpr bool kRunsWithoutFiles = true;
#endif

}  // namespace nmgr::testing
