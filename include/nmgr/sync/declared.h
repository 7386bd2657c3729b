// Sources that stand in Nomad variables, nmgr/serve/I/sources/NAME: who may write these adds a
// repository to a running daemon, changes it, takes it away. Off unless [serve.variable_sources]
// names what they may use; a bad one is an error of its own, and never stops the others.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nmgr/base/clock.h"
#include "nmgr/base/expected.h"
#include "nmgr/nomad/variable_client.h"
#include "nmgr/sync/source.h"
#include "nmgr/sync/variable_watch.h"

namespace nmgr::sync {

// More than these are errors, the last ones by name: each source is a thread, a lease, and a
// question that Nomad holds, for which a daemon has connections in number.
inline constexpr std::size_t kMostDeclared = 30;

struct DeclaredSource {
  std::string name;
  std::uint64_t index = 0;  // of its variable: another index, another declaration
  Expected<Source> source;  // or why it is none
};

// Whether variables may declare sources at all.
bool MayDeclare(const ServeConfig& config);

// What may not be known of a source before it is asked of this machine: its key files, the names of
// its time zones.
using CheckDeclared = std::function<Expected<void>(const Source& source)>;

struct DeclaredPlace {
  nomad::VariableRef prefix;  // "nmgr/serve/I/sources/"
  const ServeConfig* config = nullptr;
  CheckDeclared check = [](const Source&) { return Expected<void>(); };
};

// Those that are declared now, by name. `known`: from the time before; what has not moved since is
// not read again. One that has the name of a source of the config file is an error. An error where
// Nomad did not say: then nothing is known, and least of all that one is gone.
Expected<nomad::Indexed<std::vector<DeclaredSource>>> ReadDeclared(
    nomad::VariableClient& client, const DeclaredPlace& place,
    const std::vector<DeclaredSource>& known, const nomad::BlockingQuery& query,
    const nomad::Call& call);

// Waits for changes in a thread of its own. Where none is declared, a variable is laid out at the
// prefix without its last slash, which declares nothing: the list stays quiet (variable_watch.h).
class DeclaredWatch {
 public:
  // Called in the thread of the watch: once at the beginning, after each change, and with an error
  // where Nomad did not say, once until it says.
  using Listener = std::function<void(const Expected<std::vector<DeclaredSource>>& all)>;

  // `client` and the configuration must outlive it. `lays`: false in a dry run.
  DeclaredWatch(nomad::VariableClient& client, DeclaredPlace place, Listener listener,
                bool lays = true, Clock& clock = RealClock());

 private:
  Expected<VariableWatch::Answer> Ask(const nomad::BlockingQuery& query, const nomad::Call& call);

  nomad::VariableClient& client_;
  const DeclaredPlace place_;
  const Listener listener_;
  std::vector<DeclaredSource> known_;   // of the thread alone
  bool is_news_ = true;                 // of the thread alone: it was not told yet
  std::optional<VariableWatch> watch_;  // last: its thread uses the others
};

}  // namespace nmgr::sync
