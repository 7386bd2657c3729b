// An action is a verb of the command line: one file in src/actions each, holding its name, help,
// own options and run. AllActions() is the one table of them; the parser, completion and the
// reference page walk it.
//
// Options that belong to one action alone (`list -l`, `find -E`) are declared by `make`, which
// returns the body that reads them. Actions do not know the parser: src/cli hands the declarations
// to CLI11.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <stop_token>
#include <string_view>
#include <vector>

#include "nmgr/actions/settings.h"
#include "nmgr/base/clock.h"
#include "nmgr/base/file_system.h"
#include "nmgr/base/process.h"
#include "nmgr/nomad/client.h"
#include "nmgr/report/reporter.h"

namespace nmgr::actions {

// Exit codes a script may rely on (cli.md, "Exit codes"; sysexits where they fit).
enum ExitCode : int {
  kDone = 0,
  kFailed = 1,          // a job failed, was refused or did not evaluate; find: nothing found
  kChangesPending = 2,  // only with --detailed-exitcode
  kUsage = 64,
  kInvalidSpec = 65,
  kNoSuchTarget = 66,
  kUnreachable = 69,
  kForbidden = 77,
  kConfigWrong = 78,
  kInterrupted = 130,
};

// The code that stands for an error that ends the whole run.
ExitCode ExitCodeFor(ErrorCode code);

// The code of a question to Nomad that failed: that nobody answers (69) or the token is refused
// (77) ends a run only as long as Nomad has granted nothing in it; later it is that job's failure
// (1).
ExitCode ExitCodeFor(const Error& error, const nomad::NomadClient& client);

// Everything an action may touch. Not owned; valid for the run.
struct Env {
  FileSystem& files;
  Clock& clock;
  Processes& processes;
  nomad::NomadClient& nomad;
  report::Reporter& out;
  const Settings& settings;
  Path home;             // what ~ stands for
  Path state_folder;     // $XDG_STATE_HOME/nmgr: the record of what `down` stopped
  std::stop_token stop;  // Ctrl-C
  bool acts = false;     // of the action that runs (Action::acts)
};

using Run = std::function<ExitCode(Env&)>;

// A switch of one action alone, e.g. `-l, --long` of list. `value` belongs to the body that `make`
// returned and lives as long as it.
struct OwnOption {
  char letter = 0;  // none
  std::string_view name;
  std::string_view help;
  bool* value = nullptr;
};
using OwnOptions = std::vector<OwnOption>;

struct Action {
  std::string_view name;
  std::string_view summary;     // one line of the overview
  std::string_view alias = {};  // "diff" for plan
  std::string_view target_help = "TARGET...";
  // Declares the action's own options and returns its body, which reads them.
  Run (*make)(OwnOptions& own);
  // Paragraphs and examples for `nmgr ACTION -h`, wrapped at 80 columns, each line with its end.
  std::string_view details = {};
  // It cannot do without Nomad, so wrong connection settings end the run before it starts.
  bool needs_nomad = true;
  // It changes jobs. That a spec may hide in what cannot be read is then an error, and so is a base
  // directory without any spec; verbs that only look say it as a warning.
  bool acts = false;
};

std::span<const Action> AllActions();

}  // namespace nmgr::actions
