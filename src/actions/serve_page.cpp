#include "actions/serve_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "actions/serve_desk.h"
#include "actions/serve_images.h"
#include "actions/serve_state.h"
#include "nmgr/base/letters.h"
#include "nmgr/base/secrets.h"
#include "nmgr/base/text.h"
#include "nmgr/git/url.h"
#include "nmgr/serve/receivers.h"
#include "nmgr/sync/control.h"
#include "nmgr/webhook/concern.h"

namespace nmgr::actions {

class ServePage::Wishes final : public serve::Steering {
 public:
  Wishes(Env& env, ServePage& page) : env_(env), page_(page) {}

  Expected<void> CarryOut(const serve::Wish& wish, const std::stop_token& stop) override {
    constexpr Duration kLimit{5'000};
    if (!page_.IsKept(wish.source)) {
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
  ServePage& page_;
};

ServePage::ServePage(Env& env, serve::Meters& meters)
    : env_(env), meters_(meters), wishes_(std::make_unique<Wishes>(env, *this)) {
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
  say_ = say;
  TRY(OpenHooks());
  context.hooks = hooks_.get();
  TRY_ASSIGN(service_, serve::Service::Start(listening.server, context, board_));
  // Of port 0 the system has chosen one.
  say("listens on " + ReplaceAll(listening.url, ":0/", fmt::format(":{}/", service_->port())));
  Publish();
  return {};
}

Expected<void> ServePage::OpenHooks() {
  TRY_ASSIGN(std::vector<webhook::Receiver> receivers,
             serve::MakeReceivers(env_.settings.serve.receivers, env_.files));
  for (const webhook::Receiver& receiver : receivers) {
    if (env_.secrets != nullptr) env_.secrets->Add(receiver.secret);
  }
  if (receivers.empty() || env_.settings.dry_run) return {};
  requests_ = std::make_unique<sync::RequestWriter>(
      env_.variables,
      [this](const std::string& source) {
        return StateVariable(env_, sync::StateKind::kControl, source);
      },
      [this](const std::string& source, const Error& error) {
        say_(fmt::format("{}: a push cannot be noted yet: {}", source, error.message));
      });
  hooks_ = std::make_unique<serve::Hooks>(
      std::move(receivers), env_.clock, meters_,
      [this](const webhook::Receiver& receiver, const webhook::Result& result) {
        return Announced(receiver, result);
      });
  return {};
}

bool ServePage::Announced(const webhook::Receiver& receiver, const webhook::Result& result) {
  for (const auto& [name, commit] : Concerned(receiver, result.pushes)) {
    requests_->Request(name, {sync::TriggerId(env_.clock.Wall()), "hook " + receiver.name, commit});
  }
  for (const webhook::Push& push : result.pushes) {
    if (const std::string text = Foreign(receiver, push); !text.empty()) say_(text);
  }
  if (image_listener_) {
    for (const webhook::Image& image : result.images) image_listener_(receiver, image);
  }
  return true;
}

std::vector<std::pair<std::string, std::string>> ServePage::Concerned(
    const webhook::Receiver& receiver, const std::vector<webhook::Push>& pushes) {
  std::vector<std::pair<std::string, std::string>> concerned;
  const std::lock_guard lock(mutex_);
  for (const webhook::Push& push : pushes) {
    for (const auto& [name, source] : kept_) {
      if (!webhook::Concerns(receiver, push, name, source->url, source->FullRef())) continue;
      concerned.emplace_back(name, push.after);
    }
  }
  return concerned;
}

std::string ServePage::Foreign(const webhook::Receiver& receiver, const webhook::Push& push) {
  constexpr std::size_t kMostForeign = 32;
  std::vector<std::string> sources;
  const std::lock_guard lock(mutex_);
  bool has_path = false;
  for (const auto& [name, source] : kept_) {
    if (!webhook::SpeaksFor(receiver, name)) continue;
    if (webhook::IsOf(receiver, push, source->url)) return {};
    has_path = has_path || !webhook::ParseRepository(source->url);
    sources.push_back(fmt::format("{} ({})", name, git::ShownUrl(source->url)));
  }
  const std::string url = push.urls.empty() ? "?" : git::ShownUrl(push.urls.front());
  const bool told =
      foreign_.size() >= kMostForeign || !foreign_.insert(receiver.name + " " + url).second;
  if (told) return {};
  return fmt::format("hook {}: a push to {} is none of its sources, which are {}; {} [receiver.{}]",
                     receiver.name, url, sources.empty() ? "none" : Join(sources, ", "),
                     has_path ? "what is at a path is announced by type = \"generic\" of"
                              : "other names of the same forge go into `hosts` of",
                     receiver.name);
}

void ServePage::Keep(std::shared_ptr<const sync::Source> source) {
  const std::lock_guard lock(mutex_);
  const std::string name = source->name;
  kept_[name] = std::move(source);
}

void ServePage::Forget(const std::string& source) {
  {
    const std::lock_guard lock(mutex_);
    kept_.erase(source);
    jobs_.erase(source);
    std::erase_if(state_.sources,
                  [&](const sync::SourceStatus& one) { return one.name == source; });
  }
  meters_.Remove(serve::Metric::kLease, {source});
  Publish();
}

bool ServePage::IsKept(const std::string& source) {
  const std::lock_guard lock(mutex_);
  return kept_.contains(source);
}

void ServePage::Leads(const std::string& source, const sync::LeaseHolder& holder) {
  {
    const std::lock_guard lock(mutex_);
    const auto found =
        std::find_if(state_.sources.begin(), state_.sources.end(),
                     [&](const sync::SourceStatus& one) { return one.name == source; });
    if (found == state_.sources.end() || found->leader == holder.holder) return;
    found->leader = holder.holder;
    found->leader_address = holder.address;
  }
  Publish();
}

void ServePage::Alive(const std::string& late) {
  {
    const std::lock_guard lock(mutex_);
    const std::string why = late.empty() ? "" : "source " + late + " has not come round in time";
    if (state_.not_alive == why) return;
    state_.not_alive = why;
    state_.alive = why.empty();
  }
  Publish();
}

void ServePage::PassOn(const std::string& source, const webhook::Receiver& receiver,
                       const webhook::Image& image) {
  const auto& sources = receiver.sources;
  const bool may =
      sources.empty() || std::find(sources.begin(), sources.end(), source) != sources.end();
  if (!may || requests_ == nullptr) return;
  std::vector<std::string> hosts = receiver.hosts;
  if (!image.host.empty()) hosts.push_back(image.host);
  if (hosts.empty()) hosts.emplace_back(ServeImages::kAnyHost);
  for (const std::string& host : hosts) {
    requests_->RequestImage(
        source,
        {sync::TriggerKind::kImage, {InSmallLetters(host), image.repository + ":" + image.tag}},
        {sync::TriggerId(env_.clock.Wall()), "hook " + receiver.name, {}});
  }
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
  if (IsKept(status.name)) {
    meters_.Set(serve::Metric::kLease, {status.name}, status.leads ? 1 : 0);
  }
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
  state.not_ready = NotReady();
  state.ready = state.not_ready.empty();
  board_.Publish(std::move(state));
}

std::string ServePage::NotReady() const {
  if (!nomad_answered_) return "Nomad has not answered yet";
  std::size_t looked = 0;
  for (const sync::SourceStatus& source : state_.sources) {
    if (!kept_.contains(source.name)) continue;
    ++looked;
    if (!source.leads && source.leader.empty())
      return "source " + source.name + ": nobody is known to lead it";
  }
  return looked == kept_.size() ? "" : "a source has not been looked at yet";
}

void ServePage::FetchFailed(const std::string& source) {
  meters_.Add(serve::Metric::kFetchErrors, {source});
}

void ServePage::Synced(const std::string& source, const std::string& result, Duration took) {
  meters_.Add(serve::Metric::kSyncTotal, {source, result});
  meters_.ObserveSync(source, took);
}

void ServePage::NomadAnswered(bool answered) {
  bool news = false;
  {
    const std::lock_guard lock(mutex_);
    news = answered && !std::exchange(nomad_answered_, true);
  }
  if (news) Publish();
}

}  // namespace nmgr::actions
