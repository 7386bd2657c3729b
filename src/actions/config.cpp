// config: every setting, its value and where it comes from.
#include <fmt/format.h>

#include <utility>

#include "actions/all_actions.h"
#include "nmgr/repo/filter.h"
#include "nmgr/report/config_view.h"

namespace nmgr::actions {
namespace {

Path WithTilde(const Path& path, const Path& home) {
  const bool below = !home.empty() && path.starts_with(home + "/");
  return below ? "~" + path.substr(home.size()) : path;
}

struct ConfigOptions {
  bool init = false;
};

// The file that would be read, with all keys commented out.
ExitCode WriteTemplate(Env& env) {
  const Settings& settings = env.settings;
  const Path& path = settings.config_file_sought;
  const auto fail = [&env](const Error& error) {
    env.out.Error(error);
    return ExitCodeFor(error.code);
  };
  if (path.empty()) {
    return fail({ErrorCode::kUsage, "nobody knows where the config file belongs",
                 "name it by --config, or set HOME"});
  }
  if (env.files.Stat(path) || env.files.StatEntry(path)) {
    return fail({ErrorCode::kIo, fmt::format("{} is there already, and is left as it is", path)});
  }
  if (const auto written = env.files.WriteFileAtomically(path, settings.config_template);
      !written) {
    return fail(written.error());
  }
  report::ReportWrittenConfig(env.out, path);
  return kDone;
}

ExitCode RunConfig(Env& env) {
  if (env.settings.Own<ConfigOptions>().init) return WriteTemplate(env);
  if (env.settings.config_file_named && env.settings.config_file.empty()) {
    const Error error{ErrorCode::kConfig,
                      env.settings.config_file_sought + ": no such file or directory",
                      "`nmgr config --init` writes one there"};
    env.out.Error(error);
    return ExitCodeFor(error.code);
  }
  report::ReportSettings(env.out, env.settings.config_file,
                         WithTilde(env.settings.config_file_sought, env.home), env.settings.origins,
                         repo::AllFilters(env.settings.filters));
  return kDone;
}

}  // namespace

Action ConfigAction() {
  return {
      .name = "config",
      .summary = "show the settings and where they come from",
      .arguments = Arguments::kNone,
      .argument_help = "",
      .options = {{.name = "init",
                   .help = "write a config file with every key, commented out; never over one",
                   .value = Switch(&ConfigOptions::init)}},
      .run = RunConfig,
      .needs_nomad = false,
      .may_lack_config = true,
      .documents = report::ConfigShapes(),
  };
}

}  // namespace nmgr::actions
