#include "actions/serve_loop.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <thread>
#include <utility>

#include "actions/rollout_run.h"
#include "actions/serve_declared.h"
#include "actions/serve_desk.h"
#include "actions/serve_images.h"
#include "actions/serve_meters.h"
#include "actions/serve_news.h"
#include "actions/serve_page.h"
#include "actions/serve_pushes.h"
#include "actions/serve_shares.h"
#include "actions/serve_sync.h"
#include "actions/serve_tell.h"
#include "actions/serve_watch.h"
#include "actions/serve_worker.h"
#include "nmgr/base/service_manager.h"
#include "nmgr/base/system.h"
#include "nmgr/base/turns.h"
#include "nmgr/sync/owners.h"
#include "nmgr/sync/schedule.h"
#include "nmgr/sync/shared_lists.h"
#include "nmgr/sync/state_paths.h"

namespace nmgr::actions {
namespace {

using sync::Phase;
using sync::Verdict;

// What Nomad says moves often while a job starts: one look at a time, and not at every word.
constexpr Duration kSettle{2'000};
constexpr Duration kBeat{1'000};
constexpr Duration kNewsAtEnd{3'000};  // for what is still to be told at the end

// One look at a remote in so long, whatever arrives meanwhile.
constexpr Duration kBetweenLooks{5'000};
// For a source in a variable to be looked at once, before others go on without knowing its jobs.
constexpr Duration kForNewcomers{30'000};
// Within these a worker that is well has come round: git has limits of its own.
constexpr Duration kLongestLook{1'800'000};
constexpr Duration kLongestAsleep{600'000};
// Sources that are planned at once. While one is, what Nomad has of each of its jobs is in memory;
// more of them would take longer each, since all ask over the same connections.
constexpr int kPlannedAtOnce = 4;

class Loop {
 public:
  Loop(Env& env, const Path& folder, bool alone, serve::Meters& meters)
      : env_(env),
        folder_(folder),
        alone_(alone),
        meters_(meters),
        teller_(env.out),
        shares_(env.settings.serve.sources.size()),
        memory_(OpenMemory(env)),
        manager_(env.settings.notify_socket, env.settings.watchdog_us),
        page_(env, meters),
        images_(env, ImageOptions(alone)),
        refused_(env, {[this](const std::string& text) { teller_.Warn(text); },
                       [this](const sync::SourceStatus& status) { page_.Show(status, {}); },
                       [this](const std::string& source) { page_.Forget(source); },
                       [this](const sync::SourceStatus& status) { news_->Looked(status); }}) {
    page_.OnImage([this](const webhook::Receiver& receiver, const webhook::Image& image) {
      images_.Pushed(receiver, image);
      for (const std::string& source : NotLed()) page_.PassOn(source, receiver, image);
    });
    // Not owned: the configuration outlives everything.
    for (const sync::Source& source : env.settings.serve.sources) {
      Add(std::shared_ptr<const sync::Source>(std::shared_ptr<void>(), &source), 0);
    }
  }

  Expected<void> Run() {
    TRY_ASSIGN(news_, ServeNews::Make(env_, [this](std::string_view result) {
                 meters_.Add(serve::Metric::kNotifications, {std::string(result)});
               }));
    TRY(page_.Start([this](const std::string& text) { teller_.Say(text); }));
    for (Worker& worker : workers_) Begin(worker);
    if (sync::MayDeclare(env_.settings.serve) && !alone_) {
      declared_ = std::make_unique<sync::DeclaredWatch>(
          env_.variables, DeclaredPlaceOf(env_), [this](const auto& all) { Declare(all); },
          !env_.settings.dry_run, env_.clock);
    }
    std::optional<ServeShares> shares;
    if (!alone_ && !env_.settings.dry_run) shares.emplace(env_, shares_);
    Beat();
    shares.reset();
    declared_.reset();
    page_.Stop();
    images_.Stop();
    {
      const std::lock_guard lock(mutex_);
      changed_.notify_all();
    }
    for (Worker& worker : workers_) worker.thread.join();
    watches_.clear();
    for (Worker& worker : workers_) worker.desk->Stop();
    news_->Drain(kNewsAtEnd);
    return {};
  }

 private:
  // Sources are added by the constructor, and then by the thread of `declared_` alone, which also
  // takes them away.
  Worker& Add(std::shared_ptr<const sync::Source> source, std::uint64_t index) {
    std::list<Worker> made;
    Worker& worker = made.emplace_back(env_, std::move(source), index);
    worker.followed = FollowOne(worker.env, *worker.source, folder_);
    worker.followed.status.leads = false;
    page_.Keep(worker.source);
    owners_.Add(worker.source->name);
    ServeDesk::Options options;
    options.alone = alone_;
    options.reads_only = env_.settings.dry_run;
    options.folder = JoinPath(folder_, "ledger");
    options.wake = [this, &worker] { Steered(worker); };
    options.warn = [this](const std::string& text) { teller_.Warn(text); };
    worker.desk = std::make_unique<ServeDesk>(env_, *worker.source, shares_, std::move(options));
    worker.pushes = PushesOf(worker);
    const std::lock_guard lock(mutex_);
    workers_.splice(workers_.end(), made);
    return worker;
  }

  void Begin(Worker& worker) {
    std::vector<std::string> names = worker.source->namespaces;
    if (names.empty()) names.push_back(env_.settings.repo.default_namespace);
    for (const std::string& name : names) {
      std::unique_ptr<NamespaceWatch>& watch = watches_[name];
      if (watch) continue;
      watch = std::make_unique<NamespaceWatch>(
          env_, name,
          NamespaceWatch::Listener{
              [this](bool did) { page_.NomadAnswered(did); },
              [this, name](const std::set<std::string>* jobs) { Wake(name, jobs); }});
    }
    worker.thread = std::jthread([this, &worker] { Keep(worker); });
  }

  // Nothing of it is stopped in Nomad. `why`: for its status, where nobody keeps it any more.
  void Remove(std::list<Worker>::iterator at, const std::string& why) {
    at->stop.request_stop();
    at->thread.join();
    if (!why.empty() && at->desk->lease().Leads()) {
      at->followed.status.error = why;
      at->followed.status.hint.clear();
      at->desk->WriteStatus(at->followed.status);
    }
    at->desk->Stop();
    images_.Leave(at->source->name);
    page_.Forget(at->source->name);
    shares_.Drop(at->source->name);
    owners_.Drop(at->source->name);
    const std::lock_guard lock(mutex_);
    workers_.erase(at);
    changed_.notify_all();
  }

  // Those in variables are these now.
  void Declare(const Expected<std::vector<sync::DeclaredSource>>& all) {
    if (!all) return refused_.Unknown(all.error());
    for (auto at = workers_.begin(); at != workers_.end();) {
      const auto here = at++;
      if (here->index == 0) continue;
      const auto now = std::find_if(all->begin(), all->end(), [&](const auto& one) {
        return one.name == here->source->name;
      });
      if (now == all->end()) {
        teller_.Say(here->source->name + ": its variable is gone: it is kept no longer");
        Remove(here, "its variable is gone: nobody keeps it, and its jobs are left as they are");
      } else if (!now->source || now->index != here->index) {
        Remove(here, "");
      }
    }
    refused_.Tell(*all);
    for (const sync::DeclaredSource& one : *all) {
      const bool there = std::any_of(workers_.begin(), workers_.end(), [&](const Worker& worker) {
        return worker.source->name == one.name;
      });
      if (!one.source || there || env_.stop.stop_requested()) continue;
      teller_.Say(fmt::format("{}: declared by a variable", one.name));
      Begin(Add(std::make_shared<const sync::Source>(*one.source), one.index));
    }
    shares_.SetSources(workers_.size());
  }

  ServeImages::Options ImageOptions(bool alone) {
    ServeImages::Options options;
    options.alone = alone;
    options.warn = [this](const std::string& text) { teller_.Warn(text); };
    options.meters = &meters_;
    options.wake = [this](const std::string& source) { ImagesMoved(source); };
    return options;
  }

  void ImagesMoved(const std::string& source) {
    const std::lock_guard lock(mutex_);
    for (Worker& worker : workers_) {
      if (worker.source->name != source) continue;
      worker.images_moved = true;
      worker.steered = true;
    }
    changed_.notify_all();
  }

  // Those that other copies lead.
  std::vector<std::string> NotLed() {
    std::vector<std::string> names;
    const std::lock_guard lock(mutex_);
    for (const Worker& worker : workers_) {
      if (!worker.desk->lease().Leads()) names.push_back(worker.source->name);
    }
    return names;
  }

  std::unique_ptr<SourcePushes> PushesOf(Worker& worker) {
    SourcePushes::Options options;
    options.registries = &images_;
    options.say = [this](const std::string& text) { teller_.Say(text); };
    options.tell = [this, &worker](const DigestNews& news) {
      teller_.Say(fmt::format("{}: {}: {}{}", worker.source->name, news.name, news.reason,
                              news.hint.empty() ? "" : "; " + news.hint));
      news_->DigestMoved(worker.source->name, news.job, news.image, news.digest, news.reason);
    };
    return std::make_unique<SourcePushes>(worker.env, *worker.source, std::move(options));
  }

  void Steered(Worker& worker) {
    const std::lock_guard lock(mutex_);
    worker.steered = true;
    changed_.notify_all();
  }

  // One source, until the end.
  void Keep(Worker& worker) {
    while (!worker.env.stop.stop_requested()) {
      Promise(worker, kLongestLook);
      // Taken back before anything is looked at: what comes later wakes once more.
      bool moved = TakeNews(worker);
      if (worker.reigns) HandOver(worker);
      const bool leads = worker.desk->lease().Leads();
      if (!leads && worker.reigns) End(worker);
      if (leads && !worker.reigns) {
        BeginReign(worker);
        moved = true;
      }
      TellTrouble(worker);
      Round(worker, moved);
      Await(worker);
    }
    Show(worker, Phase::kStopping);
    // Whoever takes it over does not wait for the other sources to end.
    if (env_.stop.stop_requested()) worker.desk->BeginStop();
  }

  // Between two rounds nothing of it is being written.
  void HandOver(Worker& worker) {
    const std::string to = worker.desk->HandOver(shares_);
    if (to.empty()) return;
    teller_.Say(fmt::format("{}: handed over to {}", worker.source->name, to));
  }

  // Why this copy can neither lead it nor stand by, once.
  void TellTrouble(Worker& worker) {
    if (!worker.HasNewTrouble()) return;
    teller_.Warn(
        fmt::format("{}: cannot be led from here: {}", worker.source->name, worker.trouble));
    if (worker.answers) news_->Away(worker.StatusAway());
  }

  // That it comes round within this time.
  void Promise(Worker& worker, Duration time) {
    const std::lock_guard lock(mutex_);
    worker.alive_until = DeadlineAfter(env_.clock.Now(), time);
  }

  void BeginReign(Worker& worker) {
    worker.reigns = worker.answers = true;
    worker.sync_fault.reset();
    worker.followed.jobs.clear();
    const auto stored = worker.desk->BeginReign(worker.followed.status);
    news_->Begin(worker.followed.status.name, stored ? &*stored : nullptr,
                 worker.desk->lease().TakenFrom());
    teller_.Say(worker.followed.status.name + ": leads");
  }

  bool TakeNews(Worker& worker) {
    const std::lock_guard lock(mutex_);
    worker.steered = false;
    const bool images = std::exchange(worker.images_moved, false);
    return std::exchange(worker.nomad_moved, false) || images;
  }

  void End(Worker& worker) {
    worker.reigns = false;
    worker.desk->EndReign();
    images_.Leave(worker.followed.source->name);
    teller_.Say(worker.followed.status.name + ": stands by");
  }

  // A standby looks at its remote too: so it knows which jobs its source names, and is ready.
  void Round(Worker& worker, bool moved) {
    Followed& followed = worker.followed;
    const sync::Control read = worker.desk->control();
    sync::Control control = read;
    control.triggers.erase({sync::TriggerKind::kHandOver, {}});
    sync::Control others = control;
    others.triggers.erase({sync::TriggerKind::kSync, {}});
    auto asked = worker.reigns ? sync::AskedSync(control) : std::nullopt;
    const bool looks = MayLook(worker, asked.has_value());
    if (asked && !looks) {
      control = others;
      asked.reset();
    }
    const bool turned = env_.clock.Now() >= worker.turn;
    bool wants = moved || turned || asked || !control.Waiting().empty() || others != worker.seen;
    worker.seen = std::move(others);
    bool fetched = false;
    // What a person confirms may be a prune, before which the remote is asked.
    const bool confirms = worker.reigns && followed.source->prune && !control.Waiting().empty();
    if (looks || confirms) wants = LookOnce(worker, asked, fetched) || wants;
    AwaitOthers(worker);
    const bool ready =
        worker.reigns && followed.tree != nullptr && !worker.env.stop.stop_requested();
    const bool can = ready && worker.desk->lease().MayWrite();
    if (ready && wants && !can) Later(worker);
    Turns::Turn plans = wants && can ? planning_.Take(worker.env.stop) : Turns::Turn();
    if (wants && can && worker.desk->control() != read) {
      TurnBack(worker);  // somebody has steered it while it waited
    } else if (wants && can) {
      // Of a first sync, which may take its time, somebody may want to know that it is under way.
      if (!followed.status.applied_at) worker.desk->WriteStatus(followed.status);
      SyncIt(worker, control, fetched, std::move(plans));
      GiveBackMemory();
    }
    worker.turn = worker.NextTurn();
    const bool failed = !followed.status.error.empty();
    Show(worker, !worker.reigns ? Phase::kStandby : failed ? Phase::kBackoff : Phase::kIdle);
    if (!worker.reigns || worker.env.stop.stop_requested()) return;
    news_->Looked(followed.status);
    const bool told =
        std::exchange(worker.told_error, followed.status.error) == followed.status.error;
    if ((wants && can) || !told) worker.desk->WriteStatus(followed.status);
  }

  // Another round when its lease was renewed, or is lost.
  void Later(Worker& worker) {
    const std::lock_guard lock(mutex_);
    worker.nomad_moved = true;
  }

  // Another round instead, at once.
  void TurnBack(Worker& worker) {
    const std::lock_guard lock(mutex_);
    worker.nomad_moved = worker.steered = true;
  }

  // Its time has come, or somebody asks and the last look is not that young.
  bool MayLook(Worker& worker, bool asked) {
    const std::lock_guard lock(mutex_);
    const TimePoint now = env_.clock.Now();
    if (now >= worker.due) return true;
    if (!asked) return false;
    if (now >= worker.not_before) return true;
    worker.due = std::min(worker.due, worker.not_before);
    return false;
  }

  // Which sources name a job is known when each has been looked at. One that anybody may declare
  // is not waited for for long.
  void AwaitOthers(const Worker& worker) {
    const auto known = [this] {
      const TimePoint now = env_.clock.Now();
      return std::all_of(workers_.begin(), workers_.end(), [&](const Worker& one) {
        return one.looked || (one.index != 0 && now - one.since > kForNewcomers);
      });
    };
    std::unique_lock lock(mutex_);
    while (!worker.env.stop.stop_requested() &&
           !changed_.wait_until(lock, worker.env.stop, DeadlineAfter(RealClock().Now(), kBeat),
                                known)) {
    }
  }

  // Whether a sync is to follow.
  bool LookOnce(Worker& worker, const std::optional<sync::Trigger>& asked, bool& fetched) {
    Followed& followed = worker.followed;
    Show(worker, Phase::kFetching);
    worker.not_before = DeadlineAfter(env_.clock.Now(), kBetweenLooks);
    const Look look = FetchAndRead(worker.env, followed);
    if (worker.env.stop.stop_requested()) return false;
    const std::string told = worker.look_fault ? worker.look_fault->message : "";
    teller_.Look(followed, look, told);
    worker.NoteLookFault();
    fetched = look != Look::kFailed;
    if (look == Look::kFailed) page_.FetchFailed(followed.status.name);
    Duration pause = worker.schedule.AfterLook(look == Look::kFailed);
    const bool missing = asked && !asked->commit.empty() && look != Look::kFailed &&
                         !sync::SameCommit(asked->commit, followed.status.commit);
    if (!missing) {
      worker.sought = 0;
    } else if (const auto soon = sync::PauseForAnnounced(worker.sought)) {
      pause = std::min(pause, *soon);
      ++worker.sought;
    }
    followed.status.next_look = env_.clock.Wall() + pause;
    NoteLook(worker, pause);
    return look == Look::kNew || look == Look::kAgain || NeedsAnother(followed);
  }

  void NoteLook(Worker& worker, Duration pause) {
    const std::set<std::string> concerned =
        owners_.Looked(worker.source->name, worker.followed.tree.get());
    const std::lock_guard lock(mutex_);
    worker.looked = true;
    worker.due = DeadlineAfter(env_.clock.Now(), pause);
    Stir(concerned);
  }

  void SyncIt(Worker& worker, const sync::Control& control, bool fetched, Turns::Turn plans) {
    Followed& followed = worker.followed;
    Show(worker, Phase::kPlanning);
    // From here on it hears of what moves in Nomad.
    owners_.Synced(worker.source->name, followed.jobs);
    const sync::Claims claims = owners_.Known();
    std::stop_source over;
    const std::stop_callback at_end(worker.env.stop, [&over] { over.request_stop(); });
    const std::stop_callback at_loss(worker.desk->lease().Reign(),
                                     [&over] { over.request_stop(); });
    SyncMeans means = worker.desk->MeansOf(control, followed.status);
    means.memory = memory_.get();
    means.claims = &claims;
    means.progress = [this, &worker] { return teller_.Progress(worker.source->name); };
    means.warn = [this](std::string_view text) { teller_.Warn(text); };
    means.stop = over.get_token();
    means.planned = [&plans] { plans.Give(); };
    means.fetched = fetched;
    means.pushes = worker.pushes.get();
    const std::vector<sync::JobStatus> before = followed.jobs;
    const TimePoint start = env_.clock.Now();
    // Each of its jobs may take its time.
    Promise(worker, kLongestLook + env_.settings.timeout *
                                       static_cast<int>(followed.tree->selection.jobs.size() + 1));
    std::optional<Error> before_fault = worker.sync_fault;
    worker.NoteSyncFault(std::nullopt);
    const SourceSync done = SyncSource(worker.env, followed, means);
    owners_.Synced(worker.source->name, followed.jobs);
    // The lease may have run out before anybody says so.
    const bool cut_off = over.stop_requested() || !worker.desk->lease().MayWrite();
    worker.NoteSyncFault(cut_off ? std::move(before_fault) : done.end);
    const auto took = std::chrono::duration_cast<Duration>(env_.clock.Now() - start);
    page_.Synced(followed.status.name,
                 followed.status.history.empty() ? "" : followed.status.history.front().result,
                 took);
    if (!cut_off) {
      teller_.Changes(followed, before);
      news_->Synced(followed, done);
    }
    if (worker.pushes->TakeWish()) ImagesMoved(worker.source->name);
    for (const auto& [key, trigger] : control.Waiting()) {
      if (key.kind == sync::TriggerKind::kImage) images_.Pushed(key.job.name_space, key.job.id);
    }
    if (done.decided && !cut_off &&
        (worker.sought == 0 || !sync::PauseForAnnounced(worker.sought))) {
      worker.desk->MarkHandled(control, means.gates, followed.not_kept.empty());
    }
  }

  void Show(Worker& worker, Phase phase) { page_.Show(worker.Stand(phase), worker.followed.jobs); }

  // Until the next look, or something moves.
  void Await(Worker& worker) {
    std::unique_lock lock(mutex_);
    worker.alive_until = worker.due + kLongestAsleep;
    changed_.wait_until(lock, worker.env.stop, std::min(worker.due, worker.turn),
                        [&] { return worker.nomad_moved || worker.steered; });
    if (worker.steered || !worker.nomad_moved) return;
    const TimePoint settled = DeadlineAfter(env_.clock.Now(), kSettle);
    changed_.wait_until(lock, worker.env.stop, settled, [&] { return worker.steered; });
  }

  // The sources to which a job belongs that has moved in a name space.
  void Wake(const std::string& name, const std::set<std::string>* jobs) {
    const std::set<std::string> concerned = owners_.Of(name, jobs);
    const std::lock_guard lock(mutex_);
    Stir(concerned);
  }

  // With the mutex.
  void Stir(const std::set<std::string>& sources) {
    for (Worker& worker : workers_) {
      if (sources.contains(worker.source->name)) worker.nomad_moved = true;
    }
    changed_.notify_all();
  }

  // A source that has not come round as it promised; "".
  std::string Late() {
    const std::lock_guard lock(mutex_);
    const TimePoint now = env_.clock.Now();
    for (const Worker& worker : workers_) {
      if (worker.alive_until < now) return worker.source->name;
    }
    return {};
  }

  // Who leads is known to the leases before anything else happens.
  void ShowLeaders() {
    std::vector<std::pair<std::string, sync::LeaseHolder>> leaders;
    {
      const std::lock_guard lock(mutex_);
      for (const Worker& worker : workers_) {
        leaders.emplace_back(worker.source->name,
                             worker.desk->lease().Holder().value_or(sync::LeaseHolder()));
      }
    }
    for (const auto& [source, holder] : leaders) page_.Leads(source, holder);
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
      const std::string late = Late();
      page_.Alive(late);
      if (manager_.watchdog() && late.empty()) manager_.Tell("WATCHDOG=1");
      ShowLeaders();
      CountFailures(env_.contact, meters_);
      env_.clock.Sleep(std::min(kBeat, manager_.watchdog().value_or(kBeat)), env_.stop);
    }
    manager_.Tell("STOPPING=1");
    env_.interruption.SumUp();
  }

  Env& env_;
  const Path folder_;
  const bool alone_;
  serve::Meters& meters_;
  ServeTeller teller_;
  std::mutex mutex_;  // what threads tell each other
  std::condition_variable_any changed_;
  sync::LeaseShares shares_;
  const std::unique_ptr<rollout::PlanMemory> memory_;
  Turns planning_{kPlannedAtOnce};
  const ServiceManager manager_;
  ServePage page_;
  std::unique_ptr<ServeNews> news_;
  ServeImages images_;
  sync::JobOwners owners_;
  std::list<Worker> workers_;
  std::map<std::string, std::unique_ptr<NamespaceWatch>> watches_;  // by name space
  RefusedSources refused_;
  std::unique_ptr<sync::DeclaredWatch> declared_;
};

}  // namespace

ExitCode ServeLoop(Env& env, bool alone) {
  const auto folder = ServeFolder(env);
  if (!folder) {
    env.out.Error(folder.error());
    return ExitCodeFor(folder.error().code);
  }
  serve::Meters meters;
  MeteredVariables variables(env.variables, meters,
                             sync::StateFolder(env.settings.serve.serve.instance));
  sync::SharedLists jobs(env.jobs);
  Env metered{env.files,          env.clock,       env.processes,    jobs,         env.allocations,
              variables,          env.contact,     env.out,          env.settings, env.home,
              env.state_folder,   env.stop,        env.interruption, env.acts,     env.secrets,
              env.variable_files, env.cache_folder};
  Loop loop(metered, *folder, alone, meters);
  if (const auto run = loop.Run(); !run) {
    env.out.Error(run.error());
    return ExitCodeFor(run.error().code);
  }
  return kDone;
}

}  // namespace nmgr::actions
