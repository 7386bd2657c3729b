// The command line of fake-nomad.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "fake_nomad/behaviour.h"
#include "fake_nomad/faults.h"

namespace nmgr::fake {

struct Options {
  std::string host = "127.0.0.1";
  int port = 0;
  Behaviour behaviour;
  Nanos latency = 0;
  std::set<std::string> namespaces = {"default"};
  std::string token;       // empty: everybody may do everything
  std::string read_token;  // may read and parse, no more
  std::vector<Fault> faults;
  std::string log_path;
  bool log_bodies = false;
  std::uint64_t seed = 1;
  int parent = 0;  // the process that the server ends with, whatever that one's end; 0: none
};

// Nothing where the program has to end at once with *exit_code (help shown, wrong arguments).
std::optional<Options> ParseOptions(int argc, char** argv, int* exit_code);

}  // namespace nmgr::fake
