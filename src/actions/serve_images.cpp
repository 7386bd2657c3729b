#include "actions/serve_images.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "actions/serve_state.h"
#include "nmgr/base/chance.h"
#include "nmgr/base/log.h"
#include "nmgr/base/text.h"
#include "nmgr/registry/tags.h"
#include "nmgr/sync/follow.h"
#include "nmgr/sync/schedule.h"

namespace nmgr::actions {
namespace {

constexpr Duration kStoreLimit{10'000};
constexpr Duration kLastLimit{500};  // of what is kept at the end
constexpr Duration kStorePause{10'000};
constexpr std::size_t kMostCandidates = 3;
constexpr std::size_t kMostKnownTags = 20'000;

std::string RepositoryOf(const registry::Reference& reference) {
  return reference.host + "/" + reference.repository;
}

registry::Reference WithTag(registry::Reference reference, const std::string& tag) {
  reference.tag = tag;
  reference.digest.clear();
  return reference;
}

// What is told of an image begins with its name, once.
std::string WithoutName(const registry::Reference& reference, const std::string& message) {
  for (const std::string& name : {reference.Name(), RepositoryOf(reference)}) {
    if (message.starts_with(name + ": ")) return message.substr(name.size() + 2);
  }
  return message;
}

nomad::VariableRef ImagesVariable(const Env& env) {
  return StateVariable(env, sync::StateKind::kImages, "");
}

}  // namespace

ServeImages::ServeImages(Env& env, Options options)
    : env_(env),
      options_(std::move(options)),
      store_(options_.alone ? nullptr : &env.variables, ImagesVariable(env)),
      thread_([this](const std::stop_token& stop) { Run(stop); }) {}

ServeImages::~ServeImages() { Stop(); }

void ServeImages::Stop() {
  thread_.request_stop();
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

nomad::Call ServeImages::CallNow() const {
  return {DeadlineAfter(env_.clock.Now(), kStoreLimit), thread_.get_stop_token(),
          nomad::Patience::kBrief};
}

void ServeImages::Watch(const sync::Source& source, std::vector<Wish> wishes) {
  const std::lock_guard lock(mutex_);
  Source& own = sources_[source.name];
  own.interval = source.image_interval;
  own.wishes = std::move(wishes);
  Rearrange();
  changed_.notify_all();
}

void ServeImages::Leave(const std::string& source) {
  const std::lock_guard lock(mutex_);
  if (sources_.erase(source) == 0) return;
  Rearrange();
}

// Of what is watched already the turn stays.
void ServeImages::Rearrange() {
  std::map<std::string, Turn> digests;
  std::map<std::string, TagTurn> tags;
  const auto add = [](auto& turns, auto& old, const std::string& name, Turn turn) {
    const auto [place, is_new] = turns.try_emplace(name);
    auto& kept = place->second;
    if (is_new) {
      if (const auto known = old.find(name); known != old.end()) kept = known->second;
      kept.interval = turn.interval;
    }
    kept.reference = std::move(turn.reference);
    kept.interval = std::min(kept.interval, turn.interval);
  };
  for (const auto& [name, source] : sources_) {
    for (const Wish& wish : source.wishes) {
      const auto& reference = wish.use.reference;
      if (!reference || reference->tag.empty()) continue;
      const bool watched = reference->digest.empty() && wish.use.on_push != sync::OnPush::kOff;
      if (watched) {
        const auto now = WithTag(*reference, wish.version.empty() ? reference->tag : wish.version);
        add(digests, digests_, now.Name(), {now, source.interval, {}});
      }
      if (wish.version.empty()) continue;
      add(tags, tags_, RepositoryOf(*reference), {*reference, source.interval, {}});
    }
  }
  digests_ = std::move(digests);
  tags_ = std::move(tags);
  DelaySeen();
  AskCandidates();
  ShowDrift();
}

bool ServeImages::Pushed(const webhook::Receiver& receiver, const webhook::Image& image) {
  bool any = false;
  const std::lock_guard lock(mutex_);
  for (auto& [name, turn] : digests_) {
    const registry::Reference& one = turn.reference;
    if (!webhook::Concerns(receiver, image, one.host, one.repository, one.tag)) continue;
    turn.due = {};
    turn.pushed = true;
    turn.announced = image.proved ? image.digest : "";
    turn.again = 0;
    any = true;
  }
  for (auto& [name, turn] : tags_) {
    const registry::Reference& one = turn.reference;
    if (!webhook::Concerns(receiver, image, one.host, one.repository, image.tag)) continue;
    if (!registry::ParseReference(WithTag(one, image.tag).Name())) continue;
    if (turn.known.size() < kMostKnownTags) {
      turn.known.insert(image.tag);
      turn.named.insert(image.tag);
    }
    any = true;
  }
  if (!any) return false;
  AskCandidates();
  changed_.notify_all();
  return true;
}

bool ServeImages::Pushed(const std::string& host, const std::string& name) {
  const std::size_t colon = name.rfind(':');
  if (colon == std::string::npos) return false;
  webhook::Image image;
  if (host != kAnyHost) image.host = host;
  image.repository = name.substr(0, colon);
  image.tag = name.substr(colon + 1);
  return Pushed(webhook::Receiver(), image);
}

// Those that may be followed and that nobody has looked at yet.
void ServeImages::AskCandidates() {
  std::map<std::string, Turn> candidates;
  for (const auto& [name, source] : sources_) {
    for (const Wish& wish : source.wishes) {
      if (wish.version.empty() || !wish.use.reference) continue;
      const auto turn = tags_.find(RepositoryOf(*wish.use.reference));
      const auto pattern = sync::TagPattern::Parse(wish.use.follow);
      if (turn == tags_.end() || !pattern) continue;
      std::vector<std::string> newer =
          registry::NewerTags(wish.version, {turn->second.known.begin(), turn->second.known.end()});
      std::erase_if(newer, [&](const std::string& tag) { return !pattern->Fits(tag); });
      if (newer.size() > kMostCandidates) newer.resize(kMostCandidates);
      for (const std::string& tag : newer) {
        const auto reference = WithTag(*wish.use.reference, tag);
        const std::string image = reference.Name();
        if (Find(image)) continue;
        const auto known = candidates_.find(image);
        candidates[image] =
            known == candidates_.end() ? Turn{reference, source.interval, {}} : known->second;
      }
    }
  }
  candidates_ = std::move(candidates);
}

std::optional<sync::ImageRecord> ServeImages::Find(const std::string& name) const {
  const auto found = records_.find(name);
  return found == records_.end() ? std::nullopt : std::optional(found->second);
}

void ServeImages::Put(const std::string& name, const sync::ImageRecord& record) {
  records_[name] = record;
  touched_.insert(name);
}

std::optional<sync::ImageRecord> ServeImages::Seen(const sync::ImageUse& use) const {
  if (!use.reference || use.reference->tag.empty()) return std::nullopt;
  const std::lock_guard lock(mutex_);
  return Find(use.reference->Name());
}

std::vector<std::string> ServeImages::Tags(const sync::ImageUse& use) const {
  std::vector<std::string> tags;
  if (!use.reference) return tags;
  const WallTime now = env_.clock.Wall();
  const std::lock_guard lock(mutex_);
  const auto turn = tags_.find(RepositoryOf(*use.reference));
  if (turn == tags_.end()) return tags;
  for (const std::string& tag : turn->second.known) {
    const auto record = Find(WithTag(*use.reference, tag).Name());
    if (record && now >= record->first_seen + use.min_age) tags.push_back(tag);
  }
  return tags;
}

void ServeImages::Started(const std::string& source, const sync::ImageUse& use,
                          const std::string& digest) {
  const std::string name = use.reference->Name();
  const std::lock_guard lock(mutex_);
  sources_[source].current.insert(name + " " + digest);
  for (const auto& [other, known] : sources_) {
    const bool names = std::any_of(known.wishes.begin(), known.wishes.end(), [&](const Wish& wish) {
      return wish.use.reference && wish.use.reference->Name() == name;
    });
    if (names && !known.current.contains(name + " " + digest)) return;
  }
  auto record = Find(name);
  if (!record || record->digest != digest || record->baseline == digest) return;
  record->baseline = digest;
  Put(use.reference->Name(), *record);
  ShowDrift();
  changed_.notify_all();
}

void ServeImages::Failed(const sync::ImageUse& use, const std::string& digest) {
  const std::lock_guard lock(mutex_);
  auto record = Find(use.reference->Name());
  if (!record || record->digest != digest) return;
  record->bad = digest;
  Put(use.reference->Name(), *record);
  changed_.notify_all();
}

// What may still be read is not made up: nothing is asked as long as Nomad does not answer.
void ServeImages::LoadStore() {
  const std::stop_token stop = thread_.get_stop_token();
  while (!stop.stop_requested()) {
    const sync::SaveReport report = store_.Load(CallNow());
    {
      const std::lock_guard lock(mutex_);
      for (const std::string& trouble : report.troubles) Tell("trouble", trouble);
      if (!report.error) break;
      Tell("store", "what was seen of images is not known: " + report.error->message);
    }
    HandOn();
    if (report.error->code == ErrorCode::kForbidden) break;
    std::unique_lock lock(mutex_);
    changed_.wait_until(lock, stop, DeadlineAfter(env_.clock.Now(), kStorePause),
                        [] { return false; });
  }
  const std::lock_guard lock(mutex_);
  records_ = store_.images();
  DelaySeen();
}

// What another run has asked a moment ago has its turn later.
void ServeImages::DelaySeen() {
  const WallTime wall = env_.clock.Wall();
  for (auto& [name, turn] : digests_) {
    const auto record = Find(name);
    if (!record || turn.pushed || turn.due != TimePoint{}) continue;
    const auto left = std::chrono::duration_cast<Duration>(record->seen - wall) +
                      registry::NextTurn(turn.interval, Chance());
    if (left > Duration(0) && left < turn.interval * 2) {
      turn.due = DeadlineAfter(env_.clock.Now(), left);
    }
  }
}

void ServeImages::Run(const std::stop_token& stop) {
  {
    std::unique_lock lock(mutex_);
    if (!changed_.wait(lock, stop, [this] { return !digests_.empty() || !tags_.empty(); })) return;
  }
  LoadStore();
  while (!stop.stop_requested()) {
    std::vector<Due> due;
    {
      const std::lock_guard lock(mutex_);
      due = TakeDue(env_.clock.Now());
    }
    if (!due.empty()) {
      Ask(due, stop);
      HandOn();
      continue;
    }
    Save();
    {
      const std::lock_guard lock(mutex_);
      WakeRipe();
    }
    HandOn();
    std::unique_lock lock(mutex_);
    const TimePoint next = NextDue();
    changed_.wait_until(lock, stop, next, [&] { return NextDue() < next; });
  }
  Save();
  HandOn();
}

void ServeImages::HandOn() {
  std::set<std::string> woken;
  std::vector<std::string> said;
  {
    const std::lock_guard lock(mutex_);
    woken = std::exchange(woken_, {});
    said = std::exchange(said_, {});
  }
  for (const std::string& text : said) options_.warn(text);
  for (const std::string& source : woken) options_.wake(source);
}

void ServeImages::Ask(const std::vector<Due>& due, const std::stop_token& stop) {
  std::vector<registry::Question> questions;
  for (const Due& one : due) questions.push_back(one.question);
  registry::SurveyOptions how;
  how.secrets = env_.secrets;
  how.stop = stop;
  how.heard = [this](const registry::Heard& heard) {
    options_.meters->Add(serve::Metric::kRegistryRequests,
                         {heard.host, heard.status == 0 ? "none" : std::to_string(heard.status)});
    const std::lock_guard lock(mutex_);
    pace_.Note(heard, env_.clock.Now());
  };
  const auto answers = registry::Survey(questions, env_.settings.registries, env_.files, how);
  if (!stop.stop_requested()) Take(due, answers);
}

std::vector<ServeImages::Due> ServeImages::TakeDue(TimePoint now) {
  std::vector<Due> due;
  const auto take = [&](const std::string& name, Turn& turn, bool digest) {
    if (turn.due > now || pace_.NotBefore(turn.reference.host) > now) return;
    turn.due = DeadlineAfter(now, registry::NextTurn(turn.interval, Chance()));
    due.push_back({{turn.reference, digest, !digest}, name});
  };
  for (auto& [name, turn] : digests_) take(name, turn, true);
  for (auto& [name, turn] : candidates_) take(name, turn, true);
  for (auto& [name, turn] : tags_) take(name, turn, false);
  return due;
}

TimePoint ServeImages::NextDue() const {
  TimePoint next = touched_.empty() ? TimePoint::max() : keep_at_;
  const auto look = [&](const auto& turns) {
    for (const auto& [name, turn] : turns) {
      next = std::min(next, std::max(turn.due, pace_.NotBefore(turn.reference.host)));
    }
  };
  look(digests_);
  look(candidates_);
  look(tags_);
  const WallTime now = env_.clock.Wall();
  const WallTime ripe = RipeAt(now);
  if (ripe == WallTime::max()) return next;
  const auto left = std::chrono::ceil<Duration>(ripe - now);
  return std::min(next, DeadlineAfter(env_.clock.Now(), std::max(left, Duration(0))));
}

void ServeImages::Take(const std::vector<Due>& due, const std::vector<registry::Answer>& answers) {
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < due.size(); ++i) {
    const registry::Reference& reference = due[i].question.reference;
    const std::string& name = due[i].name;
    if (const auto& digest = answers[i].digest) {
      const bool again = AskAgain(name, *digest);
      if (*digest) {
        told_.erase(name);
        TakeDigest(reference, **digest);
      } else if (!again) {
        Tell(name, name + ": " + WithoutName(reference, digest->error().message));
      }
    }
    if (const auto& tags = answers[i].tags) {
      if (*tags) {
        told_.erase(name);
        TakeTags(name, (*tags)->tags);
      } else {
        Tell(name,
             name + ": its tags are not known: " + WithoutName(reference, tags->error().message));
      }
    }
  }
  AskCandidates();
  ShowDrift();
}

bool ServeImages::AskAgain(const std::string& name, const Expected<std::string>& digest) {
  const auto ask = [&](Turn& turn, bool seen) {
    const auto pause = sync::PauseForAnnounced(turn.again);
    if (seen || !pause) {
      turn.pushed = false;
      return false;
    }
    ++turn.again;
    turn.due = DeadlineAfter(env_.clock.Now(), *pause);
    return true;
  };
  const auto candidate = candidates_.find(name);
  if (candidate != candidates_.end()) return ask(candidate->second, digest.has_value());
  const auto known = digests_.find(name);
  if (known == digests_.end() || !known->second.pushed) return false;
  const std::string& announced = known->second.announced;
  const auto record = Find(name);
  const bool is_news = digest && (!record || record->digest != *digest);
  return ask(known->second, announced.empty() ? is_news : digest && *digest == announced);
}

void ServeImages::TakeDigest(const registry::Reference& reference, const std::string& digest) {
  const std::string name = reference.Name();
  const auto before = Find(name);
  const sync::ImageRecord after = sync::AfterLook(before, digest, env_.clock.Wall());
  Put(name, after);
  const bool is_news = !before || before->digest != after.digest;
  if (is_news || sync::HasMoved(after)) WakeUsers(RepositoryOf(reference));
}

void ServeImages::TakeTags(const std::string& repository, const std::vector<std::string>& tags) {
  const auto turn = tags_.find(repository);
  if (turn == tags_.end()) return;
  // A list may be older than a push that came meanwhile.
  std::set<std::string>& known = turn->second.known;
  known = std::exchange(turn->second.named, {});
  if (tags.size() <= kMostKnownTags) known.insert(tags.begin(), tags.end());
  WakeUsers(repository);
}

void ServeImages::WakeUsers(const std::string& repository) {
  for (const auto& [name, source] : sources_) {
    const bool uses =
        std::any_of(source.wishes.begin(), source.wishes.end(), [&](const Wish& wish) {
          return wish.use.reference && RepositoryOf(*wish.use.reference) == repository;
        });
    if (uses) woken_.insert(name);
  }
}

WallTime ServeImages::RipeAt(WallTime now) const {
  WallTime next = WallTime::max();
  for (const auto& [name, source] : sources_) {
    for (const Wish& wish : source.wishes) {
      if (wish.use.min_age == Duration(0) || !wish.use.reference) continue;
      const std::string start = RepositoryOf(*wish.use.reference) + ":";
      for (auto one = records_.lower_bound(start); one != records_.end(); ++one) {
        if (!one->first.starts_with(start)) break;
        if (source.ripe.contains(one->first + " " + one->second.digest)) continue;
        next = std::min(next, std::max(now, one->second.first_seen + wish.use.min_age));
      }
    }
  }
  return next;
}

// What was too young and is no more.
void ServeImages::WakeRipe() {
  const WallTime now = env_.clock.Wall();
  for (auto& [name, source] : sources_) {
    bool ripe = false;
    for (const Wish& wish : source.wishes) {
      if (wish.use.min_age == Duration(0) || !wish.use.reference) continue;
      const std::string start = RepositoryOf(*wish.use.reference) + ":";
      for (auto one = records_.lower_bound(start); one != records_.end(); ++one) {
        if (!one->first.starts_with(start)) break;
        if (now < one->second.first_seen + wish.use.min_age) continue;
        ripe = source.ripe.insert(one->first + " " + one->second.digest).second || ripe;
      }
    }
    if (ripe) woken_.insert(name);
  }
}

void ServeImages::ShowDrift() {
  std::set<std::string> shown;
  for (const auto& [name, turn] : digests_) {
    const auto record = Find(name);
    if (!record) continue;
    options_.meters->Set(serve::Metric::kImageDrift, {name}, sync::HasMoved(*record) ? 1 : 0);
    shown.insert(name);
  }
  for (const std::string& name : drift_shown_) {
    if (!shown.contains(name)) options_.meters->Remove(serve::Metric::kImageDrift, {name});
  }
  drift_shown_ = std::move(shown);
}

// The same once, until it is well again.
void ServeImages::Tell(const std::string& what, const std::string& text) {
  std::string& last = told_[what];
  if (last == text) return;
  last = text;
  said_.push_back(text);
}

void ServeImages::Save() {
  std::vector<std::pair<std::string, sync::ImageRecord>> touched;
  {
    const std::lock_guard lock(mutex_);
    if (env_.clock.Now() < keep_at_) return;
    for (const std::string& name : touched_) touched.emplace_back(name, records_[name]);
    touched_.clear();
  }
  if (touched.empty()) return;
  for (const auto& [name, record] : touched) store_.Put(name, record);
  if (env_.settings.dry_run || !store_.dirty()) return;
  const bool ends = thread_.get_stop_token().stop_requested();
  const nomad::Call call{DeadlineAfter(env_.clock.Now(), ends ? kLastLimit : kStoreLimit),
                         {},
                         nomad::Patience::kBrief};
  const sync::SaveReport report = store_.Save(call);
  const std::lock_guard lock(mutex_);
  for (const std::string& trouble : report.troubles) Tell("trouble", trouble);
  if (!report.error) {
    told_.erase("store");
    if (report.merged) records_.insert(store_.images().begin(), store_.images().end());
    return;
  }
  Tell("store", "what was seen of images is not kept: " + report.error->message);
  for (const auto& [name, record] : touched) touched_.insert(name);
  keep_at_ = DeadlineAfter(env_.clock.Now(), kStorePause);
}

}  // namespace nmgr::actions
