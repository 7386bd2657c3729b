#include "actions/log_follow.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <thread>
#include <utility>

#include "nmgr/base/clock.h"
#include "nmgr/base/text.h"
#include "nmgr/report/notices.h"
#include "nmgr/rollout/pace.h"

namespace nmgr::actions {
namespace {

constexpr Duration kPause{1'000};
// How long a stream may be without a connection before its job counts as out of reach.
constexpr Duration kPatience{300'000};
constexpr Duration kShortPatience{30'000};  // where Nomad answers and refuses
// Seconds of silence after a task has ended until its log is taken for whole.
constexpr int kSilentBeats = 2;

// One log that is followed.
struct FollowedLog {
  LogSource source;
  report::LogOrigin origin;
  std::optional<Error> never_started;  // set before:
  std::atomic<bool> ended = false;     // its allocation
  std::atomic<bool> done = false;
};

class Follower {
 public:
  Follower(Env& env, const std::vector<LiveJob>& jobs, const FollowOptions& options,
           report::LogView& view)
      : env_(env), jobs_(jobs), options_(options), view_(view) {}

  ExitCode Run() {
    const std::stop_callback on_stop(env_.stop, [this] { stop_.request_stop(); });
    for (const LiveJob& job : jobs_) Take(job, job.allocations, true);
    NameLeftOut();
    StartWatching();
    std::unique_lock lock(mutex_);
    changed_.wait(lock, stop_.get_token(), [this] { return watched_ == 0 && streams_ == 0; });
    lock.unlock();
    stop_.request_stop();
    watchers_.clear();
    threads_.clear();
    return failed_ ? kFailed : kDone;
  }

 private:
  nomad::Call CallOf() const { return {TimePoint::max(), stop_.get_token()}; }

  // A question that is held costs a connection, so not more of them than streams; and none for a
  // job of which nothing is followed for want of those.
  void StartWatching() {
    const std::lock_guard lock(mutex_);
    for (const LiveJob& job : jobs_) {
      const bool followed =
          std::any_of(followed_.begin(), followed_.end(),
                      [&job](const auto& row) { return row->source.place.job == job.ref; });
      if ((!followed && streams_ == kMostStreams) || watched_ == kMostStreams) continue;
      ++watched_;
      waiting_.insert(job.ref);
      if (!followed) SayWaiting(job.name);
      watchers_.emplace_back([this, &job] { Watch(job); });
    }
  }

  // Begins what is not followed yet, and marks what has ended.
  void Take(const LiveJob& job, const std::vector<nomad::Allocation>& allocations, bool at_start) {
    LiveJob live = job;
    live.allocations = allocations;
    const auto places = PlacesOf(live, options_.wish);
    if (!places) return;  // what was named is gone
    const std::lock_guard lock(mutex_);
    for (const TaskPlace& place : *places) {
      // What it consists of is known when its node has taken it.
      if (place.state.empty()) continue;
      for (const nomad::LogStream stream : options_.streams) Begin({place, stream}, at_start);
    }
    for (const auto& followed : followed_) {
      if (followed->source.place.job != job.ref) continue;
      const std::string& id = followed->source.place.allocation.id;
      const auto row = std::find_if(allocations.begin(), allocations.end(),
                                    [&id](const nomad::Allocation& it) { return it.id == id; });
      if (followed->ended || (row != allocations.end() && !row->IsTerminal())) continue;
      if (row != allocations.end()) {
        TaskPlace place = followed->source.place;
        place.allocation = *row;
        followed->never_started = NeverStarted(place);
      }
      followed->ended = true;
    }
  }

  void Begin(LogSource source, bool at_start) {
    const std::string key = source.place.allocation.id + "\n" + source.place.task + "\n" +
                            std::string(nomad::NameOf(source.stream));
    if (known_.contains(key)) return;
    if (streams_ >= kMostStreams) {
      left_out_.push_back(source.Name());
      known_.insert(key);
      return;
    }
    known_.insert(key);
    if (!at_start && source.stream == options_.streams.front()) {
      report::TellFollowed(env_.out, source.place.job_name, source.place.Name());
    }
    auto followed = std::make_shared<FollowedLog>();
    followed->origin =
        source.Origin(options_.labels ? LabelOf(source.place, jobs_.size() > 1) : std::string());
    followed->source = std::move(source);
    followed_.push_back(followed);
    ++streams_;
    threads_.emplace_back([this, followed, at_start] { Stream(*followed, at_start); });
  }

  void NameLeftOut() {
    const std::lock_guard lock(mutex_);
    if (left_out_.empty()) return;
    env_.out.Warning(fmt::format("{} logs are followed, the most at once; not followed: {}",
                                 kMostStreams, Join(left_out_, "; ")));
    left_out_.clear();
  }

  // From the start where it is new, else from the last lines.
  void Stream(FollowedLog& followed, bool tails) {
    nomad::LogReader reader(env_.allocations, followed.source.Request(), followed.source.place.job);
    TimePoint lost = TimePoint::max();
    bool enough = false;
    int silent = 0;
    const auto take = [&](std::string_view bytes) {
      lost = TimePoint::max();
      told_ = false;
      if (env_.out.Closed()) stop_.request_stop();
      silent = bytes.empty() ? silent + 1 : 0;
      if (!bytes.empty()) view_.Write(followed.origin, bytes);
      enough = stop_.stop_requested() || (followed.ended && silent >= kSilentBeats);
      return !enough;
    };
    while (!enough && !stop_.stop_requested()) {
      const Expected<void> read =
          tails ? ReadTail(reader, followed) : reader.Follow(take, CallOf());
      tails = tails && !read;
      if (reader.LostSome()) {
        env_.out.Warning(followed.source.Name() +
                         ": some output was rotated away before it could be read");
      }
      if (!read && !Endures(followed, read.error(), lost)) break;
    }
    view_.End(followed.origin);
    Ended(followed);
  }

  Expected<void> ReadTail(nomad::LogReader& reader, const FollowedLog& followed) {
    TRY_ASSIGN(const std::string tail, reader.Tail(options_.tail, CallOf()));
    view_.Write(followed.origin, tail);
    return {};
  }

  // Waits a moment; false where it makes no sense to go on. `lost`: since when there is no
  // connection.
  bool Endures(const FollowedLog& followed, const Error& error, TimePoint& lost) {
    if (stop_.stop_requested()) return false;
    const bool not_there = error.code == ErrorCode::kNotFound;
    if (not_there && followed.ended) {
      const bool is_first = followed.source.stream == options_.streams.front();
      if (followed.never_started && is_first) {
        report::TellNeverStarted(env_.out, *followed.never_started);
      }
      return false;
    }
    const TimePoint now = RealClock().Now();
    lost = std::min(lost, now);
    const bool away = error.code == ErrorCode::kUnreachable || error.code == ErrorCode::kTimedOut;
    const bool in_time = not_there || now - lost < (away ? kPatience : kShortPatience);
    if (error.code == ErrorCode::kForbidden || !in_time) {
      env_.out.Error({error.code, followed.source.Name() + ": " + error.message, error.hint});
      failed_ = true;
      return false;
    }
    if (away && !told_.exchange(true)) {
      report::TellLogsLost(env_.out, error);
    }
    RealClock().Sleep(kPause, stop_.get_token());
    return true;
  }

  void Ended(FollowedLog& followed) {
    const std::lock_guard lock(mutex_);
    followed.done = true;
    --streams_;
    changed_.notify_all();
    if (failed_ && streams_ == 0) stop_.request_stop();
    const TaskPlace& place = followed.source.place;
    const bool last = std::all_of(followed_.begin(), followed_.end(), [&place](const auto& other) {
      return other->done || other->source.place.job != place.job;
    });
    if (last && waiting_.contains(place.job) && !stop_.stop_requested()) SayWaiting(place.job_name);
  }

  void SayWaiting(const std::string& job) { report::TellWaitsForLogs(env_.out, job); }

  // What comes later, and whether anything will.
  void Watch(const LiveJob& job) {
    rollout::Pace pace(RealClock(), TimePoint::max(), stop_.get_token(), job.index);
    bool over = IsOver(job, job.allocations);
    while (!over && !stop_.stop_requested()) {
      nomad::Call call = CallOf();
      call.patience = nomad::Patience::kWait;
      pace.Asking();
      const auto rows = env_.jobs.ListAllocations(job.ref, {pace.index()}, call);
      if (!rows) {
        pace.AfterFailure();
        continue;
      }
      Take(job, rows->value, false);
      NameLeftOut();
      over = IsOver(job, rows->value);
      if (!over) pace.After(rows->index, rows->has_index);
    }
    const std::lock_guard lock(mutex_);
    waiting_.erase(job.ref);
    --watched_;
    changed_.notify_all();
  }

  bool IsOver(const LiveJob& job, const std::vector<nomad::Allocation>& allocations) {
    if (!options_.wish.allocation.empty()) {
      return std::all_of(allocations.begin(), allocations.end(), [this](const auto& allocation) {
        return allocation.IsTerminal() || !allocation.id.starts_with(options_.wish.allocation);
      });
    }
    if (job.job.type != "batch" && job.job.type != "sysbatch") return false;
    const bool all_ended =
        std::all_of(allocations.begin(), allocations.end(),
                    [](const nomad::Allocation& allocation) { return allocation.IsTerminal(); });
    if (!all_ended) return false;
    const auto now = env_.jobs.ReadJob(job.ref, {}, CallOf());
    return now ? now->value.status == "dead" : now.error().code == ErrorCode::kNotFound;
  }

  Env& env_;
  const std::vector<LiveJob>& jobs_;
  const FollowOptions& options_;
  report::LogView& view_;
  std::stop_source stop_;
  std::atomic<bool> failed_ = false;
  std::atomic<bool> told_ = false;  // that there is no connection

  std::mutex mutex_;  // of all below
  std::condition_variable_any changed_;
  std::vector<std::shared_ptr<FollowedLog>> followed_;
  std::set<std::string> known_;  // what is or was followed, or left out
  std::vector<std::string> left_out_;
  std::set<nomad::JobRef> waiting_;  // jobs that are watched
  std::size_t streams_ = 0;
  std::size_t watched_ = 0;
  std::vector<std::jthread> threads_;
  std::vector<std::jthread> watchers_;
};

}  // namespace

nomad::LogRequest LogSource::Request() const {
  return {place.allocation.id, place.task, stream, {}, false};
}

report::LogOrigin LogSource::Origin(std::string label) const {
  return {std::move(label),
          place.job.id,
          place.allocation.name_space,
          place.allocation.group,
          place.task,
          place.allocation.id,
          place.allocation.node_name,
          stream == nomad::LogStream::kStderr};
}

std::string LogSource::Name() const { return fmt::format("{}, {}", place.Name(), NameOf(stream)); }

std::string LabelOf(const TaskPlace& place, bool several_jobs) {
  const std::string prefix = place.NamespacePrefix();
  std::string_view name = place.allocation.name;
  const std::string job = place.job.id + ".";
  if (!several_jobs && prefix.empty() && name.starts_with(job)) name.remove_prefix(job.size());
  return fmt::format("{}{}/{}", prefix, name, place.task);
}

ExitCode Follow(Env& env, const std::vector<LiveJob>& jobs, const FollowOptions& options,
                report::LogView& view) {
  return Follower(env, jobs, options, view).Run();
}

}  // namespace nmgr::actions
