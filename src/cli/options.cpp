#include "nmgr/cli/options.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "nmgr/actions/shared_options.h"
#include "nmgr/base/file_system.h"
#include "nmgr/base/secrets.h"
#include "nmgr/nomad/connection.h"

namespace nmgr::cli {
namespace {

using actions::Choice;
using actions::Each;
using actions::FilePath;
using actions::Given;
using actions::List;
using actions::Number;
using actions::OptionValue;
using actions::Settings;
using actions::Switch;
using actions::Text;
using actions::Time;
using Connection = nomad::ConnectionOptions;
using Repo = repo::RepoOptions;

Error Wrong(std::string message) { return Error{ErrorCode::kUsage, std::move(message)}; }

// As paths of specs are shown: relative to where the user stands, if that is above, the same, or
// below: "cld", ".", "../..".
Path FromHere(const Path& path) {
  const Path here = CurrentFolder();
  if (here == "/") return path;
  const Path below = RelativeTo(here, path);
  if (path == "/" || below == here || below == ".") return RelativeTo(path, here);
  Path up = "..";
  for (const char c : below) {
    if (c == '/') up += "/..";
  }
  return up;
}

OptionValue BaseDir() {
  return {OptionKind::kValue, [](const Given& given, Settings& settings) -> Expected<void> {
            if (given.values.back().empty()) return Wrong("is empty");
            settings.repo.base_dir =
                FromHere(CleanPath(ExpandHome(given.values.back(), given.home)));
            settings.base_dir_source = given.source;
            settings.base_dir_place = given.place;
            return {};
          }};
}

// Folder names as a shell completes them: with a slash behind.
OptionValue FolderNames(std::vector<std::string> Repo::*member) {
  return {OptionKind::kWords,
          [member](const Given& given, Settings& settings) -> Expected<void> {
            std::vector<std::string>& names = settings.repo.*member;
            names.clear();
            for (std::string_view name : given.values) {
              while (name.size() > 1 && name.ends_with('/')) name.remove_suffix(1);
              names.emplace_back(name);
            }
            return {};
          },
          true};
}

OptionValue Variables() {
  return {OptionKind::kRepeat, [](const Given& given, Settings& settings) -> Expected<void> {
            for (const std::string& value : given.values) {
              const std::size_t equals = value.find('=');
              if (equals == 0 || equals == std::string::npos) {
                return Wrong("not of the form name=value (not shown, it may be a secret)");
              }
              settings.variables.flags.emplace_back(value.substr(0, equals),
                                                    value.substr(equals + 1));
            }
            return {};
          }};
}

// Those of the config file lie in the base directory, wherever nmgr is called; others where it is.
OptionValue VariableFiles() {
  return {OptionKind::kRepeat,
          [](const Given& given, Settings& settings) -> Expected<void> {
            for (const std::string& value : given.values) {
              Path path = ExpandHome(value, given.home);
              if (given.source == actions::Source::kConfigFile) {
                path = JoinPath(settings.repo.base_dir, path);
              }
              settings.variables.files.push_back(std::move(path));
            }
            settings.variable_files_source = given.source;
            settings.variable_files_place = given.place;
            return {};
          },
          true};
}

// "name=***": what a variable holds is nobody's business.
std::string NameAlone(const std::string& variable) {
  return fmt::format("{}={}", variable.substr(0, variable.find('=')), kHidden);
}

std::vector<Option> WhatRows() {
  return {
      {.name = "base-dir",
       .value_name = "DIR",
       .fallback = "~/cld",
       .config_key = "general.base_dir",
       .help = "folder that holds the job specs",
       .of_cluster = true,
       .value = BaseDir()},
      {.name = "ignore-dirs",
       .value_name = "[D...]",
       .fallback = "_archive .github .git",
       .config_key = "general.ignore_dirs",
       .help = "folder names not to enter; hidden folders never are",
       .value = FolderNames(&Repo::ignore_dirs)},
      {.name = "infra-jobs",
       .value_name = "[J...]",
       .fallback = "garage keydb haproxy caddy patroni",
       .config_key = "general.infra_jobs",
       .help = "jobs that start first, one by one in this order, and stop last",
       .of_cluster = true,
       .value = List(&Repo::infra_jobs)},
      {.name = "and",
       .value_name = "TARGET",
       .help = "of the targets only the jobs that are also these",
       .value = Each(&Settings::narrowed)},
      {.name = "exclude",
       .value_name = "TARGET",
       .help = "take these jobs away from the targets",
       .value = Each(&Settings::excluded)},
      {.name = "include-infra",
       .help = "filters and reconcile take infra jobs too, which are else named and left out",
       .value = Switch(&Settings::include_infra)},
      {.name = "var",
       .value_name = "K=V",
       .help = "HCL input variable",
       .value = Variables(),
       .shown = NameAlone},
      {.name = "var-file",
       .value_name = "FILE",
       .config_key = "general.var_files",
       .help = "file of HCL input variables",
       .of_cluster = true,
       .value = VariableFiles()},
  };
}

std::vector<Option> OutputRows() {
  return {
      {.name = "output",
       .letter = 'o',
       .value_name = "FORM",
       .fallback = "text",
       .help = "text, json; lines, github: faults as path:line:column, as annotations; "
               "graph: dot, mermaid",
       .value = Choice(&Settings::output, {"text", "json", "lines", "github", "dot", "mermaid"})},
      {.name = "color",
       .value_name = "WHEN",
       .fallback = "auto",
       .config_key = "general.color",
       .help = "auto, always or never",
       .value = Choice(&Settings::color, {"auto", "always", "never"})},
      {.name = "verbose",
       .letter = 'v',
       .help = "tell what is done and asked",
       .value = Switch(&Settings::verbose)},
      {.name = "quiet",
       .letter = 'q',
       .help = "no progress and no notices",
       .value = Switch(&Settings::quiet)},
      ConfigOption(),
      VersionOption(),
      HelpOption(),
  };
}

std::vector<Option> AddressRows() {
  return {
      ClusterOption(),
      {.name = "address",
       .value_name = "URL",
       .fallback = "http://127.0.0.1:4646",
       .config_key = "nomad.address",
       .old_key = "general.nomad_url",
       .nomad_variable = "NOMAD_ADDR",
       .help = "http://, https:// or unix:///path",
       .value = Text(&Connection::address),
       .shown = [](const std::string& text) { return nomad::WithoutUserInfo(text); }},
      {.name = "region",
       .value_name = "NAME",
       .config_key = "nomad.region",
       .nomad_variable = "NOMAD_REGION",
       .help = "for specs that name none",
       .value = Text(&Connection::region)},
      {.name = "namespace",
       .value_name = "NAME",
       .config_key = "nomad.namespace",
       .nomad_variable = kNamespaceVariable,
       .help = "for specs that name none",
       .value = Text(&Connection::name_space)},
      // NOMAD_TOKEN_FILE is left to nomad::ResolveConnection, because NOMAD_TOKEN goes before it.
      {.name = "token-file",
       .value_name = "FILE",
       .config_key = "nomad.token_file",
       .before_config = {nomad::kTokenVariable, nomad::kTokenFileVariable},
       .help = "file that holds the ACL token",
       .value = FilePath(&Connection::token_file)},
  };
}

std::vector<Option> TlsRows() {
  return {
      {.name = "ca-cert",
       .value_name = "FILE",
       .config_key = "nomad.ca_cert",
       .nomad_variable = "NOMAD_CACERT",
       .help = "PEM file of the CA",
       .value = FilePath(&Connection::ca_cert)},
      {.name = "ca-path",
       .value_name = "DIR",
       .config_key = "nomad.ca_path",
       .nomad_variable = "NOMAD_CAPATH",
       .help = "folder of PEM files of CAs",
       .value = FilePath(&Connection::ca_path)},
      {.name = "client-cert",
       .value_name = "FILE",
       .config_key = "nomad.client_cert",
       .nomad_variable = "NOMAD_CLIENT_CERT",
       .help = "PEM file",
       .value = FilePath(&Connection::client_cert)},
      {.name = "client-key",
       .value_name = "FILE",
       .config_key = "nomad.client_key",
       .nomad_variable = "NOMAD_CLIENT_KEY",
       .help = "PEM file",
       .value = FilePath(&Connection::client_key)},
      {.name = "tls-server-name",
       .value_name = "NAME",
       .config_key = "nomad.tls_server_name",
       .nomad_variable = "NOMAD_TLS_SERVER_NAME",
       .help = "name that the certificate must hold",
       .value = Text(&Connection::tls_server_name)},
      {.name = "tls-skip-verify",
       .config_key = "nomad.tls_skip_verify",
       .nomad_variable = "NOMAD_SKIP_VERIFY",
       .help = "accept any certificate",
       .value = Switch(&Connection::tls_skip_verify)},
  };
}

Option WaitServerRow() {
  return {.name = "wait-server",
          .value_name = "T",
          .fallback = "0s",
          .config_key = "nomad.wait_server",
          .help = "how long to wait for a Nomad that is not up yet",
          .value = Time(&Settings::wait_server, true)};
}

std::vector<Option> ConfigRows() {
  return {
      {.name = "job-configs",
       .value_name = "[GLOB...]",
       .fallback = "*.env* *.toml* *.yml* *.yaml* *.sh* *.cfg* *.js* *.tpl",
       .config_key = "general.job_configs",
       .old_key = "general.job_config_patterns",
       .help = "files beside a spec that count as its configuration",
       .value = List(&Repo::job_configs)},
      {.name = "spec-globs",
       .value_name = "[GLOB...]",
       .config_key = "general.spec_globs",
       .help = "names of spec files beside *.hcl, *.nomad and *.nomad.hcl",
       .value = List(&Repo::spec_globs)},
      {.name = "ignore-files",
       .value_name = "[GLOB...]",
       .config_key = "general.ignore_files",
       .help = "names of files (with a / paths below the base directory) that are no specs",
       .value = List(&Repo::ignore_files)},
      {.name = "file-root",
       .value_name = "WHERE",
       .fallback = "spec",
       .config_key = "general.file_root",
       .help = "where file() starts: spec (its folder), base, or a folder",
       .value = FilePath(&Settings::file_root)},
      {.name = "mutable-tags",
       .value_name = "[TAG...]",
       .fallback = "latest stable edge nightly main master dev",
       .config_key = "general.mutable_tags",
       .help = "tags under which an image may be another one tomorrow (image --unpinned)",
       .value = List(&Settings::mutable_tags)},
      {.name = "max-depth",
       .value_name = "N",
       .fallback = "8",
       .config_key = "general.max_depth",
       .help = "how deep folders are entered",
       .value = Number(&Repo::max_depth, 0, 64)},
  };
}

std::vector<Option> MakeGeneral() {
  const std::vector<std::pair<OptionGroup, std::vector<Option>>> parts = {
      {OptionGroup::kWhat, WhatRows()},         {OptionGroup::kOutput, OutputRows()},
      {OptionGroup::kNomad, AddressRows()},     {OptionGroup::kNomad, TlsRows()},
      {OptionGroup::kNomad, {WaitServerRow()}}, {OptionGroup::kConfigOnly, ConfigRows()}};
  std::vector<Option> rows;
  for (const auto& [group, part] : parts) {
    for (Option row : part) {
      row.group = group;
      rows.push_back(std::move(row));
    }
  }
  return rows;
}

std::vector<Option> MakeTable() {
  std::vector<Option> rows;
  std::set<std::string_view> names;
  const auto add = [&](std::span<const Option> more) {
    for (const Option& row : more) {
      if (names.insert(row.name).second) rows.push_back(row);
    }
  };
  add(GeneralOptions());
  add(actions::SharedOptions());
  for (const actions::Action& action : actions::AllActions()) add(action.options);
  return rows;
}

}  // namespace

const Option& ConfigOption() {
  static const Option kRow = {.name = "config",
                              .letter = 'c',
                              .value_name = "FILE",
                              .fallback = "$XDG_CONFIG_HOME/nmgr/config.toml",
                              .help = "config file",
                              .group = OptionGroup::kOutput,
                              .value = {OptionKind::kValue}};
  return kRow;
}

const Option& ClusterOption() {
  static const Option kRow = {.name = "cluster",
                              .value_name = "CLUSTER",
                              .help = "[cluster.NAME] of the config file; goes before variables",
                              .group = OptionGroup::kNomad,
                              .value = Text(&Settings::cluster)};
  return kRow;
}

const Option& VersionOption() {
  static const Option kRow = {.name = "version",
                              .help = "show the version and exit",
                              .group = OptionGroup::kOutput,
                              .value = {OptionKind::kSwitch}};
  return kRow;
}

const Option& HelpOption() {
  static const Option kRow = {.name = "help",
                              .letter = 'h',
                              .help = "show this help, or that of an action, and exit",
                              .group = OptionGroup::kOutput,
                              .value = {OptionKind::kSwitch}};
  return kRow;
}

std::span<const Option> GeneralOptions() {
  static const std::vector<Option> kRows = MakeGeneral();
  return kRows;
}

std::span<const Option> Options() {
  static const std::vector<Option> kTable = MakeTable();
  return kTable;
}

const Option* FindOption(std::string_view name) {
  for (const Option& row : Options()) {
    if (row.on_command_line() && row.name == name) return &row;
  }
  return nullptr;
}

const Option* FindOption(char letter) {
  for (const Option& row : Options()) {
    if (row.letter == letter && letter != 0) return &row;
  }
  return nullptr;
}

bool Heeds(const actions::Action& action, const Option& option) {
  const auto named = [&option](const Option& row) { return row.name == option.name; };
  const std::span<const Option> general = GeneralOptions();
  return std::any_of(general.begin(), general.end(), named) ||
         std::any_of(action.options.begin(), action.options.end(), named) ||
         // What changes nothing does nothing else under --dry-run.
         option.name == actions::DryRunOption().name;
}

std::vector<const Option*> SettingsOf(const actions::Action& action) {
  std::vector<const Option*> rows;
  for (const Option& row : Options()) {
    if (row.value.set == nullptr) continue;
    const bool is_own = row.group == OptionGroup::kAction;
    if (!is_own || Heeds(action, row)) rows.push_back(&row);
  }
  return rows;
}

}  // namespace nmgr::cli
