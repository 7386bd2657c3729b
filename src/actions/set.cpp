// set: literals of one spec, changed in its file and nowhere else.
#include <utility>

#include "actions/all_actions.h"
#include "actions/one_spec.h"
#include "nmgr/actions/selection.h"
#include "nmgr/actions/shared_options.h"
#include "nmgr/jobspec/change.h"
#include "nmgr/report/notices.h"
#include "nmgr/report/set_view.h"

namespace nmgr::actions {
namespace {

struct SetOptions {
  bool shared = false;
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
    report::TellVariablePlace(env.out, origin.place);
  }
}

// One change after the other, each on what the one before has made.
std::optional<std::vector<report::MadeChange>> MakeChanges(
    Env& env, const repo::SpecFile& file, const std::vector<jobspec::WantedChange>& all,
    std::string& text) {
  const jobspec::SpecContext context = SpecContextOf(env);
  std::vector<report::MadeChange> made;
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
  const std::optional<std::vector<report::MadeChange>> made = MakeChanges(env, file, *wanted, text);
  if (!made) return kFailed;
  if (env.stop.stop_requested()) return kInterrupted;

  const bool writes = !env.settings.dry_run && text != file.text();
  if (writes) {
    const Expected<void> written = env.files.ReplaceFile(file.path(), file.text(), text);
    if (!written) {
      env.out.Error(written.error());
      return kFailed;
    }
  }
  report::ReportChangedSpec(
      env.out,
      {job->id(), file.path(), std::string(file.text()), text, *made, env.settings.dry_run, writes},
      env.secrets);
  return code;
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
      .documents = report::SetShapes(),
  };
}

}  // namespace nmgr::actions
