#include "actions/watch.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "actions/inner_env.h"
#include "actions/noted_files.h"
#include "actions/reader_watch.h"
#include "nmgr/base/terminal.h"
#include "nmgr/base/text.h"
#include "nmgr/base/wakeup.h"
#include "nmgr/report/notices.h"
#include "nmgr/report/recorder.h"
#include "nmgr/rollout/pace.h"

namespace nmgr::actions {
namespace {

using nomad::NamespaceTable;

// What changes together is shown together.
constexpr Duration kSettling{150};
constexpr Duration kLongestWait{60'000};
constexpr Duration kHeldFor{60'000};
// Files tell nobody: those that a look has read are looked at again and again.
constexpr Duration kFilesEvery{1'000};

// Held questions for what may change in some namespaces, each in a thread.
class ChangeWatchers {
 public:
  ChangeWatchers(Env& env, const Wakeup& wakeup) : env_(env), wakeup_(wakeup) {}
  ~ChangeWatchers() { stop_.request_stop(); }

  // Returns when the indexes of all of them are known, or cannot be.
  void Watch(const std::vector<nomad::JobRef>& places) {
    for (const nomad::JobRef& place : places) {
      if (!places_.insert(place).second) continue;
      for (const NamespaceTable table :
           {NamespaceTable::kJobs, NamespaceTable::kAllocations, NamespaceTable::kDeployments}) {
        const std::lock_guard lock(mutex_);
        ++unknown_;
        threads_.emplace_back([this, table, place] { Follow(table, place); });
      }
    }
    std::unique_lock lock(mutex_);
    known_.wait(lock, env_.stop, [this] { return unknown_ == 0; });
  }

 private:
  void Follow(NamespaceTable table, const nomad::JobRef& place) {
    const std::stop_callback on_stop(env_.stop, [this] { stop_.request_stop(); });
    const nomad::Call call{TimePoint::max(), stop_.get_token()};
    rollout::Pace pace(env_.clock, TimePoint::max(), stop_.get_token());
    std::optional<std::uint64_t> before;
    bool first = true;
    while (!stop_.stop_requested()) {
      pace.Asking();
      const auto answer = env_.jobs.AwaitChange(table, place, {pace.index(), kHeldFor}, call);
      if (std::exchange(first, false)) CountKnown();
      if (!answer) {
        if (stop_.stop_requested() || answer.error().code == ErrorCode::kForbidden) return;
        TellAway(answer.error());
        before = 0;
        pace.AfterFailure();
        continue;
      }
      away_ = false;
      // Without an index nobody knows, so each answer of what is a slow poll then may be a change.
      if (before && (*before != answer->index || !answer->has_index)) wakeup_.Wake();
      before = answer->index;
      pace.After(answer->index, answer->has_index);
    }
  }

  void CountKnown() {
    const std::lock_guard lock(mutex_);
    --unknown_;
    known_.notify_all();
  }

  void TellAway(const Error& error) {
    if (away_.exchange(true)) return;
    report::TellUnwatchable(env_.out, error);
  }

  Env& env_;
  const Wakeup& wakeup_;
  std::stop_source stop_;
  std::set<nomad::JobRef> places_;
  std::atomic<bool> away_ = false;
  std::mutex mutex_;
  std::condition_variable_any known_;
  int unknown_ = 0;  // questions whose first answer is still to come
  std::vector<std::jthread> threads_;
};

// What one look gave.
struct Shot {
  std::vector<std::string> lines;
  std::vector<report::Recorder::Message> messages;
  nlohmann::json document;
  ExitCode code = kDone;

  bool HasResult() const { return !lines.empty() || !document.is_null(); }
  // Ages aside, which no document has.
  bool SaysTheSameAs(const Shot& other) const {
    return document == other.document && code == other.code &&
           std::equal(messages.begin(), messages.end(), other.messages.begin(),
                      other.messages.end(),
                      [](const auto& a, const auto& b) { return a.text == b.text; });
  }
};

class LookWatcher {
 public:
  LookWatcher(Env& env, const WatchedLook& look)
      : env_(env),
        look_(look),
        files_(env.files, {env.state_folder, env.cache_folder}),
        watchers_(env, wakeup_) {
    try {
      file_watch_.emplace([this](const std::stop_token& ended) {
        while (!ended.stop_requested()) {
          RealClock().Sleep(kFilesEvery, ended);
          if (files_.HaveChanged()) wakeup_.Wake();
        }
      });
    } catch (const std::system_error&) {
    }
  }

  ExitCode Run() {
    const std::stop_callback on_stop(env_.stop, [this] { wakeup_.Wake(); });
    rollout::Pace pace(env_.clock, TimePoint::max(), env_.stop);
    std::optional<ResizeSignal> resized;
    std::unique_ptr<report::Screen> screen;
    std::uint64_t looks = 1;
    while (!env_.stop.stop_requested() && !env_.out.Closed()) {
      Shot shot = Look();
      if (env_.stop.stop_requested()) break;
      if (!shot.HasResult() && !last_.HasResult()) return Give(shot);
      if (!resized) {
        screen = env_.out.OpenScreen();
        resized.emplace();
      }
      if (shot.HasResult()) {
        Show(shot, screen.get());
        last_ = std::move(shot);
      } else {
        for (const auto& message : shot.messages) message.tell(env_.out);
      }
      pace.Asking();
      Wait(resized->descriptor());
      resized->Drain();
      env_.clock.Sleep(kSettling, env_.stop);
      pace.After(++looks, true);
    }
    if (screen) {
      screen.reset();
      report::ShowAgain(env_.out, last_.lines, false);
      for (const auto& message : last_.messages) message.tell(env_.out);
    }
    return last_.HasResult() ? last_.code : kInterrupted;
  }

 private:
  Shot Look() {
    report::Recorder recorder(env_.out);
    files_.Forget();
    Env inner = EnvWith(env_, files_, recorder, env_.settings);
    Shot shot;
    if (const auto places = look_.select(inner, shot.code)) {
      watchers_.Watch(*places);
      shot.code = look_.look(inner);
    }
    shot.lines = recorder.lines();
    shot.messages = recorder.messages();
    shot.document = recorder.document();
    return shot;
  }

  // A run that ended before there was anything to show is as one without --watch.
  ExitCode Give(const Shot& shot) const {
    for (const auto& message : shot.messages) message.tell(env_.out);
    return shot.code;
  }

  void Show(const Shot& shot, report::Screen* screen) {
    if (screen != nullptr) return screen->Show(Page(shot));
    const bool first = !last_.HasResult();
    if (!first && shot.SaysTheSameAs(last_)) return;
    if (env_.out.json()) {
      report::ShowAgain(env_.out, shot.document, shot.code);
    } else {
      report::ShowAgain(env_.out, shot.lines, !first);
    }
    for (const auto& message : shot.messages) message.tell(env_.out);
  }

  // Both streams on one screen.
  std::vector<std::string> Page(const Shot& shot) const {
    std::vector<std::string> lines = shot.lines;
    lines.emplace_back();
    for (const auto& message : shot.messages) {
      if (message.is_notice && env_.settings.quiet) continue;
      for (const std::string_view line : Split(message.text, '\n')) lines.emplace_back(line);
    }
    while (!lines.empty() && lines.back().empty()) lines.pop_back();
    return lines;
  }

  // Until there is reason to look again.
  void Wait(int resized) {
    while (!env_.stop.stop_requested() && !env_.out.Closed()) {
      if (wakeup_.Wait(resized, kLongestWait) || CanRead(resized)) return;
    }
  }

  Env& env_;
  const WatchedLook& look_;
  Wakeup wakeup_;
  NotedFiles files_;
  ChangeWatchers watchers_;
  Shot last_;
  std::optional<std::jthread> file_watch_;  // last, so that it ends first
};

}  // namespace

ExitCode WatchLooks(Env& env, const WatchedLook& look) {
  ReaderWatch watch(env);
  return watch.CodeOf(LookWatcher(watch.env(), look).Run());
}

}  // namespace nmgr::actions
