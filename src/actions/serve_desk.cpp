#include "actions/serve_desk.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "actions/serve_state.h"
#include "nmgr/base/log.h"
#include "nmgr/base/system.h"
#include "nmgr/sync/ledger.h"
#include "nmgr/sync/state_text.h"

namespace nmgr::actions {
namespace {

constexpr Duration kVariableLimit{10'000};

std::unique_ptr<sync::LedgerStore> LedgersOf(Env& env, nomad::VariableClient& variables,
                                             const sync::Source& source,
                                             const ServeDesk::Options& options) {
  if (options.alone) return std::make_unique<sync::LocalLedgers>(options.folder, env.files);
  return std::make_unique<sync::VariableLedger>(
      variables, StateVariable(env, sync::StateKind::kJobs, source.name), env.clock);
}

// Its rows were looked at before (CheckServe).
std::vector<sync::Window> WindowsOf(Env& env, const sync::Source& source) {
  return sync::ParseWindows(source.windows, env.settings.serve.serve.time_zone, env.files)
      .value_or(std::vector<sync::Window>{});
}

// What people and the time allow now.
sync::Gates GatesOf(const sync::Control& control, const std::vector<sync::Window>& windows,
                    WallTime now) {
  sync::Gates gates;
  bool force = false;
  for (const auto& [key, trigger] : control.Waiting()) {
    if (key.kind == sync::TriggerKind::kSync && trigger.force) force = true;
  }
  if (control.PausedAt(now)) {
    gates.is_paused = true;
    if (!control.pause->by.empty()) gates.paused = "by " + control.pause->by;
    if (control.pause->until) {
      gates.paused +=
          (gates.paused.empty() ? "until " : " until ") + sync::StateTime(*control.pause->until);
    }
    if (!control.pause->why.empty()) gates.paused += " (" + control.pause->why + ")";
  }
  if (force) return gates;
  const sync::WindowState state = sync::StateOf(windows, now);
  gates.window_open = state.open;
  gates.window = state.reason;
  return gates;
}

sync::JobSteering SteeringOf(const sync::Control& control, const sync::JobKey& job) {
  sync::JobSteering steering;
  if (const auto hold = control.holds.find(job); hold != control.holds.end()) {
    steering.held = true;
    steering.held_by = hold->second.by;
    steering.held_why = hold->second.why;
  }
  const auto waits = [&](sync::TriggerKind kind) {
    const auto found = control.triggers.find({kind, job});
    return found != control.triggers.end() && found->second.handled.empty();
  };
  if (waits(sync::TriggerKind::kConfirm)) {
    const std::string& purpose = control.triggers.at({sync::TriggerKind::kConfirm, job}).purpose;
    steering.confirmed = purpose != sync::kForPrune;
    steering.confirmed_prune = purpose != sync::kForSpec;
  }
  const auto set = control.triggers.find({sync::TriggerKind::kConfirmAll});
  if (set != control.triggers.end() && set->second.handled.empty()) {
    const std::vector<std::string>& marks = set->second.jobs;
    steering.confirmed_set =
        std::find(marks.begin(), marks.end(), sync::JobMark(job)) != marks.end();
  }
  steering.retried = waits(sync::TriggerKind::kRetry);
  steering.unfollowed = waits(sync::TriggerKind::kUnfollow);
  return steering;
}

}  // namespace

sync::LeaseHolder SelfOf(const Env& env) {
  sync::LeaseHolder self;
  const Settings& settings = env.settings;
  self.holder = settings.own_allocation.empty() ? fmt::format("{}:{}", HostName(), ProcessId())
                                                : settings.own_allocation;
  const sync::ServeTable& serve = settings.serve.serve;
  self.address = serve.address.empty() ? serve.listen : serve.address;
  // Which port the system will choose nobody knows yet.
  if (self.address.ends_with(":0")) self.address.clear();
  self.version = settings.build;
  return self;
}

ServeDesk::ServeDesk(Env& env, const sync::Source& source, sync::LeaseShares& shares,
                     Options options)
    : env_(env),
      source_(source),
      options_(std::move(options)),
      lease_(LeaseNow(shares)),
      client_(env.jobs, *lease_, source.name),
      variables_(env.variables, *lease_, source.name),
      windows_(WindowsOf(env, source)),
      ledgers_(LedgersOf(env, variables_, source, options_)) {
  if (auto* const lease = dynamic_cast<sync::Lease*>(lease_.get())) {
    hold_.emplace(env.interruption.Holding([lease] { return lease->BeginStop(); }));
  }
  if (options_.alone) return;
  status_ = std::make_unique<sync::StatusVariable>(
      variables_, StateVariable(env, sync::StateKind::kStatus, source.name));
}

ServeDesk::~ServeDesk() = default;

std::unique_ptr<sync::Leadership> ServeDesk::LeaseNow(sync::LeaseShares& shares) {
  if (options_.alone || options_.reads_only) {
    return std::make_unique<sync::SoleLeadership>(SelfOf(env_));
  }
  sync::LeaseOptions lease;
  lease.source = source_.name;
  lease.variable = StateVariable(env_, sync::StateKind::kLease, source_.name);
  lease.self = SelfOf(env_);
  lease.terms.jitter = options_.jitter;
  return std::make_unique<sync::Lease>(
      env_.variables, std::move(lease), shares,
      [this](const std::string&, sync::LeaseChange change, const std::string& why) {
        {
          const std::lock_guard lock(mutex_);
          trouble_ = change == sync::LeaseChange::kTrouble ? why : "";
        }
        options_.wake();
      },
      env_.clock);
}

std::string ServeDesk::trouble() const {
  const std::lock_guard lock(mutex_);
  return trouble_;
}

std::optional<sync::LeaseHolder> ServeDesk::KnownLeader(bool reigns) const {
  const auto holder = lease_->Holder();
  const bool is_old =
      !reigns && (!trouble().empty() || (holder && holder->holder == SelfOf(env_).holder));
  return is_old ? std::nullopt : holder;
}

nomad::Call ServeDesk::CallNow() const {
  return {DeadlineAfter(env_.clock.Now(), kVariableLimit), {}, nomad::Patience::kBrief};
}

std::optional<sync::SourceStatus> ServeDesk::Recall(sync::SourceStatus& status) {
  if (options_.alone) return std::nullopt;
  auto stored = status_->Read(CallNow()).value_or(std::nullopt);
  if (!stored) return std::nullopt;
  status.history = stored->history;
  status.applied_at = stored->applied_at;
  if (!status.commit.empty()) return stored;
  status.commit = stored->commit;
  status.subject = stored->subject;
  status.author = stored->author;
  status.fetched_at = stored->fetched_at;
  status.counts = stored->counts;
  return stored;
}

std::optional<sync::SourceStatus> ServeDesk::BeginReign(sync::SourceStatus& status) {
  ledgers_->Forget();
  if (options_.alone) return std::nullopt;
  auto stored = Recall(status);
  watch_ = std::make_unique<sync::ControlWatch>(
      env_.variables, StateVariable(env_, sync::StateKind::kControl, source_.name),
      [this](const Expected<sync::Control>& control) {
        if (!control) return NoControl(control.error());
        {
          const std::lock_guard lock(mutex_);
          control_ = *control;
        }
        options_.wake();
      },
      !env_.settings.dry_run, env_.clock);
  return stored;
}

// In the thread of the watch.
void ServeDesk::NoControl(const Error& error) {
  const std::string why = Told(error);
  if (error.code != ErrorCode::kForbidden) return LogDebug("control: {}", why);
  if (std::exchange(told_control_, why) == why) return;
  options_.warn(fmt::format("{}: people cannot steer it: {}", source_.name, why));
}

void ServeDesk::EndReign() { watch_.reset(); }

sync::Control ServeDesk::control() const {
  const std::lock_guard lock(mutex_);
  return control_;
}

Expected<void> ServeDesk::ReadControl() {
  if (options_.alone) return {};
  TRY_ASSIGN(const auto read,
             env_.variables.ReadVariable(
                 StateVariable(env_, sync::StateKind::kControl, source_.name), {}, CallNow()));
  const std::lock_guard lock(mutex_);
  control_ = read.value ? sync::DecodeControl(read.value->items) : sync::Control{};
  return {};
}

void ServeDesk::MarkHandled(const sync::Control& seen, const sync::Gates& gates, bool kept) {
  const auto waiting = seen.Waiting();
  if (options_.alone || env_.settings.dry_run || waiting.empty()) return;
  const bool holds_back = gates.is_paused || !gates.window_open;
  const auto waits = [&](const sync::TriggerKey& key) {
    if (key.kind == sync::TriggerKind::kHandOver) return true;
    // The ledger has it now, of the jobs that it was about and of no others.
    if (key.kind == sync::TriggerKind::kConfirm || key.kind == sync::TriggerKind::kConfirmAll) {
      return !kept;
    }
    return holds_back && key.kind != sync::TriggerKind::kSync &&
           key.kind != sync::TriggerKind::kImage;
  };
  std::vector<std::pair<sync::TriggerKey, std::string>> handled;
  for (const auto& [key, trigger] : waiting) {
    if (!waits(key)) handled.emplace_back(key, trigger.id);
  }
  if (handled.empty()) return;
  if (const auto marked = Mark(handled); !marked) LogDebug("control: {}", marked.error().message);
}

Expected<void> ServeDesk::Mark(
    const std::vector<std::pair<sync::TriggerKey, std::string>>& handled) {
  const WallTime now = env_.clock.Wall();
  TRY_ASSIGN(sync::Control changed,
             sync::ChangeControl(
                 env_.variables, StateVariable(env_, sync::StateKind::kControl, source_.name),
                 [&](sync::Control& control) -> Expected<void> {
                   for (const auto& [key, id] : handled) sync::MarkHandled(control, key, id, now);
                   return {};
                 },
                 CallNow()));
  const std::lock_guard lock(mutex_);
  control_ = std::move(changed);
  return {};
}

// Marked first: what is asked of this copy is not asked of the next.
std::string ServeDesk::HandOver(sync::LeaseShares& shares) {
  auto* const lease = dynamic_cast<sync::Lease*>(lease_.get());
  const sync::Control now = control();
  const std::string to = sync::HandOverTo(now, env_.clock.Wall());
  if (lease == nullptr || to.empty()) return {};
  const sync::TriggerKey key{sync::TriggerKind::kHandOver};
  if (const auto marked = Mark({{key, now.triggers.at(key).id}}); !marked) {
    LogDebug("hand-over: {}", marked.error().message);
    return {};
  }
  if (!shares.Give(source_.name, to) || !lease->GiveUp(to)) return {};
  return to;
}

void ServeDesk::WriteStatus(const sync::SourceStatus& status) {
  if (status_ == nullptr || env_.settings.dry_run || !lease_->Leads()) return;
  if (const auto written = status_->Write(status, CallNow()); !written) {
    LogDebug("status {}: {}", source_.name, written.error().message);
  }
}

std::optional<WallTime> ServeDesk::NextTurn(const std::vector<sync::JobStatus>& jobs) const {
  const WallTime now = env_.clock.Wall();
  std::optional<WallTime> turn = sync::StateOf(windows_, now).next_change;
  const auto at_latest = [&](WallTime time) {
    if (time > now && (!turn || time < *turn)) turn = time;
  };
  for (const sync::JobStatus& job : jobs) {
    const bool is_repaired =
        source_.drift == sync::Drift::kRepair && job.drift_since && job.hold == sync::Hold::kDrift;
    if (is_repaired) at_latest(*job.drift_since + source_.drift_grace);
  }
  const std::lock_guard lock(mutex_);
  if (control_.pause && control_.pause->until) at_latest(*control_.pause->until);
  return turn;
}

SyncMeans ServeDesk::MeansOf(const sync::Control& control, sync::SourceStatus& status) {
  SyncMeans means;
  // Whoever asks for a sync may have seen that something of it is gone.
  if (sync::AskedSync(control)) {
    ledgers_->LookAgain();
    if (status_) status_->LookAgain();
  }
  means.ledgers = ledgers_.get();
  means.jobs = &client_;
  means.gates = GatesOf(control, windows_, env_.clock.Wall());
  means.steering = [&control](const sync::JobKey& job) { return SteeringOf(control, job); };
  // What was confirmed goes on where the source is paused already (sync/prune.h).
  means.veto = [this, was_paused = means.gates.is_paused](const sync::JobKey& job) -> std::string {
    const sync::Control now = this->control();
    if (!was_paused && now.PausedAt(env_.clock.Wall())) return "its source was paused meanwhile";
    return now.holds.contains(job) ? "it is held by hand now" : "";
  };
  status.paused.reset();
  if (means.gates.is_paused) {
    status.paused = sync::StatusOf(*control.pause);
  }
  return means;
}

void ServeDesk::BeginStop() {
  if (auto* const lease = dynamic_cast<sync::Lease*>(lease_.get())) lease->BeginStop();
}

void ServeDesk::Stop() {
  EndReign();
  if (auto* const lease = dynamic_cast<sync::Lease*>(lease_.get())) lease->Stop();
}

}  // namespace nmgr::actions
