// Everything a run was told: flags before environment before config file before defaults. Filled by
// cli, read by the actions; no action looks at argv or the environment.
#pragma once

#include <any>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "nmgr/base/clock.h"
#include "nmgr/base/path.h"
#include "nmgr/jobspec/jobspec.h"
#include "nmgr/nomad/connection.h"
#include "nmgr/order/rules.h"
#include "nmgr/registry/survey.h"
#include "nmgr/repo/filter.h"
#include "nmgr/repo/repo.h"
#include "nmgr/report/config_view.h"
#include "nmgr/report/reporter.h"
#include "nmgr/sync/source.h"

namespace nmgr::actions {

// Where a setting came from, for messages ("~/cld, the default") and for the `config` action.
enum class Source { kDefault, kConfigFile, kEnvironment, kFlag };
std::string_view NameOf(Source source);  // "config file"

struct Settings {
  repo::RepoOptions repo;
  Source base_dir_source = Source::kDefault;
  std::string base_dir_place;  // as report::ShownSetting::place
  std::vector<repo::FilterSpec>
      filters;  // [filter.NAME] of the config file, over the built-in four

  std::vector<std::string> targets;   // positional arguments after the action
  std::vector<std::string> command;   // behind `--`
  std::vector<std::string> narrowed;  // --and
  std::vector<std::string> excluded;  // --exclude
  bool why = false;                   // what took each job is kept, for `list --why`
  bool include_infra = false;         // filters and reconcile do not leave infra jobs out

  std::string task;        // --task
  std::string group;       // --group
  std::string allocation;  // --alloc: an ID, or how it begins

  bool dry_run = false;
  bool detach = false;
  bool quiet = false;
  bool verbose = false;
  report::Output output = report::Output::kText;
  report::ColorMode color = report::ColorMode::kAuto;

  int parallel = 4;
  Duration timeout{300'000};
  bool fail_fast = false;
  bool strict = false;
  bool detailed_exitcode = false;
  bool no_order = false;           // neither [order] nor what the specs name orders jobs
  std::vector<order::Rule> order;  // [order] of the config file
  bool no_cache = false;           // nothing is remembered, and nothing that is remembered is used
  bool events = false;             // with -o json: a line for each thing that happens
  bool no_logs = false;            // what failed tasks wrote is left out
  bool reset_counts = false;       // the spec's count also for groups with a `scaling` block
  Duration wait_server{0};

  registry::Access registries;            // [registry.HOST], the docker config file, proxies
  std::vector<std::string> mutable_tags;  // under which an image may be another one tomorrow

  sync::ServeConfig serve;     // sources and what else `serve` and `sync` read
  std::string own_namespace;   // of the Nomad job that this process is a task of
  std::string own_job;         // its ID; "": of none
  std::string own_allocation;  // the allocation of that task; ""
  std::string notify_socket;   // of the service manager; ""
  std::string watchdog_us;     // how long it waits for a sign of life; ""

  jobspec::VariableInput variables;
  Source variable_files_source = Source::kDefault;
  std::string variable_files_place;  // as report::ShownSetting::place
  Path file_root = "spec";           // where file() starts: "spec", "base", or a folder
  nomad::ConnectionOptions connection;

  // The whole command line, without what is a secret. Finding that out takes its time.
  std::function<std::vector<std::string>()> arguments = [] { return std::vector<std::string>(); };
  std::string build;  // "0.4.0 (1a2b3c4)": of this program

  std::string editor;  // $VISUAL, else $EDITOR: a command with its arguments; "" where neither is

  std::vector<report::ShownSetting> origins;  // every setting, in the order of the option table
  std::string cluster;                        // the chosen [cluster.NAME]; ""
  std::string config_template;                // what `config --init` writes
  bool config_file_named = false;             // by --config or its variable
  Path config_file;                           // "" where none was read
  Path config_file_sought;                    // where one was looked for
  std::vector<std::string> notices;           // what to say of how values were taken
  // Where a list option took words that may have been meant as targets: what to tell a user who
  // gave none.
  std::string no_target_hint;

  // The values of the options that one action alone has, as the struct that its file declares; the
  // defaults of that struct where none was given.
  template <class T>
  T& Own() {
    if (T* held = std::any_cast<T>(&own)) return *held;
    return own.emplace<T>();
  }
  template <class T>
  T Own() const {
    const T* held = std::any_cast<T>(&own);
    return held == nullptr ? T{} : *held;
  }
  std::any own = {};
};

}  // namespace nmgr::actions
