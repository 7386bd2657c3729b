#include "actions/serve_loop.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <list>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <thread>
#include <utility>

#include "actions/rollout_run.h"
#include "actions/serve_desk.h"
#include "actions/serve_page.h"
#include "actions/serve_sync.h"
#include "actions/serve_tell.h"
#include "nmgr/base/service_manager.h"
#include "nmgr/rollout/pace.h"
#include "nmgr/sync/schedule.h"

namespace nmgr::actions {
namespace {

using sync::Phase;
using sync::Verdict;

// What Nomad says moves often while a job starts: one look at a time, and not at every word.
constexpr Duration kSettle{2'000};
constexpr Duration kLongestQuery{60'000};
constexpr Duration kBeat{1'000};
// A commit that was announced may not have come to the mirror that is asked: how soon to ask again.
constexpr Duration kSoon[] = {Duration(1'000), Duration(3'000), Duration(10'000)};

struct Worker {
  Worker(Followed one, std::uint32_t seed)
      : followed(std::move(one)), random(seed), schedule(followed.source->interval, [this] {
          return std::uniform_real_distribution<>(0, 1)(random);
        }) {}

  Followed followed;
  std::minstd_rand random;
  sync::Schedule schedule;
  std::unique_ptr<ServeDesk> desk;
  bool reigns = false;
  std::size_t sought = 0;  // looks in a row for a commit that was announced and is not there yet

  // Guarded by the mutex of the loop:
  TimePoint due{};                  // the next look at the remote
  bool nomad_moved = false;         // since the last sync
  bool steered = false;             // lease or control have moved since the last round
  bool looked = false;              // at the remote, once at least
  std::vector<sync::JobKey> names;  // the jobs of its tree
};

class Loop {
 public:
  Loop(Env& env, const Path& folder, bool alone)
      : env_(env),
        teller_(env.out),
        shares_(env.settings.serve.sources.size()),
        memory_(OpenMemory(env)),
        manager_(env.settings.notify_socket, env.settings.watchdog_us),
        page_(env) {
    std::random_device seed;
    for (Followed& followed : Follow(env, folder)) {
      followed.status.leads = false;
      Worker& worker = workers_.emplace_back(std::move(followed), seed());
      ServeDesk::Options options;
      options.alone = alone;
      options.reads_only = env.settings.dry_run;
      options.folder = JoinPath(folder, "ledger");
      options.wake = [this, &worker] { Steered(worker); };
      worker.desk =
          std::make_unique<ServeDesk>(env, *worker.followed.source, shares_, std::move(options));
    }
  }

  Expected<void> Run() {
    TRY(page_.Start([this](const std::string& text) { teller_.Say(text); }));
    std::vector<std::jthread> threads;
    for (Worker& worker : workers_) {
      threads.emplace_back([this, &worker] { Keep(worker); });
    }
    for (const std::string& name : Namespaces()) {
      threads.emplace_back([this, name] { Watch(name); });
    }
    Beat();
    page_.Stop();
    {
      const std::lock_guard lock(mutex_);
      changed_.notify_all();
    }
    threads.clear();
    for (Worker& worker : workers_) worker.desk->Stop();
    return {};
  }

 private:
  std::set<std::string> Namespaces() const {
    std::set<std::string> names;
    for (const Worker& worker : workers_) {
      const auto& own = worker.followed.source->namespaces;
      names.insert(own.begin(), own.end());
      if (own.empty()) names.insert(env_.settings.repo.default_namespace);
    }
    return names;
  }

  void Steered(Worker& worker) {
    const std::lock_guard lock(mutex_);
    worker.steered = true;
    changed_.notify_all();
  }

  // One source, until the end.
  void Keep(Worker& worker) {
    while (!env_.stop.stop_requested()) {
      // Taken back before anything is looked at: what comes later wakes once more.
      bool moved = TakeNews(worker);
      const bool leads = worker.desk->lease().Leads();
      if (!leads && worker.reigns) End(worker);
      if (leads && !worker.reigns) {
        Begin(worker);
        moved = true;
      }
      Round(worker, moved);
      Await(worker);
    }
    Show(worker, Phase::kStopping);
  }

  void Begin(Worker& worker) {
    worker.reigns = true;
    worker.followed.jobs.clear();
    worker.desk->BeginReign(worker.followed.status);
    teller_.Say(worker.followed.status.name + ": leads");
  }

  bool TakeNews(Worker& worker) {
    const std::lock_guard lock(mutex_);
    const bool moved = std::exchange(worker.nomad_moved, false);
    return std::exchange(worker.steered, false) || moved;
  }

  void End(Worker& worker) {
    worker.reigns = false;
    worker.desk->EndReign();
    teller_.Say(worker.followed.status.name + ": stands by");
  }

  // A sync that somebody asks for and that is not handled.
  static std::optional<sync::Trigger> Asked(const sync::Control& control) {
    const auto found = control.triggers.find({sync::TriggerKind::kSync, {}});
    if (found == control.triggers.end() || !found->second.handled.empty()) return std::nullopt;
    return found->second;
  }

  // A standby looks at its remote too: so it knows which jobs its source names, and is ready.
  void Round(Worker& worker, bool moved) {
    Followed& followed = worker.followed;
    const sync::Control control = worker.desk->control();
    const auto asked = worker.reigns ? Asked(control) : std::nullopt;
    bool looks = asked.has_value();
    {
      const std::lock_guard lock(mutex_);
      looks = looks || env_.clock.Now() >= worker.due;
    }
    bool wants = moved || asked || !control.Waiting().empty();
    if (looks) wants = LookOnce(worker, asked) || wants;
    {
      std::unique_lock lock(mutex_);
      // Which sources name a job is known when each has been looked at.
      changed_.wait(lock, env_.stop, [this] {
        return std::all_of(workers_.begin(), workers_.end(),
                           [](const Worker& one) { return one.looked; });
      });
    }
    const bool can = worker.reigns && followed.tree != nullptr && !env_.stop.stop_requested();
    if (wants && can) SyncIt(worker, control);
    const bool failed = !followed.status.error.empty();
    Show(worker, !worker.reigns ? Phase::kStandby : failed ? Phase::kBackoff : Phase::kIdle);
    if (wants && can) worker.desk->WriteStatus(followed.status);
  }

  // Whether a sync is to follow.
  bool LookOnce(Worker& worker, const std::optional<sync::Trigger>& asked) {
    Followed& followed = worker.followed;
    const std::string error = followed.status.error;
    Show(worker, Phase::kFetching);
    const Look look = FetchAndRead(env_, followed);
    if (env_.stop.stop_requested()) return false;
    teller_.Look(followed, look, error);
    if (look == Look::kFailed) page_.FetchFailed(followed.status.name);
    Duration pause = worker.schedule.AfterLook(look == Look::kFailed);
    const bool missing = asked && !asked->commit.empty() && look != Look::kFailed &&
                         !sync::SameCommit(asked->commit, followed.status.commit);
    if (missing && worker.sought < std::size(kSoon)) {
      pause = std::min(pause, kSoon[worker.sought++]);
    } else if (!missing) {
      worker.sought = 0;
    }
    followed.status.next_look = env_.clock.Wall() + pause;
    NoteLook(worker, pause);
    return look == Look::kNew || NeedsAnother(followed);
  }

  void NoteLook(Worker& worker, Duration pause) {
    std::vector<sync::JobKey> names;
    if (worker.followed.tree) {
      for (const repo::SelectedJob& job : worker.followed.tree->selection.jobs) {
        names.push_back(sync::KeyOf(*job.spec, worker.followed.tree->repo));
      }
    }
    const std::lock_guard lock(mutex_);
    worker.looked = true;
    worker.names = std::move(names);
    worker.due = DeadlineAfter(env_.clock.Now(), pause);
    changed_.notify_all();
  }

  // A job that is not where it should be may be another time, without git or Nomad moving.
  static bool NeedsAnother(const Followed& followed) {
    const auto open = [](const sync::JobStatus& job) {
      return job.verdict == Verdict::kFailed || job.verdict == Verdict::kUnreachable ||
             job.verdict == Verdict::kApplying || job.verdict == Verdict::kWillApply ||
             job.hold == sync::Hold::kWindow || job.hold == sync::Hold::kPaused ||
             job.hold == sync::Hold::kDrift || job.hold == sync::Hold::kTooYoung;
    };
    return followed.jobs.empty() || !followed.not_kept.empty() ||
           std::any_of(followed.jobs.begin(), followed.jobs.end(), open);
  }

  sync::Claims ClaimsNow() {
    sync::Claims claims;
    const std::lock_guard lock(mutex_);
    for (const Worker& worker : workers_) {
      const std::string& name = worker.followed.source->name;
      for (const sync::JobKey& key : worker.names) {
        std::vector<std::string>& names = claims[key];
        if (names.empty() || names.back() != name) names.push_back(name);
      }
    }
    return claims;
  }

  void SyncIt(Worker& worker, const sync::Control& control) {
    Followed& followed = worker.followed;
    Show(worker, Phase::kPlanning);
    const sync::Claims claims = ClaimsNow();
    std::stop_source over;
    const std::stop_callback at_end(env_.stop, [&over] { over.request_stop(); });
    const std::stop_callback at_loss(worker.desk->lease().Reign(),
                                     [&over] { over.request_stop(); });
    SyncMeans means = worker.desk->MeansOf(control, followed.status);
    means.memory = memory_.get();
    means.claims = &claims;
    means.progress = [this] { return teller_.Progress(); };
    means.warn = [this](std::string_view text) { teller_.Warn(text); };
    means.stop = over.get_token();
    const std::vector<sync::JobStatus> before = followed.jobs;
    const TimePoint start = env_.clock.Now();
    const std::string fetch_error = followed.status.error;
    const SourceSync done = SyncSource(env_, followed, means);
    if (followed.status.error.empty()) followed.status.error = fetch_error;
    const auto took = std::chrono::duration_cast<Duration>(env_.clock.Now() - start);
    page_.Synced(followed.status.name,
                 followed.status.history.empty() ? "" : followed.status.history.front().result,
                 took);
    if (!over.stop_requested()) teller_.Changes(followed, before);
    if (done.decided && (worker.sought == 0 || worker.sought >= std::size(kSoon))) {
      worker.desk->MarkHandled(control);
    }
  }

  void Show(Worker& worker, Phase phase) {
    sync::SourceStatus& status = worker.followed.status;
    status.phase = phase;
    status.leads = worker.reigns;
    const auto holder = worker.desk->lease().Holder();
    status.leader = holder ? holder->holder : "";
    status.leader_address = holder ? holder->address : "";
    page_.Show(status, worker.followed.jobs);
  }

  // Until the next look, or something moves.
  void Await(Worker& worker) {
    std::unique_lock lock(mutex_);
    changed_.wait_until(lock, env_.stop, worker.due,
                        [&] { return worker.nomad_moved || worker.steered; });
    if (worker.steered || !worker.nomad_moved) return;
    const TimePoint settled = DeadlineAfter(env_.clock.Now(), kSettle);
    changed_.wait_until(lock, env_.stop, settled, [&] { return worker.steered; });
  }

  // One name space: whatever moves there wakes the sources that name it.
  void Watch(const std::string& name) {
    rollout::Pace pace(env_.clock, TimePoint::max(), env_.stop);
    bool known = false;
    while (!env_.stop.stop_requested()) {
      pace.Asking();
      const nomad::Call call{DeadlineAfter(env_.clock.Now(), kLongestQuery * 2), env_.stop,
                             nomad::Patience::kBrief};
      const auto answer = env_.jobs.AwaitChange(nomad::NamespaceTable::kJobs, {"", name, ""},
                                                {pace.index(), kLongestQuery}, call);
      page_.NomadAnswered(answer.has_value());
      if (!answer) {
        pace.AfterFailure();
        continue;
      }
      const bool moved = answer->index != pace.index();
      pace.After(answer->index, answer->has_index);
      // The first answer tells where it stands; after a failure, what has moved meanwhile.
      if (moved && std::exchange(known, true)) Wake(name);
    }
  }

  void Wake(const std::string& name) {
    const std::lock_guard lock(mutex_);
    for (Worker& worker : workers_) {
      const auto& own = worker.followed.source->namespaces;
      const bool names = own.empty() ? name == env_.settings.repo.default_namespace
                                     : std::find(own.begin(), own.end(), name) != own.end();
      if (names) worker.nomad_moved = true;
    }
    changed_.notify_all();
  }

  // The service manager, until the end.
  void Beat() {
    bool ready = false;
    while (!env_.stop.stop_requested()) {
      if (!ready) {
        const std::lock_guard lock(mutex_);
        ready = std::all_of(workers_.begin(), workers_.end(),
                            [](const Worker& one) { return one.looked; });
        if (ready) manager_.Tell("READY=1");
      }
      if (manager_.watchdog()) manager_.Tell("WATCHDOG=1");
      env_.clock.Sleep(std::min(kBeat, manager_.watchdog().value_or(kBeat)), env_.stop);
    }
    manager_.Tell("STOPPING=1");
    env_.interruption.SumUp();
  }

  Env& env_;
  ServeTeller teller_;
  std::mutex mutex_;  // what threads tell each other
  std::condition_variable_any changed_;
  sync::LeaseShares shares_;
  const std::unique_ptr<rollout::PlanMemory> memory_;
  const ServiceManager manager_;
  ServePage page_;
  std::list<Worker> workers_;
};

}  // namespace

ExitCode ServeLoop(Env& env, bool alone) {
  const auto folder = ServeFolder(env);
  if (!folder) {
    env.out.Error(folder.error());
    return ExitCodeFor(folder.error().code);
  }
  Loop loop(env, *folder, alone);
  if (const auto run = loop.Run(); !run) {
    env.out.Error(run.error());
    return ExitCodeFor(run.error().code);
  }
  return kDone;
}

}  // namespace nmgr::actions
