// The command line of fake-nomad.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "fake_nomad/behaviour.h"

namespace nmgr::fake {

// "METHOD PATHPREFIX STATUS TEXT": what to answer instead of the truth.
struct Fault {
  std::string method;  // "*" for any
  std::string path_prefix;
  int status = 500;
  enum class Kind { kAnswer, kClose, kHang } kind = Kind::kAnswer;
  int times = -1;  // how often yet; -1 for ever
  std::string text;
};

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
  std::uint64_t seed = 1;
};

// Nothing where the program has to end at once with *exit_code (help shown, wrong arguments).
std::optional<Options> ParseOptions(int argc, char** argv, int* exit_code);

// Nothing if `text` is no fault.
std::optional<Fault> ParseFault(const std::string& text);

}  // namespace nmgr::fake
