// set: literals of one spec, changed in its file and nowhere else.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "actions/all_actions.h"
#include "actions/one_spec.h"
#include "nmgr/actions/selection.h"
#include "nmgr/actions/shared_options.h"
#include "nmgr/base/shown_values.h"
#include "nmgr/base/text.h"
#include "nmgr/jobspec/change.h"
#include "nmgr/report/source_diff.h"

namespace nmgr::actions {
namespace {

struct SetOptions {
  bool shared = false;
};

// A change that was made, where it stands in the text that it was made in.
struct MadeChange {
  std::string key;
  jobspec::ChangedText change;
  hcl::SourcePos place;
};

Expected<std::vector<jobspec::WantedChange>> WantedChangesOf(Env& env) {
  std::vector<jobspec::WantedChange> all;
  for (const std::string& word : env.settings.command) {
    TRY_ASSIGN(jobspec::WantedChange wanted, jobspec::ParseWantedChange(word));
    wanted.shared = env.settings.Own<SetOptions>().shared;
    all.push_back(std::move(wanted));
  }
  return all;
}

// Values of variables that are set by no option stand somewhere that the refusal cannot know.
void TellWhereVariablesAre(Env& env) {
  if (env.settings.variables.flags.empty()) return;
  for (const report::ShownSetting& origin : env.settings.origins) {
    const bool flag = origin.source == NameOf(Source::kFlag);
    if (origin.name != "var" || flag || origin.place.empty()) continue;
    env.out.Notice(fmt::format("--var comes from {}", origin.place));
  }
}

// One change after the other, each on what the one before has made.
std::optional<std::vector<MadeChange>> MakeChanges(Env& env, const repo::SpecFile& file,
                                                   const std::vector<jobspec::WantedChange>& all,
                                                   std::string& text) {
  const jobspec::SpecContext context = SpecContextOf(env);
  std::vector<MadeChange> made;
  for (const jobspec::WantedChange& wanted : all) {
    hcl::Diagnostics diagnostics;
    const jobspec::ParsedSpec spec = jobspec::ParseSpec(file.path(), text, context, diagnostics);
    if (spec.valid) diagnostics = {};  // those of the header are found once more
    std::optional<jobspec::ChangedText> change =
        jobspec::ChangeSpec(spec, context, wanted, diagnostics);
    env.out.Diagnostics(diagnostics);
    if (!change) {
      TellWhereVariablesAre(env);
      return std::nullopt;
    }
    text = change->text;
    made.push_back({wanted.key, *std::move(change), spec.source->PosAt(0)});
    made.back().place = spec.source->PosAt(made.back().change.place.begin);
  }
  return made;
}

// What a person may see of the lines of the spec.
std::vector<std::string> ShownSourceLines(const Env& env, std::string_view text) {
  std::vector<std::string> lines = HideLines(text, TextKind::kSource, env.secrets);
  for (std::string& line : lines) line = EscapeControls(line, "\t\n");
  return lines;
}

std::string ShownChangedValue(const Env& env, const jobspec::ChangedValue& value) {
  const std::string shown = value.list.empty()
                                ? HideUnder(value.name, value.text)
                                : HideUnder(value.name, value.list, value.programs)[value.index];
  return env.secrets == nullptr ? shown : env.secrets->HideValues(shown);
}

void ReportChanges(Env& env, const repo::SelectedJob& job, const std::vector<MadeChange>& made,
                   const std::string& diff, bool written) {
  const Path& path = job.spec->path();
  const bool dry_run = env.settings.dry_run;
  nlohmann::json changes = nlohmann::json::array();
  for (const MadeChange& one : made) {
    const std::string before = ShownChangedValue(env, one.change.before);
    const std::string after = ShownChangedValue(env, one.change.after);
    nlohmann::json row = {{"key", one.key},
                          {"argument", one.change.argument},
                          {"before", before},
                          {"after", after},
                          {"changed", one.change.changed}};
    if (one.change.changed) {
      row["line"] = one.place.line;
      row["column"] = one.place.column;
      env.out.Line(fmt::format("{}{}:{}: {} {} -> {}", dry_run ? "[DRY RUN] would change " : "",
                               path, one.place.line, one.change.argument, before, after));
    } else {
      env.out.Line(fmt::format("{}: {} is {} already", path, one.change.argument, after));
    }
    changes.push_back(std::move(row));
  }
  if (dry_run && !env.out.json()) env.out.Raw(diff);
  env.out.Json({{"id", job.id()},
                {"path", path},
                {"dry_run", dry_run},
                {"written", written},
                {"changes", std::move(changes)},
                {"diff", diff}});
}

ExitCode RunSet(Env& env) {
  ExitCode code = kDone;
  const auto wanted = WantedChangesOf(env);
  if (!wanted) {
    env.out.Error(wanted.error());
    return kUsage;
  }
  const std::optional<repo::Selection> selection = SelectTargets(env, code);
  if (!selection) return code;
  const repo::SelectedJob* job = OneSpec(env, *selection, code);
  if (job == nullptr) return code;
  const repo::SpecFile& file = *job->spec;
  std::string text(file.text());
  const std::optional<std::vector<MadeChange>> made = MakeChanges(env, file, *wanted, text);
  if (!made) return kFailed;
  if (env.stop.stop_requested()) return kInterrupted;

  const std::string diff =
      report::UnifiedDiff(file.path(), file.text(), text,
                          env.out.json() ? report::Painter(report::Plain) : OutPainter(env.out),
                          [&](std::string_view all) { return ShownSourceLines(env, all); });
  const bool writes = !env.settings.dry_run && text != file.text();
  if (writes) {
    const Expected<void> written = env.files.ReplaceFile(file.path(), file.text(), text);
    if (!written) {
      env.out.Error(written.error());
      return kFailed;
    }
  }
  ReportChanges(env, *job, *made, diff, writes);
  return code;
}

namespace shape = report::shape;

std::vector<report::JsonShape> SetShapes() {
  const report::JsonFields change = {
      shape::Text("key", "as it was given"),
      shape::Text("argument", "the path of what it names"),
      shape::Text("before", "what it came to; hidden where it may be a secret"),
      shape::Text("after", "what it comes to"),
      shape::Flag("changed", "the text changes; it was this value already where not"),
      shape::Optional(shape::Whole("line", "of what changes")),
      shape::Optional(shape::Whole("column", "of what changes"))};
  return {{.fields = {shape::Text("id", "the job's ID"), shape::Text("path", "its spec"),
                      shape::Flag("dry_run", "-n was given"),
                      shape::Flag("written", "the file has been replaced"),
                      shape::Objects("changes", "one for each KEY=VALUE", change),
                      shape::Text("diff", "of the text, as patch reads it")}}};
}

}  // namespace

Action SetAction() {
  return {
      .name = "set",
      .summary = "change a literal in a spec and nothing else",
      .arguments = Arguments::kJobChanges,
      .argument_help = "JOB KEY=VALUE...",
      .options = {DryRunOption(),
                  {.name = "shared",
                   .help = "also a literal that others use, too",
                   .value = Switch(&SetOptions::shared)}},
      .run = RunSet,
      .needs_nomad = false,
      .details =
          "KEY is `image` (of the job's only task), TASK or GROUP/TASK (its image), or a\n"
          "path: block types, labels, arguments and keys with dots between them. [N]\n"
          "counts from 0 what has no name; other characters than those of names stand in\n"
          "quotes. `local.NAME` and `variable.NAME` are a local and a default.\n"
          "\n"
          "Only the bytes of that literal change. Where the argument is none, its literal\n"
          "is looked for behind locals, variables and templates: of \"repo:${var.tag}\" the\n"
          "default of the variable, if the rest stays equal. Refused, with the place:\n"
          "what is computed, what a variable file, --var or NOMAD_VAR_ overrides, and\n"
          "without --shared a literal that others use, too. The spec is evaluated with the\n"
          "new text before it is written. Nothing is registered: `nmgr up` does that.\n"
          "\n"
          "  nmgr set web image=docker.io/nginx:1.28.0\n"
          "  nmgr -n set shop app=shop:2.1 meta.VERSION=2.1    the diff, nothing written\n"
          "  nmgr set web group.web.count=3\n"
          "  nmgr set web 'group.web.task.app.env.\"a.b\"=c'\n",
      .documents = SetShapes(),
  };
}

}  // namespace nmgr::actions
