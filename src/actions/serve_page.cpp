#include "actions/serve_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "actions/serve_desk.h"
#include "actions/serve_state.h"
#include "nmgr/base/secrets.h"
#include "nmgr/base/text.h"
#include "nmgr/serve/receivers.h"
#include "nmgr/sync/control.h"
#include "nmgr/webhook/concern.h"

namespace nmgr::actions {

class ServePage::Wishes final : public serve::Steering {
 public:
  explicit Wishes(Env& env) : env_(env) {}

  Expected<void> CarryOut(const serve::Wish& wish, const std::stop_token& stop) override {
    constexpr Duration kLimit{5'000};
    const auto& sources = env_.settings.serve.sources;
    const bool known = std::any_of(sources.begin(), sources.end(), [&](const sync::Source& source) {
      return source.name == wish.source;
    });
    if (!known) {
      return Error{ErrorCode::kNotFound, fmt::format("there is no source \"{}\"", wish.source)};
    }
    if (env_.settings.dry_run) {
      return Error{ErrorCode::kForbidden, "this is a dry run: nothing is written"};
    }
    const nomad::Call call{DeadlineAfter(env_.clock.Now(), kLimit), stop, nomad::Patience::kBrief};
    const auto changed = sync::ChangeControl(
        env_.variables, StateVariable(env_, sync::StateKind::kControl, wish.source),
        [&](sync::Control& control) -> Expected<void> {
          Apply(wish, control);
          return {};
        },
        call);
    if (!changed) return changed.error();
    return {};
  }

 private:
  void Apply(const serve::Wish& wish, sync::Control& control) const {
    const WallTime now = env_.clock.Wall();
    switch (wish.kind) {
      case serve::Wish::Kind::kSync:
        sync::RequestSync(control, {sync::TriggerId(now), wish.by, {}, wish.force, {}});
        return;
      case serve::Wish::Kind::kPause:
        control.pause = sync::Pause{wish.by, now, wish.until};
        return;
      case serve::Wish::Kind::kResume:
        control.pause.reset();
        return;
    }
  }

  Env& env_;
};

ServePage::ServePage(Env& env) : env_(env), wishes_(std::make_unique<Wishes>(env)) {
  state_.instance = env.settings.serve.serve.instance;
  state_.holder = SelfOf(env).holder;
  state_.version = env.settings.build;
  state_.started = env.clock.Wall();
  state_.not_ready = "Nomad has not answered yet";
}

ServePage::~ServePage() { Stop(); }

Expected<void> ServePage::Start(const std::function<void(const std::string& text)>& say) {
  const sync::ServeTable& table = env_.settings.serve.serve;
  if (table.listen.empty()) return {};
  TRY_ASSIGN(const serve::Listening listening, serve::ReadListening(table, env_.files));
  access_ = listening.access;
  serve::Context context{access_, board_, meters_, env_.clock};
  context.steering = wishes_.get();
  TRY(OpenHooks(say));
  context.hooks = hooks_.get();
  TRY_ASSIGN(service_, serve::Service::Start(listening.server, context, board_));
  // Of port 0 the system has chosen one.
  say("listens on " + ReplaceAll(listening.url, ":0/", fmt::format(":{}/", service_->port())));
  Publish();
  return {};
}

Expected<void> ServePage::OpenHooks(const std::function<void(const std::string& text)>& say) {
  TRY_ASSIGN(std::vector<webhook::Receiver> receivers,
             serve::MakeReceivers(env_.settings.serve.receivers, webhook::Receiver().most_body,
                                  env_.files));
  for (const webhook::Receiver& receiver : receivers) {
    if (env_.secrets != nullptr) env_.secrets->Add(receiver.secret);
  }
  if (receivers.empty() || env_.settings.dry_run) return {};
  requests_ = std::make_unique<sync::RequestWriter>(
      env_.variables,
      [this](const std::string& source) {
        return StateVariable(env_, sync::StateKind::kControl, source);
      },
      [say](const std::string& source, const Error& error) {
        say(fmt::format("{}: a push cannot be noted yet: {}", source, error.message));
      });
  hooks_ = std::make_unique<serve::Hooks>(
      std::move(receivers), env_.clock, meters_,
      [this](const webhook::Receiver& receiver, const webhook::Result& result) {
        return Announced(receiver, result);
      });
  return {};
}

bool ServePage::Announced(const webhook::Receiver& receiver, const webhook::Result& result) {
  for (const webhook::Push& push : result.pushes) {
    for (const sync::Source& source : env_.settings.serve.sources) {
      if (!webhook::Concerns(receiver, push, source.name, source.url, source.FullRef())) continue;
      requests_->Request(source.name,
                         {sync::TriggerId(env_.clock.Wall()), "hook " + receiver.name, push.after});
    }
  }
  return true;
}

void ServePage::Stop() {
  if (service_) service_->Stop();
}

void ServePage::Show(const sync::SourceStatus& status, const std::vector<sync::JobStatus>& jobs) {
  {
    const std::lock_guard lock(mutex_);
    const auto found =
        std::find_if(state_.sources.begin(), state_.sources.end(),
                     [&](const sync::SourceStatus& one) { return one.name == status.name; });
    if (found == state_.sources.end()) {
      state_.sources.push_back(status);
    } else {
      *found = status;
    }
    jobs_[status.name] = jobs;
  }
  meters_.Set(serve::Metric::kLease, {status.name}, status.leads ? 1 : 0);
  Publish();
}

void ServePage::Publish() {
  const std::lock_guard lock(mutex_);
  serve::State state = state_;
  std::sort(state.sources.begin(), state.sources.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  for (const auto& [name, jobs] : jobs_) {
    state.jobs.insert(state.jobs.end(), jobs.begin(), jobs.end());
  }
  const bool all = state.sources.size() == env_.settings.serve.sources.size();
  state.ready = nomad_answered_ && all;
  state.not_ready = state.ready        ? ""
                    : !nomad_answered_ ? "Nomad has not answered yet"
                                       : "a source has not been looked at yet";
  board_.Publish(std::move(state));
}

void ServePage::FetchFailed(const std::string& source) {
  meters_.Add(serve::Metric::kFetchErrors, {source});
}

void ServePage::Synced(const std::string& source, const std::string& result, Duration took) {
  meters_.Add(serve::Metric::kSyncTotal, {source, result});
  meters_.ObserveSync(source, took);
}

void ServePage::NomadAnswered(bool answered) {
  if (!answered) meters_.Add(serve::Metric::kNomadErrors, {"watch"});
  bool news = false;
  {
    const std::lock_guard lock(mutex_);
    news = answered && !std::exchange(nomad_answered_, true);
  }
  if (news) Publish();
}

}  // namespace nmgr::actions
