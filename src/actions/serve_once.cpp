// serve --once: one sync of every source.
#include <fmt/format.h>

#include <list>
#include <memory>
#include <utility>

#include "actions/rollout_run.h"
#include "actions/serve_declared.h"
#include "actions/serve_desk.h"
#include "actions/serve_news.h"
#include "actions/serve_pushes.h"
#include "actions/serve_sync.h"
#include "nmgr/report/notices.h"
#include "nmgr/report/serve_view.h"
#include "nmgr/serve/access.h"
#include "nmgr/sync/owners.h"

namespace nmgr::actions {
namespace {

// A lease that nobody holds is had within a request or two.
constexpr Duration kLeaseWait{5'000};
constexpr Duration kLeaseLook{20};
constexpr Duration kDeclaredLimit{30'000};
constexpr Duration kLastNews{15'000};  // three tries of a channel that answers
constexpr Duration kLastNewsAtStop{1'000};

// Whether this run may act for the source; else its status says who does.
bool Leads(Env& env, const ServeDesk& desk, sync::SourceStatus& status) {
  const TimePoint end = DeadlineAfter(env.clock.Now(), kLeaseWait);
  while (!desk.lease().Leads() && desk.trouble().empty() && !desk.lease().Holder() &&
         env.clock.Now() < end && !env.stop.stop_requested()) {
    env.clock.Sleep(kLeaseLook, env.stop);
  }
  if (desk.lease().Leads()) return true;
  const auto holder = desk.lease().Holder();
  status.leads = false;
  if (holder) {
    status.leader = holder->holder;
    status.error = fmt::format("{} leads it, and keeps it", holder->holder);
    status.hint = fmt::format("nmgr sync now {} asks it for a sync", status.name);
  } else {
    const std::string why = desk.trouble();
    status.error = "its lease cannot be had" + (why.empty() ? std::string() : ": " + why);
    status.hint = "--no-lease does without Nomad's variables, for a single copy";
  }
  return false;
}

void SayUnclear(Env& env, const Followed& followed) {
  for (const std::string& warning : followed.tree->warnings) env.out.Warning(warning);
  for (const std::string& text : followed.tree->unclear) {
    env.out.Warning(followed.source->name + ": " + text);
  }
}

// A source that this run leads.
struct Turn {
  Followed& followed;
  std::unique_ptr<ServeDesk> desk;
  // Why it writes nothing: Nomad refused the lease, and nothing but that had been asked yet.
  Error refused;
  bool fetched = false;
};

// In this order: all sources are looked at before the first is synced, since what one may do
// depends on what the others name.
class OneRound {
 public:
  OneRound(Env& env, Path folder, bool alone, ServeNews& news)
      : env_(env), folder_(std::move(folder)), alone_(alone), news_(news) {}

  void FindSources();
  void LookAtAll();
  void SyncAll();
  ExitCode Report();

 private:
  Expected<std::vector<sync::DeclaredSource>> DeclaredNow();
  void LookAt(Followed& followed);
  void SyncOne(Turn& turn, rollout::PlanMemory* memory, const sync::Claims& claims);

  Env& env_;
  const Path folder_;
  const bool alone_;
  ServeNews& news_;
  std::vector<sync::DeclaredSource> declared_;  // outlives `all_`, which refers to it
  std::vector<sync::SourceStatus> refused_;     // variables that hold no source
  std::vector<Followed> all_;
  sync::JobOwners owners_;
  sync::LeaseShares shares_{0};
  std::list<Turn> turns_;
  ExitCode code_ = kDone;
};

// The sources that stand in variables; what is none of them is said, and among those refused.
Expected<std::vector<sync::DeclaredSource>> OneRound::DeclaredNow() {
  const nomad::Call call{DeadlineAfter(env_.clock.Now(), kDeclaredLimit), env_.stop,
                         nomad::Patience::kBrief};
  TRY_ASSIGN(auto all, sync::ReadDeclared(env_.variables, DeclaredPlaceOf(env_), {}, {}, call));
  RefusedSources(env_, {[this](const std::string& text) { env_.out.Warning(text); },
                        [this](const sync::SourceStatus& status) { refused_.push_back(status); },
                        [](const std::string&) {},
                        [this](const sync::SourceStatus& status) { news_.Looked(status); }})
      .Tell(all.value);
  return std::move(all.value);
}

void OneRound::FindSources() {
  all_ = Follow(env_, folder_);
  if (sync::MayDeclare(env_.settings.serve) && !alone_) {
    if (auto read = DeclaredNow()) {
      declared_ = *std::move(read);
    } else {
      env_.out.Error(read.error());
      code_ = ExitCodeFor(read.error().code);
    }
  }
  for (const sync::DeclaredSource& one : declared_) {
    if (one.source) all_.push_back(FollowOne(env_, *one.source, folder_));
  }
  if (!refused_.empty()) code_ = Worse(code_, kFailed);
  shares_.SetSources(all_.size());
  for (const Followed& followed : all_) owners_.Add(followed.source->name);
}

void OneRound::LookAtAll() {
  for (Followed& followed : all_) {
    if (env_.stop.stop_requested()) break;
    LookAt(followed);
  }
}

void OneRound::LookAt(Followed& followed) {
  ServeDesk::Options how;
  how.alone = alone_;
  how.reads_only = env_.settings.dry_run;
  how.folder = JoinPath(folder_, "ledger");
  how.jitter = Duration(0);
  Turn turn{followed,
            std::make_unique<ServeDesk>(env_, *followed.source, shares_, std::move(how)),
            {},
            false};
  // Where Nomad is away, each job says so; nothing is written without the lease.
  if (!Leads(env_, *turn.desk, followed.status)) {
    if (!env_.contact.Verdict()) {
      code_ = Worse(code_, kFailed);
      return;
    }
    turn.refused = {ErrorCode::kForbidden, followed.status.error, followed.status.hint};
  }
  const auto stored = turn.desk->Recall(followed.status);
  news_.Begin(followed.status.name, stored ? &*stored : nullptr, turn.desk->lease().TakenFrom());
  turn.fetched = FetchAndRead(env_, followed) != Look::kFailed;
  if (!followed.status.error.empty()) code_ = Worse(code_, kFailed);
  if (!followed.tree) {
    if (!env_.stop.stop_requested()) {
      news_.Looked(followed.status);
      turn.desk->WriteStatus(followed.status);
    }
    return;
  }
  SayUnclear(env_, followed);
  owners_.Looked(followed.source->name, followed.tree.get());
  turns_.push_back(std::move(turn));
}

void OneRound::SyncAll() {
  const std::unique_ptr<rollout::PlanMemory> memory = OpenMemory(env_);
  const sync::Claims claims = owners_.Known();
  for (Turn& turn : turns_) {
    if (env_.stop.stop_requested()) break;
    SyncOne(turn, memory.get(), claims);
  }
}

void OneRound::SyncOne(Turn& turn, rollout::PlanMemory* memory, const sync::Claims& claims) {
  Followed& followed = turn.followed;
  ServeDesk& desk = *turn.desk;
  if (const auto read = desk.ReadControl(); !read) {
    env_.out.Warning(fmt::format("{}: how people steer it is not known: {}", followed.status.name,
                                 Told(read.error())));
  }
  const sync::Control control = desk.control();
  SyncMeans means = desk.MeansOf(control, followed.status);
  means.memory = memory;
  means.claims = &claims;
  means.progress = [this] { return MakeProgress(env_); };
  means.warn = [this](std::string_view text) { env_.out.Warning(text); };
  means.stop = env_.stop;
  means.fetched = turn.fetched;
  SourcePushes::Options how;
  how.say = [this](const std::string& text) { report::TellNotices(env_.out, {text}); };
  SourcePushes pushes(env_, *followed.source, std::move(how));
  means.pushes = &pushes;
  const SourceSync done = SyncSource(env_, followed, means);
  code_ = Worse(code_, done.code);
  if (!turn.refused.message.empty() && followed.status.error.empty()) {
    followed.status.error = turn.refused.message;
    followed.status.hint = turn.refused.hint;
    code_ = Worse(code_, kFailed);
  }
  if (!env_.stop.stop_requested()) {
    news_.Synced(followed, done);
    news_.Looked(followed.status);
  }
  if (done.decided) desk.MarkHandled(control, means.gates, followed.not_kept.empty());
  desk.WriteStatus(followed.status);
  desk.Stop();
}

ExitCode OneRound::Report() {
  report::ServeView view;
  view.dry_run = env_.settings.dry_run;
  view.sources = std::move(refused_);
  for (const Followed& followed : all_) {
    view.sources.push_back(followed.status);
    view.jobs.insert(view.jobs.end(), followed.jobs.begin(), followed.jobs.end());
  }
  env_.interruption.SumUp();
  report::ReportServe(env_.out, view, env_.settings.verbose);
  news_.Drain(env_.stop.stop_requested() ? kLastNewsAtStop : kLastNews);
  if (!env_.stop.stop_requested()) return code_;
  return static_cast<ExitCode>(env_.interruption.exit_code());
}

}  // namespace

ExitCode ServeOnce(Env& env, bool alone) {
  // It shows no page, and says what the daemon would say of it.
  const sync::ServeTable& serve = env.settings.serve.serve;
  if (!serve.listen.empty()) {
    if (const auto page = serve::ReadListening(serve, env.files); !page) {
      env.out.Error(page.error());
      return ExitCodeFor(page.error().code);
    }
  }
  const auto folder = ServeFolder(env);
  if (!folder) {
    env.out.Error(folder.error());
    return ExitCodeFor(folder.error().code);
  }
  const auto news = ServeNews::Make(env, [](std::string_view) {});
  if (!news) {
    env.out.Error(news.error());
    return ExitCodeFor(news.error().code);
  }
  OneRound round(env, *folder, alone, **news);
  round.FindSources();
  round.LookAtAll();
  round.SyncAll();
  return round.Report();
}

}  // namespace nmgr::actions
