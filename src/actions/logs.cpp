// logs: what the tasks of jobs write.

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "actions/all_actions.h"
#include "actions/log_follow.h"
#include "actions/reader_watch.h"
#include "actions/task_places.h"
#include "nmgr/actions/selection.h"
#include "nmgr/actions/shared_options.h"
#include "nmgr/base/line_matcher.h"
#include "nmgr/base/text.h"
#include "nmgr/report/notices.h"

namespace nmgr::actions {
namespace {

constexpr int kUsualTail = 10;

struct LogsOptions {
  bool follow = false;
  std::optional<int> tail;
  bool only_stdout = false;
  bool only_stderr = false;
  bool previous = false;
  std::optional<std::string> grep;
};

std::vector<nomad::LogStream> StreamsOf(const LogsOptions& own) {
  if (own.only_stdout == own.only_stderr) {
    return {nomad::LogStream::kStdout, nomad::LogStream::kStderr};
  }
  return {own.only_stdout ? nomad::LogStream::kStdout : nomad::LogStream::kStderr};
}

// What there is, one log after another. A node that has not answered once is asked no more, since
// each question would take its time again.
class Printer {
 public:
  Printer(Env& env, const LogsOptions& own, report::LogView& view)
      : env_(env), own_(own), view_(view) {}

  ExitCode Print(const std::vector<TaskPlace>& places, bool several_jobs) {
    for (const TaskPlace& place : places) {
      const std::string label = places.size() > 1 ? LabelOf(place, several_jobs) : "";
      for (const nomad::LogStream stream : StreamsOf(own_)) {
        if (env_.stop.stop_requested() || env_.out.Closed()) return code_;
        if (silent_nodes_.contains(place.allocation.node_name)) {
          if (!told_.contains(place.Name())) AddOnce(not_asked_, place.AllocationName());
          continue;
        }
        const LogSource source{place, stream};
        const Expected<void> read = Read(source, source.Origin(label));
        if (read) continue;
        if (read.error().code == ErrorCode::kInterrupted) return kInterrupted;
        Tell(source, read.error());
        if (env_.contact.NobodyThere()) return code_;
      }
    }
    for (const std::string& task : not_begun_) report::TellNotBegun(env_.out, task);
    if (not_asked_.empty()) return code_;
    env_.out.Error({ErrorCode::kUnreachable,
                    "not asked for their logs, because their nodes did not answer before: " +
                        Join(not_asked_, "; "),
                    ""});
    return code_;
  }

 private:
  void Tell(const LogSource& source, const Error& error) {
    const TaskPlace& place = source.place;
    if (error.code == ErrorCode::kNotFound && place.HasNotBegun()) {
      // A task that has not begun has written nothing.
      return AddOnce(not_begun_, place.Name());
    }
    const auto why = error.code == ErrorCode::kNotFound ? NeverStarted(place) : std::nullopt;
    if (why) {
      if (never_started_.insert(place.Name()).second) code_ = EndWith(env_, *why);
      return;
    }
    if (error.code == ErrorCode::kUnreachable) {
      silent_nodes_.insert(place.allocation.node_name);
      told_.insert(place.Name());
    }
    code_ = EndWith(env_, {error.code, source.Name() + ": " + error.message, error.hint});
  }

  // A connection that breaks is made again as long as that brings something.
  Expected<void> Read(const LogSource& source, const report::LogOrigin& origin) {
    const nomad::Call call{TimePoint::max(), env_.stop};
    nomad::LogReader reader(env_.allocations, source.Request(), source.place.job);
    if (own_.tail) {
      TRY_ASSIGN(const std::string tail, reader.Tail(static_cast<std::size_t>(*own_.tail), call));
      view_.Write(origin, tail);
      view_.End(origin);
      return {};
    }
    Expected<void> read;
    bool more = true;
    while (more) {
      more = false;
      const auto take = [&](std::string_view bytes) {
        more = more || !bytes.empty();
        view_.Write(origin, bytes);
        return !env_.out.Closed();
      };
      read = reader.ReadOn(take, call);
      more = more && !read && read.error().code == ErrorCode::kUnreachable;
    }
    view_.End(origin);
    return read;
  }

  Env& env_;
  const LogsOptions& own_;
  report::LogView& view_;
  ExitCode code_ = kDone;
  std::vector<std::string> not_begun_;
  std::set<std::string> never_started_;
  std::set<std::string> silent_nodes_;
  std::set<std::string> told_;  // tasks whose node did not answer
  std::vector<std::string> not_asked_;
};

// Which task is meant where one job has several and none is named; asked where somebody is there,
// and all of them elsewhere.
Expected<void> Narrow(Env& env, const std::vector<TaskPlace>& places, TaskWish& wish) {
  const std::vector<std::string> names = TaskNames(places);
  const bool named = !wish.task.empty() || !wish.group.empty() || !wish.allocation.empty();
  if (named || names.size() < 2 || !CanAsk()) return {};
  TRY_ASSIGN(const auto chosen, AskWhich(env, "logs of which task", names, true));
  if (!chosen) return {};
  wish.group = chosen->substr(0, chosen->find('/'));
  wish.task = chosen->substr(chosen->find('/') + 1);
  return {};
}

// The places of every job; of those that have none it is said.
Expected<std::vector<TaskPlace>> AllPlaces(Env& env, const std::vector<LiveJob>& jobs,
                                           const TaskWish& wish, bool silent) {
  std::vector<TaskPlace> all;
  std::optional<Error> wrong;
  bool named = false;
  for (const LiveJob& job : jobs) {
    auto places = PlacesOf(job, wish);
    if (!places) {
      // Of several jobs only some have the task.
      if (!wrong) wrong = std::move(places).error();
      continue;
    }
    named = true;
    if (places->empty() && !silent) {
      report::TellNoAllocation(env.out, job.name, wish.previous);
    }
    all.insert(all.end(), places->begin(), places->end());
  }
  if (wrong && !named) return *wrong;
  return all;
}

// Of each job of which nothing runs: what is shown instead.
void SayWhatHasEnded(Env& env, const std::vector<LiveJob>& jobs,
                     const std::vector<TaskPlace>& places) {
  for (const LiveJob& job : jobs) {
    std::vector<std::string> ended;
    bool runs = false;
    for (const TaskPlace& place : places) {
      if (place.job != job.ref) continue;
      runs = runs || !place.allocation.IsTerminal();
      AddOnce(ended, place.AllocationName() + ", " + place.allocation.client_status);
    }
    if (runs || ended.empty()) continue;
    report::TellEndedInstead(env.out, job.name, ended);
  }
}

// Null where every line is wanted.
Expected<LineMatcher> MatcherOf(const LogsOptions& own) {
  return own.grep ? MakeLineMatcher(*own.grep, *own.grep) : LineMatcher();
}

ExitCode Show(Env& env, const LogsOptions& own, const LineMatcher& matcher,
              const std::vector<LiveJob>& jobs) {
  report::LogView view(env.out, matcher);
  TaskWish wish = WishOf(env.settings);
  wish.previous = own.previous;
  auto places = AllPlaces(env, jobs, wish, own.follow);
  if (!places) return EndWith(env, places.error());
  if (jobs.size() == 1) {
    if (const auto narrowed = Narrow(env, *places, wish); !narrowed) {
      return EndWith(env, narrowed.error());
    }
    places = AllPlaces(env, jobs, wish, true);
    if (!places) return EndWith(env, places.error());
  }
  if (!own.follow && !own.previous && wish.allocation.empty()) {
    SayWhatHasEnded(env, jobs, *places);
  }
  if (!own.follow) return Printer(env, own, view).Print(*places, jobs.size() > 1);
  FollowOptions options;
  options.streams = StreamsOf(own);
  options.wish = wish;
  options.tail = static_cast<std::size_t>(own.tail.value_or(kUsualTail));
  options.labels = places->size() > 1 || jobs.size() > 1;
  return Follow(env, jobs, options, view);
}

ExitCode Logs(Env& env, const LogsOptions& own) {
  if (own.previous && own.follow) {
    return EndWith(env,
                   {ErrorCode::kUsage, "what --previous shows has ended and cannot be followed"});
  }
  if (own.previous && !env.settings.allocation.empty()) {
    return EndWith(env, {ErrorCode::kUsage, "--alloc and --previous each choose the allocation"});
  }
  const auto matcher = MatcherOf(own);
  if (!matcher) return EndWith(env, matcher.error());
  ExitCode code = kDone;
  const auto selection = SelectTargets(env, code, kFailed, VariableCheck::kOff, true);
  if (!selection || selection->jobs.empty()) return code;
  const std::vector<LiveJob> jobs = AskFor(env, *selection, code);
  if (jobs.empty() || env.stop.stop_requested()) return code;
  const ExitCode shown = Show(env, own, *matcher, jobs);
  return shown == kDone ? code : shown;
}

ExitCode RunLogs(Env& env) {
  ReaderWatch watch(env);
  return watch.CodeOf(Logs(watch.env(), env.settings.Own<LogsOptions>()));
}

}  // namespace

Action LogsAction() {
  return {
      .name = "logs",
      .summary = "show what the tasks of jobs write; -f follows",
      .options =
          {{.name = "follow",
            .letter = 'f',
            .help = "go on with what comes, also of new allocations",
            .value = Switch(&LogsOptions::follow)},
           {.name = "tail",
            .value_name = "LINES",
            .help = "only the last lines of each log (with -f 10)",
            .value = Number(&LogsOptions::tail, 0)},
           TaskOption(),
           GroupOption(),
           AllocOption(),
           {.name = "previous",
            .help = "of the allocation before the one that is there",
            .value = Switch(&LogsOptions::previous)},
           {.name = "grep",
            .value_name = "RE",
            .help = "only lines that hold a match of the regular expression",
            .value = Text(&LogsOptions::grep)},
           {.name = "stdout", .help = "only stdout", .value = Switch(&LogsOptions::only_stdout)},
           {.name = "stderr", .help = "only stderr", .value = Switch(&LogsOptions::only_stderr)}},
      .run = RunLogs,
      .details =
          "Of each group's newest allocations, stdout and stderr. On a terminal it asks\n"
          "which task is meant where a job has several and none is named. Several logs\n"
          "come one after another, with -f as the lines arrive, each behind the name of\n"
          "its allocation and task: `main[0]/nginx |`, and `!` for stderr. Nomad tells no\n"
          "times of lines. At most 40 logs are followed at once; a connection that breaks\n"
          "goes on where it was. --tail counts before --grep takes its lines.\n"
          "\n"
          "  nmgr logs web\n"
          "  nmgr logs web -f --task nginx --stderr\n"
          "  nmgr logs nas -f               all jobs of a filter\n"
          "  nmgr logs web --previous       what the allocation before this one wrote\n"
          "  nmgr logs web -o json          an object a line\n",
      .documents = {report::LogLineShape()},
  };
}

}  // namespace nmgr::actions
