#include "nmgr/cli/options.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "nmgr/base/text.h"

namespace nmgr::cli {
namespace {

using actions::Settings;
using Values = std::vector<std::string>;
using Set = Expected<void> (*)(const Values&, const Path&, Settings&);

Error Wrong(std::string message, std::string hint = {}) {
  return Error{ErrorCode::kUsage, std::move(message), std::move(hint)};
}

Expected<bool> ParseBool(std::string_view text) {
  for (const std::string_view yes : {"1", "true", "yes", "on"}) {
    if (text == yes) return true;
  }
  for (const std::string_view no : {"0", "false", "no", "off"}) {
    if (text == no) return false;
  }
  return Wrong(fmt::format("\"{}\" is neither true nor false", text));
}

Expected<int> ParseNumber(std::string_view text, int least, int most) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < least || number > most) {
    return Wrong(fmt::format("\"{}\" is not a number from {} to {}", text, least, most));
  }
  return number;
}

Expected<std::size_t> ParseChoice(const std::string& text,
                                  const std::vector<std::string>& choices) {
  const auto at = std::find(choices.begin(), choices.end(), text);
  if (at != choices.end()) return static_cast<std::size_t>(at - choices.begin());
  const std::vector<std::string> near = NearestNames(text, choices, 1);
  return Wrong(fmt::format("\"{}\" is none of {}", text, Join(choices, ", ")),
               near.empty() ? std::string() : fmt::format("did you mean {}?", near[0]));
}

template <bool Settings::*Member>
Expected<void> SetFlag(const Values& values, const Path&, Settings& settings) {
  TRY_ASSIGN(settings.*Member, ParseBool(values.back()));
  return {};
}

template <std::string nomad::ConnectionOptions::*Member>
Expected<void> SetConnection(const Values& values, const Path&, Settings& settings) {
  settings.connection.*Member = values.back();
  return {};
}

template <std::string nomad::ConnectionOptions::*Member>
Expected<void> SetConnectionPath(const Values& values, const Path& home, Settings& settings) {
  settings.connection.*Member = ExpandHome(values.back(), home);
  return {};
}

template <std::vector<std::string> repo::RepoOptions::*Member>
Expected<void> SetList(const Values& values, const Path&, Settings& settings) {
  settings.repo.*Member = values;
  return {};
}

template <Duration Settings::*Member, bool zero_allowed>
Expected<void> SetDuration(const Values& values, const Path&, Settings& settings) {
  TRY_ASSIGN(settings.*Member, ParseDuration(values.back()));
  if (!zero_allowed && (settings.*Member).count() == 0) return Wrong("must be longer than 0s");
  return {};
}

Expected<void> SetBaseDir(const Values& values, const Path& home, Settings& settings) {
  if (values.back().empty()) return Wrong("is empty");
  settings.repo.base_dir = CleanPath(ExpandHome(values.back(), home));
  return {};
}

// Folder names as a shell completes them: with a slash behind.
Expected<void> SetIgnoreDirs(const Values& values, const Path&, Settings& settings) {
  settings.repo.ignore_dirs.clear();
  for (std::string_view name : values) {
    while (name.size() > 1 && name.ends_with('/')) name.remove_suffix(1);
    settings.repo.ignore_dirs.emplace_back(name);
  }
  return {};
}

Expected<void> SetMaxDepth(const Values& values, const Path&, Settings& settings) {
  TRY_ASSIGN(settings.repo.max_depth, ParseNumber(values.back(), 0, 64));
  return {};
}

Expected<void> SetParallel(const Values& values, const Path&, Settings& settings) {
  TRY_ASSIGN(settings.parallel, ParseNumber(values.back(), 1, 64));
  return {};
}

Expected<void> SetOutput(const Values& values, const Path&, Settings& settings) {
  TRY_ASSIGN(const std::size_t choice, ParseChoice(values.back(), {"text", "json"}));
  settings.output = static_cast<report::Output>(choice);
  return {};
}

Expected<void> SetColor(const Values& values, const Path&, Settings& settings) {
  TRY_ASSIGN(const std::size_t choice, ParseChoice(values.back(), {"auto", "always", "never"}));
  settings.color = static_cast<report::ColorMode>(choice);
  return {};
}

Expected<void> SetExcluded(const Values& values, const Path&, Settings& settings) {
  settings.excluded = values;
  return {};
}

Expected<void> SetVariables(const Values& values, const Path&, Settings& settings) {
  for (const std::string& value : values) {
    const std::size_t equals = value.find('=');
    if (equals == 0 || equals == std::string::npos) {
      return Wrong(fmt::format("\"{}\" is not of the form name=value", value));
    }
    settings.variables.flags.emplace_back(value.substr(0, equals), value.substr(equals + 1));
  }
  return {};
}

Expected<void> SetVariableFiles(const Values& values, const Path& home, Settings& settings) {
  for (const std::string& value : values) {
    settings.variables.files.push_back(ExpandHome(value, home));
  }
  return {};
}

Expected<void> SetTlsSkipVerify(const Values& values, const Path&, Settings& settings) {
  TRY_ASSIGN(settings.connection.tls_skip_verify, ParseBool(values.back()));
  return {};
}

using Connection = nomad::ConnectionOptions;
using Repo = repo::RepoOptions;

OptionRow Flag(std::string_view name, char letter, OptionGroup group, std::string_view key,
               std::string_view help, Set set) {
  return {name, letter, OptionKind::kFlag, group, {}, key, {}, {}, help, set};
}

OptionRow Value(std::string_view name, char letter, OptionGroup group, std::string_view value_name,
                std::string_view key, std::string_view fallback, std::string_view help, Set set) {
  return {name, letter, OptionKind::kValue, group, value_name, key, fallback, {}, help, set};
}

OptionRow Words(std::string_view name, OptionGroup group, std::string_view value_name,
                std::string_view key, std::string_view fallback, std::string_view help, Set set) {
  return {name, 0, OptionKind::kWords, group, value_name, key, fallback, {}, help, set};
}

OptionRow Nomad(std::string_view name, std::string_view value_name, std::string_view key,
                std::string_view variable, std::string_view help, Set set,
                std::string_view fallback = {}) {
  const OptionKind kind = value_name.empty() ? OptionKind::kFlag : OptionKind::kValue;
  return {name, 0, kind, OptionGroup::kNomad, value_name, key, fallback, variable, help, set};
}

std::vector<OptionRow> WhatRows() {
  constexpr OptionGroup kWhat = OptionGroup::kWhat;
  return {
      Value("base-dir", 0, kWhat, "DIR", "general.base_dir", "~/cld",
            "folder that holds the job specs", SetBaseDir),
      Words("ignore-dirs", kWhat, "[D...]", "general.ignore_dirs", "_archive .github .git",
            "folder names not to enter; hidden folders never are", SetIgnoreDirs),
      Words("infra-jobs", kWhat, "[J...]", "general.infra_jobs",
            "garage keydb haproxy caddy patroni",
            "jobs that start first, one by one in this order, and stop last",
            SetList<&Repo::infra_jobs>),
      {"exclude",
       0,
       OptionKind::kRepeat,
       kWhat,
       "TARGET",
       {},
       {},
       {},
       "take these jobs away from the targets",
       SetExcluded},
      Flag("include-infra", 0, kWhat, {},
           "infra jobs too, which filters and reconcile name and leave out",
           SetFlag<&Settings::include_infra>),
      {"var", 0, OptionKind::kRepeat, kWhat, "K=V", {}, {}, {}, "HCL input variable", SetVariables},
      {"var-file",
       0,
       OptionKind::kRepeat,
       kWhat,
       "FILE",
       {},
       {},
       {},
       "file of HCL input variables",
       SetVariableFiles},
  };
}

std::vector<OptionRow> HowRows() {
  constexpr OptionGroup kHow = OptionGroup::kHow;
  return {
      Flag("dry-run", 'n', kHow, {}, "say what would be done; change nothing",
           SetFlag<&Settings::dry_run>),
      Flag("detach", 'd', kHow, "general.detach", "do not wait for jobs other than infra jobs",
           SetFlag<&Settings::detach>),
      Flag("purge", 'p', kHow, {}, "down: purge jobs once they are stopped",
           SetFlag<&Settings::purge>),
      Value("parallel", 0, kHow, "N", "general.parallel", "4", "jobs that are under way at once",
            SetParallel),
      Value("timeout", 0, kHow, "T", "general.timeout", "5m", "how long to wait for one job",
            SetDuration<&Settings::timeout, false>),
      Flag("fail-fast", 0, kHow, "general.fail_fast", "start nothing after the first failure",
           SetFlag<&Settings::fail_fast>),
      Flag("strict", 0, kHow, "general.strict", "refuse the whole run if one spec is invalid",
           SetFlag<&Settings::strict>),
      Flag("detailed-exitcode", 0, kHow, {}, "exit with 2 when changes are pending",
           SetFlag<&Settings::detailed_exitcode>),
  };
}

std::vector<OptionRow> OutputRows() {
  constexpr OptionGroup kOutput = OptionGroup::kOutput;
  return {
      Value("output", 'o', kOutput, "FORM", {}, "text", "text or json", SetOutput),
      Value("color", 0, kOutput, "WHEN", "general.color", "auto", "auto, always or never",
            SetColor),
      Flag("verbose", 'v', kOutput, {}, "tell what is done and asked", SetFlag<&Settings::verbose>),
      Flag("quiet", 'q', kOutput, {}, "no progress and no notices", SetFlag<&Settings::quiet>),
      Value("config", 'c', kOutput, "FILE", {}, "$XDG_CONFIG_HOME/nmgr/config.toml", "config file",
            nullptr),
      Flag("version", 0, kOutput, {}, "show the version and exit", nullptr),
      Flag("help", 'h', kOutput, {}, "show this help, or that of an action, and exit", nullptr),
  };
}

std::vector<OptionRow> NomadRows() {
  return {
      Nomad("address", "URL", "nomad.address", "NOMAD_ADDR", "http://, https:// or unix:///path",
            SetConnection<&Connection::address>, "http://127.0.0.1:4646"),
      Nomad("region", "NAME", "nomad.region", "NOMAD_REGION", "for specs that name none",
            SetConnection<&Connection::region>),
      Nomad("namespace", "NAME", "nomad.namespace", "NOMAD_NAMESPACE", "for specs that name none",
            SetConnection<&Connection::name_space>),
      // NOMAD_TOKEN_FILE is left to nomad::ResolveConnection, because NOMAD_TOKEN goes before it.
      Nomad("token-file", "FILE", "nomad.token_file", {}, "file that holds the ACL token",
            SetConnectionPath<&Connection::token_file>),
      Nomad("ca-cert", "FILE", "nomad.ca_cert", "NOMAD_CACERT", "PEM file of the CA",
            SetConnectionPath<&Connection::ca_cert>),
      Nomad("ca-path", "DIR", "nomad.ca_path", "NOMAD_CAPATH", "folder of PEM files of CAs",
            SetConnectionPath<&Connection::ca_path>),
      Nomad("client-cert", "FILE", "nomad.client_cert", "NOMAD_CLIENT_CERT", "PEM file",
            SetConnectionPath<&Connection::client_cert>),
      Nomad("client-key", "FILE", "nomad.client_key", "NOMAD_CLIENT_KEY", "PEM file",
            SetConnectionPath<&Connection::client_key>),
      Nomad("tls-server-name", "NAME", "nomad.tls_server_name", "NOMAD_TLS_SERVER_NAME",
            "name that the certificate must hold", SetConnection<&Connection::tls_server_name>),
      Nomad("tls-skip-verify", {}, "nomad.tls_skip_verify", "NOMAD_SKIP_VERIFY",
            "accept any certificate", SetTlsSkipVerify),
      Value("wait-server", 0, OptionGroup::kNomad, "T", "nomad.wait_server", "0s",
            "how long to wait for a Nomad that is not up yet",
            SetDuration<&Settings::wait_server, true>),
  };
}

std::vector<OptionRow> ConfigRows() {
  constexpr OptionGroup kConfigOnly = OptionGroup::kConfigOnly;
  return {
      Words("job-configs", kConfigOnly, "[GLOB...]", "general.job_configs",
            "*.env* *.toml* *.yml* *.yaml* *.sh* *.cfg* *.js* *.tpl",
            "files beside a spec that count as its configuration", SetList<&Repo::job_configs>),
      Words("spec-globs", kConfigOnly, "[GLOB...]", "general.spec_globs", "",
            "names of spec files beside *.hcl, *.nomad and *.nomad.hcl",
            SetList<&Repo::spec_globs>),
      Words("ignore-files", kConfigOnly, "[GLOB...]", "general.ignore_files", "",
            "names of files (with a / paths below the base directory) that are no specs",
            SetList<&Repo::ignore_files>),
      Value("max-depth", 0, kConfigOnly, "N", "general.max_depth", "8",
            "how deep folders are entered", SetMaxDepth),
  };
}

std::vector<OptionRow> MakeTable() {
  std::vector<OptionRow> rows;
  for (auto* part : {WhatRows, HowRows, OutputRows, NomadRows, ConfigRows}) {
    for (const OptionRow& row : part()) rows.push_back(row);
  }
  return rows;
}

}  // namespace

std::span<const OptionRow> Options() {
  static const std::vector<OptionRow> table = MakeTable();
  return table;
}

const OptionRow* FindOption(std::string_view name) {
  for (const OptionRow& row : Options()) {
    if (row.on_command_line() && row.name == name) return &row;
  }
  return nullptr;
}

const OptionRow* FindOption(char letter) {
  for (const OptionRow& row : Options()) {
    if (row.letter == letter && letter != 0) return &row;
  }
  return nullptr;
}

std::string VariableOf(std::string_view option_name) {
  std::string variable = "NMGR_";
  for (const char c : option_name) {
    variable += c == '-' ? '_' : (c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
  }
  return variable;
}

}  // namespace nmgr::cli
