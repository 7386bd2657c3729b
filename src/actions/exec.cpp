// exec: a command inside of a task, as if it ran here.
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <optional>
#include <utility>

#include "actions/all_actions.h"
#include "actions/reader_watch.h"
#include "actions/task_places.h"
#include "nmgr/actions/selection.h"
#include "nmgr/actions/shared_options.h"
#include "nmgr/base/terminal.h"
#include "nmgr/base/text.h"
#include "nmgr/report/exec_view.h"
#include "nmgr/report/notices.h"

namespace nmgr::actions {
namespace {

constexpr const char* kShell = "/bin/sh";

// Our standard streams, with the terminal where all of them are one.
class NearEnd : public nomad::ExecPeer {
 public:
  NearEnd(report::Reporter& out, bool tty) : out_(out) {
    // Nomad tells the end of a command without a terminal only at the end of its input, which a
    // person at ours would have to give.
    ended_ = !tty && IsTerminal(STDIN_FILENO);
    if (!tty) return;
    raw_.emplace(STDIN_FILENO);
    resize_.emplace();
    size_ = SizeOf(STDOUT_FILENO);
  }

  std::vector<int> Descriptors() const override {
    std::vector<int> all;
    if (!ended_) all.push_back(STDIN_FILENO);
    if (resize_) all.push_back(resize_->descriptor());
    return all;
  }

  nomad::ExecInput Take() override {
    nomad::ExecInput input;
    input.size = std::exchange(size_, std::nullopt);
    if (resize_ && CanRead(resize_->descriptor())) {
      resize_->Drain();
      input.size = SizeOf(STDOUT_FILENO);
    }
    if (!ended_ && CanRead(STDIN_FILENO)) {
      std::optional<std::string> data = ReadSome(STDIN_FILENO);
      ended_ = !data;
      if (data) input.data = *std::move(data);
    }
    input.end = ended_;
    return input;
  }

  void Output(std::string_view bytes) override { report::PassOutput(out_, bytes, false); }
  void ErrorOutput(std::string_view bytes) override { report::PassOutput(out_, bytes, true); }

 private:
  report::Reporter& out_;
  std::optional<RawTerminal> raw_;
  std::optional<ResizeSignal> resize_;
  std::optional<TerminalSize> size_;
  bool ended_ = false;
};

// The output kept for the document of -o json.
class KeptOutput : public NearEnd {
 public:
  explicit KeptOutput(report::Reporter& out) : NearEnd(out, false) {}
  void Output(std::string_view bytes) override { Keep(written.out, bytes); }
  void ErrorOutput(std::string_view bytes) override { Keep(written.err, bytes); }

  report::ExecOutput written;

 private:
  void Keep(std::string& text, std::string_view bytes) {
    constexpr std::size_t kMost = 16U << 20U;
    written.cut = written.cut || text.size() + bytes.size() > kMost;
    text += bytes.substr(0, kMost - std::min(kMost, text.size()));
  }
};

std::string StatesOf(const LiveJob& live, const std::vector<TaskPlace>& places) {
  if (live.allocations.empty()) return "it has no allocation";
  std::vector<std::string> states;
  for (const TaskPlace& place : places) {
    states.push_back(
        fmt::format("{} of {}: {}", place.task, place.AllocationName(),
                    place.state.empty() ? place.allocation.client_status : place.state));
  }
  return SomeOf(states);
}

// One task that runs, asked for where there are several.
Expected<TaskPlace> Choose(Env& env, const LiveJob& live) {
  TaskWish wish = WishOf(env.settings);
  TRY_ASSIGN(const auto all, PlacesOf(live, wish));
  wish.running = true;
  TRY_ASSIGN(auto places, PlacesOf(live, wish));
  if (places.empty()) {
    return Error{ErrorCode::kRejected, fmt::format("{}: nothing of it runs now", live.name),
                 StatesOf(live, all)};
  }
  const std::vector<std::string> names = TaskNames(places);
  if (names.size() > 1) {
    if (!CanAsk()) {
      return Error{ErrorCode::kUsage,
                   fmt::format("{} runs {} tasks: {}", live.name, names.size(), Join(names, ", ")),
                   "choose one with --task, and --group where two groups have it"};
    }
    TRY_ASSIGN(const auto chosen, AskWhich(env, "task", names, false));
    std::erase_if(places,
                  [&chosen](const TaskPlace& place) { return place.TaskName() != *chosen; });
  }
  if (places.size() > 1) {
    report::TellOneOfMany(env.out, live.name, places.front().AllocationName(), places.size());
  }
  return std::move(places.front());
}

struct NotStarted {
  std::string why;
  ExitCode code = kFailed;
};

// Where the words of a driver say that there is no such command, or one that cannot be run: the
// codes that a shell has for these. raw_exec, exec and java fail to start it, and say so; where a
// container's runtime does, its words come with these codes already, as a rule.
std::optional<NotStarted> ReadNotStarted(std::string_view message) {
  constexpr std::array<std::string_view, 2> kStarts = {"failed to start command: ",
                                                       "OCI runtime exec failed: "};
  struct Row {
    std::string_view words;
    ExitCode code;
  };
  constexpr std::array<Row, 6> kRows = {Row{"executable file not found in $PATH", kCommandNotFound},
                                        Row{"no such file or directory", kCommandNotFound},
                                        Row{"permission denied", kCommandNotRun},
                                        Row{"exec format error", kCommandNotRun},
                                        Row{"is a directory", kCommandNotRun},
                                        Row{"not a directory", kCommandNotRun}};
  for (const std::string_view start : kStarts) {
    const std::size_t at = message.find(start);
    if (at == std::string_view::npos) continue;
    std::string_view why = message.substr(at + start.size());
    for (const std::string_view end : {" (500)", ": unknown"}) {
      if (why.ends_with(end)) why.remove_suffix(end.size());
    }
    for (const Row& row : kRows) {
      if (why.ends_with(row.words)) return NotStarted{std::string(why), row.code};
    }
  }
  return std::nullopt;
}

ExitCode Execute(Env& env, const TaskPlace& place) {
  const nomad::Call call{TimePoint::max(), env.stop};
  nomad::ExecRequest request;
  request.allocation_id = place.allocation.id;
  request.task = place.task;
  request.command = env.settings.command;
  if (request.command.empty()) request.command = {kShell};
  const std::string where = fmt::format("{} of {}", place.task, place.AllocationName());
  if (env.settings.dry_run) {
    report::ReportDryExec(env.out, place.job.id, request, where);
    return kDone;
  }
  Expected<int> code = 0;
  if (env.out.json()) {
    KeptOutput kept(env.out);
    code = env.allocations.Exec(request, place.job, kept, call);
    if (code) report::ReportExec(env.out, place.job.id, request, kept.written);
  } else {
    request.tty = IsTerminal(STDIN_FILENO) && IsTerminal(STDOUT_FILENO);
    NearEnd near(env.out, request.tty);
    code = env.allocations.Exec(request, place.job, near, call);
  }
  if (code) return static_cast<ExitCode>(*code);
  Error error = std::move(code).error();
  if (error.code == ErrorCode::kInterrupted) {
    if (env.out.Closed()) return kInterrupted;
    report::TellMayGoOn(env.out, where);
    return kInterrupted;
  }
  if (const auto not_started = ReadNotStarted(error.message)) {
    env.out.Error({error.code,
                   fmt::format("{}: the command cannot be started in {}: {}", place.job_name, where,
                               not_started->why),
                   ""});
    return not_started->code;
  }
  error.message = fmt::format("{}: {}", place.job_name, error.message);
  return EndWith(env, error);
}

ExitCode Exec(Env& env) {
  ExitCode code = kDone;
  const auto selection = SelectTargets(env, code, kFailed, VariableCheck::kOff, true);
  if (!selection || code != kDone) return code;
  if (selection->jobs.size() != 1) {
    std::vector<std::string> names;
    for (const repo::SelectedJob& job : selection->jobs) names.push_back(job.name);
    return EndWith(env, {ErrorCode::kUsage,
                         fmt::format("exec takes one job; {} selects {}",
                                     Join(env.settings.targets, " "), names.size()),
                         names.empty() ? std::string() : SomeOf(names)});
  }
  const auto live = AskFor(env, selection->jobs.front());
  if (!live) return EndWith(env, live.error());
  const auto place = Choose(env, *live);
  return place ? Execute(env, *place) : EndWith(env, place.error());
}

ExitCode RunExec(Env& env) {
  ReaderWatch watch(env);
  return watch.CodeOf(Exec(watch.env()));
}

}  // namespace

Action ExecAction() {
  return {
      .name = "exec",
      .summary = "run a command in a task of a job; without one, a shell",
      .arguments = Arguments::kJobCommand,
      .argument_help = "JOB [-- COMMAND...]",
      .options = {TaskOption(), GroupOption(), AllocOption()},
      .run = RunExec,
      .details =
          "In the task that runs; which one is asked on a terminal where there are\n"
          "several, and is to be named with --task elsewhere. Of several allocations the\n"
          "first. The command gets a terminal where stdin and stdout are one, with its\n"
          "size and Ctrl-C; else stdin is handed on if it is a pipe or file, to its end,\n"
          "and stdout and stderr stay apart. The exit code is that of the command, 128 and\n"
          "the signal where one ended it, 127 where there is no such command and 126 where\n"
          "it cannot be run. What runs when the connection breaks, or nmgr is\n"
          "ended, goes on.\n"
          "\n"
          "  nmgr exec web\n"
          "  nmgr exec web --task nginx -- nginx -s reload\n"
          "  nmgr exec db -- pg_dumpall > dump.sql\n",
      .documents = report::ExecShapes(),
  };
}

}  // namespace nmgr::actions
