// An action is a verb of the command line: one file in src/actions each, holding its row (name,
// help, arguments, options that it heeds) and its body. AllActions() is the one table of them; the
// parser, the help and the tests walk it.
//
// Options that belong to one action alone (`list -l`) are rows in its own file, whose values go
// into a struct of that file; the body reads it with `env.settings.Own<Options>()`. Actions do not
// know the parser.
#pragma once

#include <span>
#include <stop_token>
#include <string_view>
#include <vector>

#include "nmgr/actions/option.h"
#include "nmgr/actions/settings.h"
#include "nmgr/base/clock.h"
#include "nmgr/base/file_system.h"
#include "nmgr/base/interruption.h"
#include "nmgr/base/process.h"
#include "nmgr/nomad/allocation_client.h"
#include "nmgr/nomad/client.h"
#include "nmgr/nomad/contact.h"
#include "nmgr/nomad/variable_client.h"
#include "nmgr/report/reporter.h"
#include "nmgr/report/shape.h"
#include "nmgr/rollout/rollout.h"

namespace nmgr::actions {

// Exit codes a script may rely on (README.md, "Exit codes"; sysexits where they fit).
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
  kCommandNotRun = 126,    // exec: the command is there and cannot be run, as a shell has it
  kCommandNotFound = 127,  // exec: there is no such command
  kHungUp = 129,           // by SIGHUP
  kInterrupted = 130,
  kTerminated = 143,  // by SIGTERM
};

// The code that stands for an error that ends the whole run.
ExitCode ExitCodeFor(ErrorCode code);

// The code of a run in which this question to Nomad failed, once all of them have been asked: that
// nobody answers (69) or the token is refused (77, before 69) stands for the run only where Nomad
// has granted nothing in it; else it is that job's failure (1), whichever came first.
ExitCode ExitCodeFor(const Error& error, const nomad::Contact& contact);

// The code of a rollout, and of nothing else than these: what it came to, what selecting its
// targets came to before it, and whether pending changes count (--detailed-exitcode).
ExitCode ExitCodeOf(const rollout::Rollout& run, ExitCode so_far, bool detailed);

// Everything an action may touch. Not owned; valid for the run.
struct Env {
  FileSystem& files;
  Clock& clock;
  Processes& processes;
  nomad::JobClient& jobs;
  nomad::AllocationClient& allocations;
  nomad::VariableClient& variables;
  const nomad::Contact& contact;  // what the clients have met with so far
  report::Reporter& out;
  const Settings& settings;
  Path home;          // what ~ stands for
  Path state_folder;  // $XDG_STATE_HOME/nmgr: what `down` stopped is on record there; "": no home
  std::stop_token stop;  // Ctrl-C and its like; that of the interruption
  Interruption& interruption;
  bool acts = false;                                 // of the action that runs (Action::acts)
  Redactor* secrets = nullptr;                       // of this run; grows while specs are evaluated
  jobspec::VariableFiles* variable_files = nullptr;  // of this run
  Path cache_folder = {};  // $XDG_CACHE_HOME/nmgr: what need not be asked again; "": no home
};

// Reports what a question to Nomad ends the run with; an interruption needs no words.
ExitCode EndWith(Env& env, const Error& error);

// What follows the name of an action.
enum class Arguments {
  kNone,
  kString,      // one string, not looked up as a target
  kTargets,     // any number of targets
  kJobChanges,  // a job and KEY=VALUE, at least one (Settings::command)
  kJobCommand,  // a job and, after `--`, a command with its arguments, or none
};

// One row: designated fields, in this order.
struct Action {
  std::string_view name;
  std::string_view summary;     // one line of the overview
  std::string_view alias = {};  // "diff" for plan
  Arguments arguments = Arguments::kTargets;
  std::string_view argument_help = "TARGET...";
  // The options that it heeds beside those that every action does: its own, and shared ones.
  std::vector<Option> options = {};
  ExitCode (*run)(Env& env) = nullptr;
  // It cannot do without Nomad, so wrong connection settings end the run before it starts.
  bool needs_nomad = true;
  // It changes jobs. That a spec may hide in what cannot be read is then an error, and so is a base
  // directory without any spec; verbs that only look say it as a warning.
  bool acts = false;
  // Paragraphs and examples for `nmgr ACTION -h`, wrapped at 80 columns, each line with its end.
  std::string_view details = {};
  // It goes on where a config file that was named is not there.
  bool may_lack_config = false;
  // Its diagnostics are what it is for: with -o lines and -o github its result is these alone.
  bool finds = false;
  // What it prints with -o json, the usual document first. Tests hold it to them.
  std::vector<report::JsonShape> documents = {};
  // It is left running, with many questions held open, and a signal is its ordinary end: the exit
  // code is what it returns.
  bool stays = false;
  // Forms of --output that it has and that are no form of every action.
  std::vector<std::string_view> outputs = {};
};

std::span<const Action> AllActions();

// Whether the action has this form of --output: a form that no action calls its own is one of all.
bool HasOutput(const Action& action, std::string_view form);

}  // namespace nmgr::actions
