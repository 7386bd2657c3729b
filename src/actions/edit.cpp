// edit: the spec in the person's editor, checked when it is closed, then registered as `up` does it
// if the person wants that.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "actions/all_actions.h"
#include "actions/one_spec.h"
#include "actions/rollout_run.h"
#include "actions/task_places.h"
#include "nmgr/actions/selection.h"
#include "nmgr/actions/shared_options.h"
#include "nmgr/base/terminal.h"
#include "nmgr/base/text.h"
#include "nmgr/report/edit_view.h"
#include "nmgr/report/faults.h"
#include "nmgr/report/rollout.h"

namespace nmgr::actions {
namespace {

constexpr const char* kUsualEditor = "vi";

enum class EditAnswer { kYes, kNo, kAgain };

// What is being edited, and how it was before.
struct Edited {
  Path path;
  std::string text;
  jobspec::JobHeader header;
};

// How the file is now, for whoever stops here.
std::string FileState(Env& env, const Edited& edited) {
  const Expected<std::string> now = env.files.ReadFile(edited.path, kMaxFileSize);
  return now ? report::FileWords(edited.path, *now == edited.text) : now.error().message;
}

// The variable's words are for a shell to read, as git has it; the path is none of them.
std::vector<std::string> EditorCommand(const std::string& editor, const Path& path) {
  const Path file = path.starts_with('-') ? "./" + path : path;
  return {"/bin/sh", "-c", editor + " \"$@\"", editor, file};
}

Expected<void> OpenEditor(Env& env, const Edited& edited) {
  const std::string& set = env.settings.editor;
  const std::string editor = set.empty() ? kUsualEditor : set;
  TRY_ASSIGN(const int code,
             env.processes.RunOnTerminal(EditorCommand(editor, edited.path), env.stop));
  if (env.stop.stop_requested()) return Error{ErrorCode::kInterrupted, "interrupted"};
  if (code == 0) return {};
  constexpr int kNoSuchCommand = 127;
  constexpr int kBySignal = 128;
  std::string how = fmt::format("ended with exit code {}", code);
  if (code > kBySignal) how = fmt::format("was ended by signal {}", code - kBySignal);
  if (code == kNoSuchCommand) how = "cannot be run; set VISUAL or EDITOR to one that can";
  return Error{ErrorCode::kIo, fmt::format("the editor ({}) {}", editor, how)};
}

Expected<EditAnswer> AskForAnswer(Env& env, const std::string& question, bool may_go_on) {
  for (;;) {
    TRY_ASSIGN(const auto line, AskLine(env, question));
    if (!line) return EditAnswer::kNo;
    const std::string_view word = *line;
    const auto is = [&](std::string_view whole) {
      return !word.empty() && word.size() <= whole.size() &&
             std::equal(word.begin(), word.end(), whole.begin(),
                        [](char typed, char c) { return typed == c || typed + ('a' - 'A') == c; });
    };
    if (is("edit")) return EditAnswer::kAgain;
    if (is("quit") || (may_go_on && is("no"))) return EditAnswer::kNo;
    if (may_go_on && is("yes")) return EditAnswer::kYes;
  }
}

Expected<EditAnswer> AskAfterFault(Env& env) {
  return AskForAnswer(env, report::FaultQuestion(), false);
}

// The file's other specs of the same job, which no register could choose between.
std::string OtherSpecsOf(Env& env, const repo::SpecPtr& spec) {
  ExitCode ignored = kDone;
  const std::optional<repo::Repo> repo = OpenRepo(env, ignored);
  const Expected<FileInfo> own = env.files.Stat(spec->path());
  if (!repo || !own) return {};
  std::vector<repo::SpecPtr> specs = {spec};
  for (const repo::SpecPtr& other : repo->found.specs) {
    if (other->id() != spec->id()) continue;
    const Expected<FileInfo> info = env.files.Stat(other->path());
    const bool same = info && info->device == own->device && info->inode == own->inode;
    if (!same) specs.push_back(other);
  }
  for (const repo::SelectedJob& job : repo::MakeSelection(specs, env.settings.repo).jobs) {
    if (!job.duplicates.empty()) return DuplicatesText(job);
  }
  return {};
}

// The spec as it is now; null, reported, where nothing may be started from it.
repo::SpecPtr CheckEdited(Env& env, const Edited& edited) {
  const repo::RepoAccess access = AccessOf(env);
  Expected<repo::SpecPtr> spec = repo::ReadSpec(edited.path, access);
  if (!spec) {
    env.out.Error(spec.error());
    return nullptr;
  }
  const repo::EvaluatedPtr evaluated = repo::Evaluated(**spec, access.spec);
  if (!evaluated->spec) {
    report::ReportFaults(env.out, {&evaluated->diagnostics});
    if (!evaluated->diagnostics.HasErrors()) {
      env.out.Error({ErrorCode::kInvalid, edited.path + ": holds no job"});
    }
    return nullptr;
  }
  const jobspec::JobHeader& header = (*spec)->parsed.header;
  const bool same = header.id == edited.header.id &&
                    header.name_space == edited.header.name_space &&
                    header.region == edited.header.region;
  if (same || edited.header.id.empty()) return *std::move(spec);
  if (const std::string others = OtherSpecsOf(env, *spec); !others.empty()) {
    env.out.Error({ErrorCode::kInvalid, others});
    return nullptr;
  }
  report::WarnOfOtherJob(env.out, edited.path, header, edited.header);
  return *std::move(spec);
}

// One time from the closed editor to the end, or back to the editor.
struct EditEnd {
  EditAnswer answer = EditAnswer::kYes;
  ExitCode code = kDone;
};

EditEnd EndHere(Env& env, const Edited& edited, const std::string& id, ExitCode code) {
  report::TellNotRegistered(env.out, FileState(env, edited), id);
  return {EditAnswer::kNo, code};
}

// To the editor again, or to the end, as the person wants it.
EditEnd AfterFault(Env& env, const Edited& edited) {
  const Expected<EditAnswer> answer = AskAfterFault(env);
  if (!answer) return EndHere(env, edited, {}, kInterrupted);
  if (*answer == EditAnswer::kAgain) return {EditAnswer::kAgain};
  return EndHere(env, edited, {}, kFailed);
}

EditEnd RegisterEdited(Env& env, const Edited& edited, const repo::SpecPtr& spec, ExitCode so_far) {
  const repo::Selection selection = repo::MakeSelection({spec}, env.settings.repo);
  rollout::Intent intent{rollout::Verb::kUp, env.settings.detach};
  intent.reset_counts = env.settings.reset_counts;
  Expected<EditAnswer> answer = EditAnswer::kYes;
  const auto confirm = [&](const rollout::Plan& plan, const std::vector<rollout::JobFacts>& jobs) {
    report::ShowEditPlan(env.out, jobs.front());
    answer = AskForAnswer(env, report::RegisterQuestion(plan, jobs.front()), true);
    return answer && *answer == EditAnswer::kYes;
  };
  ExitCode code = so_far;
  const std::optional<rollout::Rollout> run = StartRollout(env, intent, selection, code, confirm);
  if (!run) return {EditAnswer::kNo, code};
  if (!answer) return EndHere(env, edited, spec->id(), kInterrupted);
  if (*answer == EditAnswer::kAgain) return {EditAnswer::kAgain};
  if (!run->failures.empty()) {
    code = EndRollout(env, *run, so_far);
    return EndHere(env, edited, spec->id(), code);
  }
  if (run->declined) {
    report::ReportEdit(env.out, *run);
    return EndHere(env, edited, spec->id(), so_far);
  }
  const bool refused = run->plan.CountOf(rollout::Move::kFail) != 0;
  if (refused && !run->dry_run && !run->interrupted) return AfterFault(env, edited);
  code = EndRollout(env, *run, so_far);
  if (run->dry_run) report::ShowEditPlan(env.out, run->facts.front());
  report::ReportEdit(env.out, *run);
  return {EditAnswer::kYes, code};
}

EditEnd EditOnce(Env& env, const Edited& edited, ExitCode so_far) {
  if (const Expected<void> closed = OpenEditor(env, edited); !closed) {
    const bool interrupted = closed.error().code == ErrorCode::kInterrupted;
    if (!interrupted) env.out.Error(closed.error());
    return EndHere(env, edited, {}, interrupted ? kInterrupted : kFailed);
  }
  const repo::SpecPtr spec = CheckEdited(env, edited);
  if (spec == nullptr) return AfterFault(env, edited);
  if (spec->text() == edited.text) report::TellUnchanged(env.out, edited.path);
  return RegisterEdited(env, edited, spec, so_far);
}

ExitCode RunEdit(Env& env) {
  if (!CanAsk()) {
    env.out.Error({ErrorCode::kUsage, "edit needs a terminal, for the editor and for its questions",
                   "`nmgr set` changes a value without one, `nmgr up` registers"});
    return kUsage;
  }
  ExitCode code = kDone;
  const std::optional<repo::Selection> selection = SelectTargets(env, code);
  if (!selection) return code;
  const repo::SelectedJob* job = OneSpec(env, *selection, code);
  if (job == nullptr) return code;
  const repo::SpecFile& file = *job->spec;
  const Edited edited{file.path(), std::string(file.text()), file.parsed.header};
  EditEnd end;
  do {
    end = EditOnce(env, edited, code);
  } while (end.answer == EditAnswer::kAgain);
  return end.code;
}

}  // namespace

Action EditAction() {
  return {
      .name = "edit",
      .summary = "open a spec in the editor, check it, and register it",
      .argument_help = "JOB",
      .options = {DryRunOption(), DetachOption(), TimeoutOption(), ResetCountsOption()},
      .run = RunEdit,
      .acts = true,
      .details =
          "The editor is $VISUAL, else $EDITOR, which may hold arguments; else vi. What it\n"
          "saves is checked when it is closed: a spec that does not parse or evaluate, or\n"
          "that Nomad refuses, can be edited again, and what was typed stays in the file.\n"
          "Then the plan is shown, and the job is registered as `nmgr up` does it if that\n"
          "is wanted. With -n it ends with the plan. Needs a terminal.\n"
          "\n"
          "  nmgr edit web\n"
          "  EDITOR='emacs -nw' nmgr edit ./web.hcl\n",
      .documents = {report::RolloutShape()},
  };
}

}  // namespace nmgr::actions
