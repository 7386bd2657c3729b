#include "nmgr/cli/run.h"

#include <unistd.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "cli/command_line.h"
#include "cli/config_file.h"
#include "cli/help.h"
#include "cli/make_settings.h"
#include "nmgr/actions/action.h"
#include "nmgr/base/log.h"
#include "nmgr/nomad/connection.h"
#include "nmgr/report/reporter.h"

namespace nmgr::cli {
namespace {

using actions::ExitCode;
using actions::Settings;

std::optional<std::string> Variable(const World& world, const std::string& name) {
  const auto found = world.environment.find(name);
  if (found == world.environment.end() || found->second.empty()) return std::nullopt;
  return found->second;
}

report::ReporterOptions ReporterOptionsOf(const World& world, const Settings& settings) {
  report::ReporterOptions options;
  options.output = settings.output;
  options.color = settings.color;
  options.quiet = settings.quiet;
  options.no_color = Variable(world, "NO_COLOR") || Variable(world, "NOMAD_CLI_NO_COLOR") ||
                     Variable(world, "TERM") == "dumb";
  return options;
}

// For what there is to say before there are settings.
int Say(const World& world, const Error& error) {
  report::MakeReporter(ReporterOptionsOf(world, {}))->Error(error);
  return actions::ExitCodeFor(error.code);
}

int Print(const World& world, const std::string& text) {
  const auto reporter = report::MakeReporter(ReporterOptionsOf(world, {}));
  reporter->Raw(text);
  return reporter->Failed() ? actions::kFailed : actions::kDone;
}

// A relative folder of these variables is to be ignored (XDG base directory specification): it
// would be another one in every current folder.
std::optional<Path> FolderVariable(const World& world, const std::string& name) {
  std::optional<Path> folder = Variable(world, name);
  return folder && IsAbsolutePath(*folder) ? folder : std::nullopt;
}

// "" where nothing says where it is.
Path StateFolder(const World& world, const Path& home) {
  const std::optional<Path> state = FolderVariable(world, "XDG_STATE_HOME");
  if (!state && home.empty()) return {};
  return JoinPath(state ? *state : JoinPath(home, ".local/state"), "nmgr");
}

// As many connections as jobs that wait, each in a blocking query, and some for questions in
// between.
std::unique_ptr<nomad::NomadClient> MakeClient(
    const Settings& settings, std::function<Expected<nomad::ConnectionOptions>()> resolve,
    nomad::Contact& contact, report::Reporter& out) {
  nomad::ClientOptions options{std::move(resolve), contact};
  options.max_connections = std::max(8, settings.parallel + 4);
  options.wait_server = settings.wait_server;
  options.on_wait = [&out](const std::string& notice) { out.Notice(notice); };
  return nomad::MakeHttpClient(std::move(options));
}

void SayWhatWasRead(report::Reporter& out, const World& world, const ConfigFile& config,
                    const Settings& settings) {
  for (const std::string& warning : config.warnings) out.Warning(warning);
  for (const std::string& warning : UnknownVariables(world.environment)) out.Warning(warning);
  for (const std::string& notice : settings.notices) out.Notice(notice);
}

int RunAction(const World& world, const CommandLine& line, const Settings& settings,
              const Path& home) {
  const auto reporter = report::MakeReporter(ReporterOptionsOf(world, settings));
  const auto resolve = [&world, &settings] {
    const auto environment = [&world](const std::string& name) { return Variable(world, name); };
    return nomad::ResolveConnection(settings.connection, environment, world.files);
  };
  if (line.action->needs_nomad) {
    if (const auto connection = resolve(); !connection) {
      reporter->Error(connection.error());
      return actions::ExitCodeFor(connection.error().code);
    }
  }
  nomad::Contact contact;
  const auto client = MakeClient(settings, resolve, contact, *reporter);
  actions::Env env{world.files,
                   world.clock,
                   world.processes,
                   *client,
                   contact,
                   *reporter,
                   settings,
                   home,
                   StateFolder(world, home),
                   world.interruption.token(),
                   world.interruption,
                   line.action->acts};
  const ExitCode code = line.action->run(env);
  if (env.stop.stop_requested()) return world.interruption.exit_code();
  if (reporter->Failed() && code == actions::kDone) {
    reporter->Error({ErrorCode::kIo, "standard output could not be written"});
    return actions::kFailed;
  }
  return code;
}

}  // namespace

std::map<std::string, std::string> ProcessEnvironment() {
  std::map<std::string, std::string> variables;
  for (char** entry = ::environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::size_t equals = text.find('=');
    if (equals != std::string_view::npos)
      variables.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return variables;
}

int Run(const World& world, const std::vector<std::string>& arguments) {
  Expected<CommandLine> line = ParseCommandLine(arguments);
  if (!line) return Say(world, line.error());
  if (line->version) return Print(world, "nmgr " NMGR_VERSION "\n");
  if (line->help) return Print(world, line->action ? ActionHelp(*line->action) : OverviewHelp());

  const Path home = FolderVariable(world, "HOME").value_or("");
  const ConfigPath config_path = FindConfigFile(*line, world.environment, home);
  Expected<ConfigFile> config = ReadConfigFile(config_path.path, config_path.named, world.files);
  if (!config) return Say(world, config.error());
  Expected<Settings> settings = MakeSettings(*line, world.environment, *config, home);
  if (!settings) return Say(world, settings.error());
  if (config->found) settings->config_file = config_path.path;
  settings->config_file_sought = config_path.path;
  if (settings->verbose) SetLogLevel(LogLevel::kDebug);
  SayWhatWasRead(*report::MakeReporter(ReporterOptionsOf(world, *settings)), world, *config,
                 *settings);
  return RunAction(world, *line, *settings, home);
}

}  // namespace nmgr::cli
