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

// The sources that stand in variables; what is none of them is said, and among `refused`.
Expected<std::vector<sync::DeclaredSource>> DeclaredNow(Env& env, ServeNews& news,
                                                        std::vector<sync::SourceStatus>& refused) {
  const nomad::Call call{DeadlineAfter(env.clock.Now(), kDeclaredLimit), env.stop,
                         nomad::Patience::kBrief};
  TRY_ASSIGN(auto all, sync::ReadDeclared(env.variables, DeclaredPlaceOf(env), {}, {}, call));
  RefusedSources(env, {[&env](const std::string& text) { env.out.Warning(text); },
                       [&refused](const sync::SourceStatus& status) { refused.push_back(status); },
                       [](const std::string&) {},
                       [&news](const sync::SourceStatus& status) { news.Looked(status); }})
      .Tell(all.value);
  return std::move(all.value);
}

// A source that this run leads.
struct Turn {
  Followed& followed;
  std::unique_ptr<ServeDesk> desk;
  // Why it writes nothing: Nomad refused the lease, and nothing but that had been asked yet.
  Error refused;
  bool fetched = false;
};

}  // namespace

ExitCode ServeOnce(Env& env, bool alone) {
  const auto folder = ServeFolder(env);
  if (!folder) {
    env.out.Error(folder.error());
    return ExitCodeFor(folder.error().code);
  }
  const auto made = ServeNews::Make(env, [](std::string_view) {});
  if (!made) {
    env.out.Error(made.error());
    return ExitCodeFor(made.error().code);
  }
  ServeNews& news = **made;
  std::vector<Followed> all = Follow(env, *folder);
  ExitCode code = kDone;
  std::vector<sync::DeclaredSource> declared;  // outlives `all`'s use of it
  std::vector<sync::SourceStatus> refused;
  if (sync::MayDeclare(env.settings.serve) && !alone) {
    if (auto read = DeclaredNow(env, news, refused)) {
      declared = *std::move(read);
    } else {
      env.out.Error(read.error());
      code = ExitCodeFor(read.error().code);
    }
  }
  for (const sync::DeclaredSource& one : declared) {
    if (one.source) all.push_back(FollowOne(env, *one.source, *folder));
  }
  if (!refused.empty()) code = Worse(code, kFailed);
  sync::Claims claims;
  sync::LeaseShares shares(all.size());
  std::list<Turn> turns;
  for (const Followed& followed : all) {
    claims.unclear[followed.source->name] = {"it has not been read"};
  }
  for (Followed& followed : all) {
    if (env.stop.stop_requested()) break;
    ServeDesk::Options how;
    how.alone = alone;
    how.reads_only = env.settings.dry_run;
    how.folder = JoinPath(*folder, "ledger");
    how.jitter = Duration(0);
    Turn turn{followed,
              std::make_unique<ServeDesk>(env, *followed.source, shares, std::move(how)),
              {},
              false};
    // Where Nomad is away, each job says so; nothing is written without the lease.
    if (!Leads(env, *turn.desk, followed.status)) {
      if (!env.contact.Verdict()) {
        code = Worse(code, kFailed);
        continue;
      }
      turn.refused = {ErrorCode::kForbidden, followed.status.error, followed.status.hint};
    }
    const auto stored = turn.desk->Recall(followed.status);
    news.Begin(followed.status.name, stored ? &*stored : nullptr, turn.desk->lease().TakenFrom());
    turn.fetched = FetchAndRead(env, followed) != Look::kFailed;
    if (!followed.status.error.empty()) code = Worse(code, kFailed);
    if (!followed.tree) {
      if (!env.stop.stop_requested()) news.Looked(followed.status);
      turn.desk->WriteStatus(followed.status);
      continue;
    }
    claims.unclear.erase(followed.source->name);
    SayUnclear(env, followed);
    sync::AddClaims(followed.source->name, *followed.tree, claims);
    turns.push_back(std::move(turn));
  }
  const std::unique_ptr<rollout::PlanMemory> memory = OpenMemory(env);
  for (Turn& turn : turns) {
    if (env.stop.stop_requested()) break;
    Followed& followed = turn.followed;
    ServeDesk& desk = *turn.desk;
    if (const auto read = desk.ReadControl(); !read) {
      env.out.Warning(fmt::format("{}: how people steer it is not known: {}", followed.status.name,
                                  Told(read.error())));
    }
    const sync::Control control = desk.control();
    SyncMeans means = desk.MeansOf(control, followed.status);
    means.memory = memory.get();
    means.claims = &claims;
    means.progress = [&env] { return MakeProgress(env); };
    means.warn = [&env](std::string_view text) { env.out.Warning(text); };
    means.stop = env.stop;
    means.fetched = turn.fetched;
    SourcePushes::Options how;
    how.say = [&env](const std::string& text) { report::TellNotices(env.out, {text}); };
    SourcePushes pushes(env, *followed.source, std::move(how));
    means.pushes = &pushes;
    const SourceSync done = SyncSource(env, followed, means);
    code = Worse(code, done.code);
    if (!turn.refused.message.empty() && followed.status.error.empty()) {
      followed.status.error = turn.refused.message;
      followed.status.hint = turn.refused.hint;
      code = Worse(code, kFailed);
    }
    if (!env.stop.stop_requested()) {
      news.Synced(followed, done);
      news.Looked(followed.status);
    }
    if (done.decided) desk.MarkHandled(control, means.gates);
    desk.WriteStatus(followed.status);
    desk.Stop();
  }
  report::ServeView view;
  view.dry_run = env.settings.dry_run;
  view.sources = std::move(refused);
  for (Followed& followed : all) {
    view.sources.push_back(followed.status);
    view.jobs.insert(view.jobs.end(), followed.jobs.begin(), followed.jobs.end());
  }
  env.interruption.SumUp();
  report::ReportServe(env.out, view, env.settings.verbose);
  news.Drain(env.stop.stop_requested() ? kLastNewsAtStop : kLastNews);
  if (env.stop.stop_requested()) return static_cast<ExitCode>(env.interruption.exit_code());
  return code;
}

}  // namespace nmgr::actions
