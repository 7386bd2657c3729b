#include "cli/reference.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "cli/help.h"
#include "nmgr/actions/action.h"
#include "nmgr/base/text.h"
#include "nmgr/cli/options.h"

namespace nmgr::cli {
namespace {

using actions::Action;

struct Group {
  OptionGroup group;
  std::string_view title;
};
constexpr Group kGroups[] = {{OptionGroup::kHow, "How it is done"},
                             {OptionGroup::kWhat, "What the jobs are"},
                             {OptionGroup::kOutput, "Output"},
                             {OptionGroup::kNomad, "Nomad"},
                             {OptionGroup::kConfigOnly, "In the config file alone"}};

struct ExitStatus {
  int code;
  std::string_view meaning;
};
constexpr ExitStatus kExitStatuses[] = {
    {actions::kDone, "done"},
    {actions::kFailed, "a job failed, was refused or did not evaluate; find: nothing found"},
    {actions::kChangesPending, "changes are pending (only with --detailed-exitcode)"},
    {actions::kUsage, "usage"},
    {actions::kInvalidSpec, "an invalid spec (render, validate)"},
    {actions::kNoSuchTarget, "no such target or base directory"},
    {actions::kUnreachable, "Nomad cannot be reached"},
    {actions::kForbidden, "Nomad refused the token and granted nothing"},
    {actions::kConfigWrong, "the config file is wrong"},
    {actions::kHungUp, "ended by SIGHUP"},
    {actions::kInterrupted, "interrupted"},
    {actions::kTerminated, "ended by SIGTERM"}};

std::vector<const Option*> RowsOf(OptionGroup group) {
  std::vector<const Option*> rows;
  for (const Option& row : Options()) {
    if (row.group == group) rows.push_back(&row);
  }
  return rows;
}

std::string TitleOf(const Option& row) {
  if (!row.on_command_line()) return std::string(row.name);
  return std::string(TrimBlanks(OptionTitle(row.letter, row.name, row.value_name)));
}

// Where else it can be set, and what holds where it is not.
std::vector<std::string> SourcesOf(const Option& row) {
  std::vector<std::string> sources;
  if (row.on_command_line() && row.value.set != nullptr) {
    sources.push_back(actions::VariableOf(row.name));
  }
  if (!row.nomad_variable.empty()) sources.emplace_back(row.nomad_variable);
  return sources;
}

// Roff.

std::string Escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else if (out.empty() && (c == '.' || c == '\'')) {
      out += std::string("\\&") + c;
    } else {
      out += c;
    }
  }
  return out;
}

std::string Verbatim(std::string_view text) {
  std::string out = ".nf\n";
  for (const std::string_view line : Split(text, '\n')) out += Escaped(line) + "\n";
  return out + ".fi\n";
}

std::string Tagged(std::string_view title, std::string_view text) {
  return fmt::format(".TP\n.B {}\n{}\n", Escaped(title), Escaped(text));
}

std::string ManOption(const Option& row) {
  std::string help(row.help);
  if (!row.fallback.empty()) help += fmt::format(" (default: {})", row.fallback);
  std::vector<std::string> sources = SourcesOf(row);
  if (!row.config_key.empty())
    sources.push_back(fmt::format("{} in the config file", row.config_key));
  if (!sources.empty()) help += fmt::format(". Also {}.", Join(sources, ", "));
  return Tagged(TitleOf(row), help);
}

std::string ManAction(const Action& action) {
  std::string out = fmt::format(".SS {} {}\n{}.\n", Escaped(action.name),
                                Escaped(action.argument_help), Escaped(action.summary));
  if (!action.alias.empty()) out += fmt::format("Also called {}.\n", Escaped(action.alias));
  if (!action.details.empty()) out += ".PP\n" + Verbatim(TrimBlanks(action.details));
  for (const Option& row : action.options) {
    if (row.group == OptionGroup::kAction) out += ManOption(row);
  }
  return out;
}

// Markdown.

std::string Cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|' || c == '*' || c == '<') out += '\\';
    out += c;
  }
  return out;
}

std::string Code(std::string_view text) { return text.empty() ? "" : fmt::format("`{}`", text); }

std::string OptionTable(const std::vector<const Option*>& rows) {
  std::string out = "| option | | default | variable | config file |\n|---|---|---|---|---|\n";
  for (const Option* row : rows) {
    std::vector<std::string> sources;
    for (const std::string& source : SourcesOf(*row)) sources.push_back(Code(source));
    out += fmt::format("| {} | {} | {} | {} | {} |\n", Code(TitleOf(*row)), Cell(row->help),
                       Code(row->fallback), Join(sources, ", "), Code(row->config_key));
  }
  return out;
}

std::string ActionSection(const Action& action) {
  std::string out = fmt::format("### {}\n\n{}.", action.name, Cell(action.summary));
  if (!action.alias.empty()) out += fmt::format(" Also `{}`.", action.alias);
  out += fmt::format("\n\n```\nnmgr [options] {}{}{}\n", action.name,
                     action.argument_help.empty() ? "" : " ", action.argument_help);
  if (!action.details.empty()) out += fmt::format("\n{}", action.details);
  out += "```\n";
  std::vector<const Option*> own;
  std::vector<std::string> shared;
  for (const Option& row : action.options) {
    if (row.group == OptionGroup::kAction) {
      own.push_back(&row);
    } else {
      shared.push_back(Code(fmt::format("--{}", row.name)));
    }
  }
  if (!own.empty()) out += "\n" + OptionTable(own);
  if (!shared.empty()) out += fmt::format("\nAlso heeds {}.\n", Join(shared, ", "));
  return out;
}

std::string DocumentTable(const report::JsonShape& shape) {
  report::JsonFields fields = shape.fields;
  if (shape.form == report::JsonForm::kDocument) fields.push_back(report::ExitCodeField());
  std::string out;
  if (!shape.means.empty()) out += fmt::format("\n{}\n", Cell(shape.means));
  if (fields.empty()) return out;
  out += "\n| member | kind | |\n|---|---|---|\n";
  for (const report::JsonRow& row : report::RowsOf(fields)) {
    out += fmt::format("| {} | {} | {} |\n", Code(row.path), report::KindText(*row.field),
                       Cell(row.field->means));
  }
  return out;
}

}  // namespace

std::string ManPage() {
  std::string out =
      ".TH NMGR 1 \"\" \"nmgr " NMGR_VERSION
      "\" \"User Commands\"\n"
      ".SH NAME\nnmgr \\- manage the Nomad jobs that one folder holds as HCL specs\n"
      ".SH SYNOPSIS\n.B nmgr\n[options] ACTION [TARGET...]\n"
      ".SH DESCRIPTION\n"
      "Reads the specs below the base directory, evaluates them itself, and brings the jobs of a\n"
      "Nomad cluster to them over its HTTP API. Options stand before or after the action; a flag\n"
      "goes before a variable, and that before the config file.\n"
      ".SH ACTIONS\n";
  for (const Action& action : actions::AllActions()) out += ManAction(action);
  out += ".SH TARGETS\n";
  for (const HelpEntry& entry : TargetHelp()) out += Tagged(entry.left, entry.right);
  out += ".SH OPTIONS\n";
  for (const Group& group : kGroups) {
    out += fmt::format(".SS {}\n", group.title);
    for (const Option* row : RowsOf(group.group)) out += ManOption(*row);
  }
  out += ".SH EXIT STATUS\n";
  for (const ExitStatus& status : kExitStatuses) {
    out += Tagged(std::to_string(status.code), status.meaning);
  }
  return out + ".SH FILES\n" +
         Tagged(ConfigOption().fallback, "the config file; `nmgr config --init` writes one") +
         Tagged("$XDG_STATE_HOME/nmgr/stopped", "what `down` stopped, for `up --restore`") +
         Tagged("$XDG_CACHE_HOME/nmgr/unchanged",
                "keyed hashes of what showed no difference; may be removed at any time");
}

std::string ReferencePage() {
  std::string out =
      "# Reference\n\n"
      "Made from the program's own tables, as `nmgr -h` is; a test holds it to them.\n\n"
      "```\nnmgr [options] ACTION [TARGET...]\n```\n\n## Targets\n\n| target | selects "
      "|\n|---|---|\n";
  for (const HelpEntry& entry : TargetHelp()) {
    out += fmt::format("| {} | {} |\n", Code(entry.left), Cell(entry.right));
  }
  out += "\n## Actions\n";
  for (const Action& action : actions::AllActions()) out += "\n" + ActionSection(action);
  out += "\n## Options\n\nFlags go before variables, those before the config file.\n";
  for (const Group& group : kGroups) {
    out += fmt::format("\n### {}\n\n{}", group.title, OptionTable(RowsOf(group.group)));
  }
  out += "\n## Exit status\n\n| code | means |\n|---|---|\n";
  for (const ExitStatus& status : kExitStatuses) {
    out += fmt::format("| {} | {} |\n", status.code, Cell(status.meaning));
  }
  return out;
}

std::string JsonPage() {
  std::string out =
      "# JSON\n\n"
      "Made from the program's own tables (`nmgr __json`); a test holds the output of every action "
      "to them.\n\n"
      "With `-o json` stdout carries one object and nothing else, whatever the exit code; `logs` "
      "prints an\nobject a line while there are lines, and with `--events` so does what changes "
      "jobs (see the end). Members\nmarked *optional* are left out where there is nothing to say; "
      "later versions may add members, and never take one away or change "
      "its kind. Progress,\nnotices and errors go to stderr as without it.\n\n"
      "## When a run ends early\n" +
      DocumentTable(report::FailureShape());
  std::vector<const report::JsonShape*> events;
  for (const Action& action : actions::AllActions()) {
    out += fmt::format("\n## {}\n", action.name);
    for (const report::JsonShape& shape : action.documents) {
      if (!shape.type.empty()) {
        const bool known = std::any_of(events.begin(), events.end(), [&](const auto* event) {
          return event->type == shape.type;
        });
        if (!known) events.push_back(&shape);
        continue;
      }
      out += fmt::format("\n{}\n", Code(fmt::format("nmgr {}{}{} -o json", action.name,
                                                    shape.when.empty() ? "" : " ", shape.when)));
      out += DocumentTable(shape);
    }
  }
  out +=
      "\n## Events\n\nWith `-o json --events` every action that changes jobs prints a line for "
      "each thing as it happens;\n`type` says which of these tables it is.\n";
  for (const report::JsonShape* event : events) {
    out += fmt::format("\n### {}\n", event->type) + DocumentTable(*event);
  }
  return out;
}

}  // namespace nmgr::cli
