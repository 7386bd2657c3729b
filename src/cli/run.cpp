#include "nmgr/cli/run.h"

#include <fmt/format.h>
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
#include "cli/unlisted.h"
#include "cli/version.h"
#include "nmgr/actions/action.h"
#include "nmgr/base/log.h"
#include "nmgr/base/secrets.h"
#include "nmgr/cli/options.h"
#include "nmgr/nomad/connection.h"
#include "nmgr/repo/target.h"
#include "nmgr/report/reporter.h"

namespace nmgr::cli {
namespace {

using actions::ExitCode;
using actions::Settings;

report::ReporterOptions ReporterOptionsOf(const World& world, const Settings& settings,
                                          const Redactor* secrets = nullptr) {
  report::ReporterOptions options;
  options.output = settings.output;
  options.color = settings.color;
  options.quiet = settings.quiet;
  options.events = settings.events;
  options.redactor = secrets;
  options.dumb = Variable(world.environment, "TERM") == "dumb";
  options.lines_only = settings.verbose;
  options.no_color = Variable(world.environment, "NO_COLOR") ||
                     Variable(world.environment, "NOMAD_CLI_NO_COLOR") || options.dumb;
  return options;
}

// What -o says, as far as it can be seen before there are settings.
report::Output WantedOutput(const World& world, const std::vector<std::string>& arguments) {
  const Option& row = *FindOption('o');
  const std::string option = "--" + std::string(row.name);
  std::string wanted = Variable(world.environment, actions::VariableOf(row.name)).value_or("");
  for (std::size_t i = 0; i < arguments.size() && arguments[i] != "--"; ++i) {
    const std::string& word = arguments[i];
    const bool apart = word == "-o" || word == option;
    if (apart && i + 1 < arguments.size()) wanted = arguments[i + 1];
    if (word.starts_with("-o") && word.size() > 2) wanted = word.substr(word[2] == '=' ? 3 : 2);
    if (word.starts_with(option + "=")) wanted = word.substr(option.size() + 1);
  }
  Settings settings;
  static_cast<void>(row.value.set({{wanted}, actions::Source::kFlag, {}, {}}, settings));
  return settings.output;
}

// For what there is to say before there are settings.
int Say(const World& world, const std::vector<std::string>& arguments, const Redactor& secrets,
        const Error& error) {
  Settings settings;
  settings.output = WantedOutput(world, arguments);
  settings.events = std::find(arguments.begin(), arguments.end(), "--events") != arguments.end();
  const auto reporter = report::MakeReporter(ReporterOptionsOf(world, settings, &secrets));
  const ExitCode code = actions::ExitCodeFor(error.code);
  reporter->Error(error);
  reporter->Finish(code);
  return code;
}

int Print(const World& world, const std::string& text) {
  const auto reporter = report::MakeReporter(ReporterOptionsOf(world, {}));
  reporter->Raw(text);
  return reporter->Failed() ? actions::kFailed : actions::kDone;
}

// What the journal keeps of a command line. The value of an input variable may be anything.
std::vector<std::string> ShownArguments(const std::vector<std::string>& arguments) {
  constexpr std::string_view kVariable = "--var";
  std::vector<std::string> shown = HideArguments(arguments);
  for (std::size_t i = 0; i < shown.size(); ++i) {
    const bool glued = arguments[i].starts_with("--var=");
    if (!glued && (i == 0 || arguments[i - 1] != kVariable)) continue;
    const std::size_t from = glued ? kVariable.size() + 1 : 0;
    const std::size_t equals = arguments[i].find('=', from);
    if (equals == std::string::npos) continue;
    shown[i] = arguments[i].substr(0, equals + 1) + std::string(kHidden);
  }
  return shown;
}

void AddConnection(const nomad::ConnectionOptions& options, Redactor& secrets) {
  secrets.Add(options.token);
  secrets.AddAddress(options.http_auth + "@");
  secrets.AddAddress(options.address);
  secrets.AddAddress(options.proxy);
}

// What the environment holds of secrets, also where nothing of the run will use it.
void AddEnvironment(const World& world, Redactor& secrets) {
  for (const auto& [name, value] : world.environment) {
    const bool is_input = name.starts_with(kInputVariablePrefix);
    secrets.AddNamed(is_input ? name.substr(kInputVariablePrefix.size()) : name, value);
    secrets.AddAddress(value);
  }
  secrets.Add(Variable(world.environment, nomad::kTokenVariable).value_or(""));
  secrets.AddAddress(Variable(world.environment, nomad::kHttpAuthVariable).value_or("") + "@");
}

// What acts waits for all its jobs in one query (rollout/jobs_watch.h), so that with one such query
// that was given up, and one that it closed last, the server sees eight connections at most. A dry
// run neither waits nor writes. What looks may follow the logs of many jobs, with a query each. A
// daemon has one for each source and name space, and Nomad takes a hundred from one client: those
// of its variables are a client's own, so that no renewal of a lease waits behind registers.
constexpr int kOfVariables = 50;
int MostConnections(const Settings& settings, const actions::Action& action) {
  if (action.stays) return 40;
  if (!action.acts) return 48;
  return settings.dry_run ? 8 : 6;
}

// Made when they are needed.
std::unique_ptr<nomad::Client> MakeClient(
    const Settings& settings, std::function<Expected<nomad::ConnectionOptions>()> resolve,
    nomad::Contact& contact, report::Reporter& out, int most_connections) {
  nomad::ClientOptions options{std::move(resolve), contact};
  options.max_connections = most_connections;
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

int Act(const World& world, const CommandLine& line, const Settings& settings, const Path& home,
        report::Reporter& reporter, Redactor& secrets) {
  const auto resolve = [&world, &settings, &secrets]() -> Expected<nomad::ConnectionOptions> {
    TRY_ASSIGN(nomad::ConnectionOptions options,
               ConnectionOf(settings, world.environment, world.files));
    AddConnection(options, secrets);
    options.secrets = &secrets;
    return options;
  };
  if (line.action->needs_nomad) {
    if (const auto connection = resolve(); !connection) {
      reporter.Error(connection.error());
      return actions::ExitCodeFor(connection.error().code);
    }
  }
  nomad::Contact contact;
  jobspec::VariableFiles variable_files;
  const auto client =
      MakeClient(settings, resolve, contact, reporter, MostConnections(settings, *line.action));
  const auto apart =
      line.action->stays ? MakeClient(settings, resolve, contact, reporter, kOfVariables) : nullptr;
  actions::Env env{world.files,
                   world.clock,
                   world.processes,
                   *client,
                   *client,
                   apart ? *apart : *client,
                   contact,
                   reporter,
                   settings,
                   home,
                   InStateFolder(world.environment, "nmgr"),
                   world.interruption.token(),
                   world.interruption,
                   line.action->acts,
                   &secrets,
                   &variable_files,
                   InCacheFolder(world.environment, "nmgr")};
  if (line.action->acts && !settings.cluster.empty()) {
    reporter.Notice(fmt::format("cluster {}: {}, {}", settings.cluster,
                                nomad::WithoutUserInfo(settings.connection.address),
                                JoinPath(CurrentFolder(), settings.repo.base_dir)));
  }
  const ExitCode code = line.action->run(env);
  const bool cut_off = env.stop.stop_requested() && !line.action->stays;
  return cut_off ? world.interruption.exit_code() : code;
}

int RunAction(const World& world, const CommandLine& line, const Settings& settings,
              const Path& home, Redactor& secrets) {
  repo::SetTypedWords(settings.filters, settings.repo);
  report::ReporterOptions options = ReporterOptionsOf(world, settings, &secrets);
  options.findings_are_result = line.action->finds;
  const auto reporter = report::MakeReporter(options);
  const int code = Act(world, line, settings, home, *reporter, secrets);
  reporter->Finish(code);
  if (!reporter->Failed()) return code;
  reporter->Error({ErrorCode::kIo, "standard output could not be written"});
  return code == actions::kDone || code == actions::kChangesPending ? actions::kFailed : code;
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
  const auto secrets = std::make_shared<Redactor>();
  AddEnvironment(world, *secrets);
  SetLogFilter([secrets](std::string_view text) { return secrets->HideAll(text); });
  const auto say = [&](const Error& error) { return Say(world, arguments, *secrets, error); };
  if (const auto text = Unlisted(world, arguments)) {
    return *text ? Print(world, **text) : say(text->error());
  }
  Expected<CommandLine> line = ParseCommandLine(arguments);
  if (!line) return say(line.error());
  if (line->version) return Print(world, VersionText());
  if (line->help) return Print(world, line->action ? ActionHelp(*line->action) : OverviewHelp());

  const Path home = HomeFolder(world.environment);
  const ConfigPath config_path = ConfigFileInForce(*line, world.environment, world.files);
  const bool must_exist = config_path.named && !line->action->may_lack_config;
  Expected<ConfigFile> config = ReadConfigFile(config_path.path, must_exist, world.files);
  if (!config) return say(config.error());
  Expected<Settings> settings = MakeSettings(*line, world.environment, *config, home);
  if (!settings) return say(settings.error());
  AddConnection(settings->connection, *secrets);
  for (const auto& [name, value] : settings->variables.flags) secrets->AddNamed(name, value);
  settings->arguments = [&arguments] { return ShownArguments(arguments); };
  settings->build = BuildName();
  if (config->found) settings->config_file = config_path.path;
  settings->config_file_sought = config_path.path;
  settings->config_file_named = config_path.named;
  if (line->action->may_lack_config) settings->config_template = ConfigTemplate();
  if (settings->verbose) SetLogLevel(LogLevel::kDebug);
  SayWhatWasRead(*report::MakeReporter(ReporterOptionsOf(world, *settings, secrets.get())), world,
                 *config, *settings);
  return RunAction(world, *line, *settings, home, *secrets);
}

}  // namespace nmgr::cli
