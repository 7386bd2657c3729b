#include "nmgr/sync/lease.h"

#include <algorithm>
#include <set>
#include <utility>

#include "nmgr/base/chance.h"
#include "nmgr/base/text.h"

namespace nmgr::sync {
namespace {

constexpr Duration kRetryRenewal{1'000};
constexpr Duration kFirstBackoff{1'000};
constexpr Duration kReleaseTime{2'000};
constexpr Duration kLongestNap{1'000};
constexpr std::size_t kLongestWord = 200;

Duration Part(Duration whole, double part) {
  return Duration(static_cast<Duration::rep>(static_cast<double>(whole.count()) * part));
}

std::string WordIn(const nomad::VariableItems& items, const char* key) {
  const auto found = items.find(key);
  if (found == items.end()) return {};
  std::string word = EscapeControls(found->second);
  if (word.size() > kLongestWord) word.resize(kLongestWord);
  while (!IsValidUtf8(word)) word.pop_back();
  return word;
}

// Whom a lease that was given back is meant for.
constexpr const char* kReleasedFor = "released_for";

LeaseCall CallIn(const nomad::VariableItems& items, const std::string& self) {
  if (HolderIn(items)) return LeaseCall::kHeld;
  const std::string meant = WordIn(items, kReleasedFor);
  if (meant.empty()) return LeaseCall::kAnybody;
  return meant == self ? LeaseCall::kThisCopy : LeaseCall::kAnother;
}

LeaseAnswer AnswerOf(const Error& error) {
  const bool taken = error.code == ErrorCode::kConflict || error.code == ErrorCode::kNotFound;
  return taken ? LeaseAnswer::kTaken : LeaseAnswer::kFailed;
}

}  // namespace

LeaseAction LeaseMachine::Next(BootTime now, bool over_share) {
  if (stopping_) {
    if (id_.empty()) phase_ = Phase::kEnded;
    if (phase_ == Phase::kEnded) return {LeaseStep::kEnd};
  }
  if ((stopping_ || giving_) && !id_.empty()) {
    return {LeaseStep::kRelease, now + kReleaseTime, 0, std::exchange(id_, {})};
  }
  switch (phase_) {
    case Phase::kPausing:
      if (now < until_) return {LeaseStep::kWait, until_};
      phase_ = then_;
      return Next(now, over_share);
    case Phase::kLooking:
      return {LeaseStep::kRead};
    case Phase::kTrying:
      if (!over_share || !std::exchange(yields_, false)) return {LeaseStep::kAcquire};
      PauseFor(terms_.ttl, Phase::kLooking, now);
      return {LeaseStep::kWait, until_};
    case Phase::kWatching:
      return {LeaseStep::kRead, {}, index_};
    case Phase::kYielding:
      if (now < yields_until_) return {LeaseStep::kRead, yields_until_, index_};
      phase_ = Phase::kTrying;
      return Next(now, over_share);
    case Phase::kHolding:
      if (now >= until_) {
        return {LeaseStep::kRenew, Leads(now) ? deadline_ : now + terms_.renew_every, 0, id_};
      }
      return {LeaseStep::kWait, Leads(now) ? std::min(until_, deadline_) : until_};
    case Phase::kEnded:
      break;
  }
  return {LeaseStep::kEnd};
}

void LeaseMachine::PauseFor(Duration pause, Phase then, BootTime now) {
  phase_ = Phase::kPausing;
  then_ = then;
  until_ = now + pause;
}

void LeaseMachine::BackOff(Phase then, BootTime now) {
  Duration pause = kFirstBackoff;
  for (int i = 0; i < failures_ && pause < terms_.longest_backoff; ++i) pause *= 2;
  ++failures_;
  PauseFor(Part(std::min(pause, terms_.longest_backoff), 0.5 + chance_() / 2), then, now);
}

bool LeaseMachine::GiveUp() {
  if (id_.empty()) return false;
  giving_ = true;
  deadline_ = {};
  return true;
}

void LeaseMachine::Released() {
  giving_ = false;
  phase_ = stopping_ ? Phase::kEnded : Phase::kLooking;
}

void LeaseMachine::Lose(BootTime now) {
  id_.clear();
  giving_ = false;
  deadline_ = {};
  yields_ = true;
  PauseFor(Part(terms_.jitter, chance_()), Phase::kLooking, now);
}

void LeaseMachine::Read(LeaseAnswer answer, std::uint64_t index, BootTime now, LeaseCall call) {
  if (answer != LeaseAnswer::kDone) return BackOff(phase_, now);
  failures_ = 0;
  const Phase before = phase_;
  const bool watched = before == Phase::kWatching || before == Phase::kYielding;
  if (watched && index == index_) return;
  index_ = index;
  const bool is_open = call == LeaseCall::kHeld || call == LeaseCall::kAnybody;
  yields_ = yields_ && !watched && is_open;
  phase_ = Phase::kTrying;
  if (call == LeaseCall::kAnother) {
    phase_ = Phase::kYielding;
    yields_until_ = now + terms_.ttl;
  } else if (before == Phase::kYielding && call == LeaseCall::kHeld && now < yields_until_) {
    phase_ = Phase::kWatching;  // it was taken, too lately to have run out
  } else if (watched && call != LeaseCall::kThisCopy) {
    PauseFor(Part(terms_.jitter, chance_()), Phase::kLooking, now);
  }
}

void LeaseMachine::Acquired(LeaseAnswer answer, BootTime sent, const std::string& id,
                            BootTime now) {
  if (answer == LeaseAnswer::kFailed) return BackOff(Phase::kLooking, now);
  failures_ = 0;
  phase_ = Phase::kWatching;
  if (answer == LeaseAnswer::kTaken) return;
  phase_ = Phase::kHolding;
  id_ = id;
  until_ = sent + terms_.renew_every;
  if (!stopping_ && !giving_) deadline_ = sent + terms_.ttl;
}

void LeaseMachine::Renewed(LeaseAnswer answer, BootTime sent, BootTime now) {
  if (answer == LeaseAnswer::kTaken) return Lose(now);
  if (answer == LeaseAnswer::kFailed) {
    until_ = now + (Leads(now) ? kRetryRenewal : terms_.renew_every);
    return;
  }
  until_ = sent + terms_.renew_every;
  if (!stopping_ && !giving_) deadline_ = sent + terms_.ttl;
}

nomad::VariableItems ItemsOf(const LeaseHolder& holder) {
  return {{"holder", holder.holder},
          {"address", holder.address},
          {"version", holder.version},
          {"since", holder.since}};
}

std::optional<LeaseHolder> HolderIn(const nomad::VariableItems& items) {
  LeaseHolder holder{WordIn(items, "holder"), WordIn(items, "address"), WordIn(items, "version"),
                     WordIn(items, "since")};
  if (holder.holder.empty()) return std::nullopt;
  return holder;
}

void LeaseShares::Note(const std::string& source, std::string holder, bool own) {
  const std::lock_guard lock(mutex_);
  Entry& entry = holders_[source];
  if (holder.empty() && entry.given) return;
  entry = {std::move(holder), own};
}

void LeaseShares::SetSources(std::size_t sources) {
  const std::lock_guard lock(mutex_);
  sources_ = sources;
}

void LeaseShares::Drop(const std::string& source) {
  const std::lock_guard lock(mutex_);
  holders_.erase(source);
}

std::size_t LeaseShares::OwnLocked() const {
  return static_cast<std::size_t>(
      std::count_if(holders_.begin(), holders_.end(), [](const auto& e) { return e.second.own; }));
}

std::size_t LeaseShares::Own() const {
  const std::lock_guard lock(mutex_);
  return OwnLocked();
}

bool LeaseShares::OverShare() const {
  const std::lock_guard lock(mutex_);
  std::set<std::string> others;
  for (const auto& [source, entry] : holders_) {
    if (!entry.own && !entry.holder.empty()) others.insert(entry.holder);
  }
  const std::size_t copies = others.size() + 1;
  return OwnLocked() > (sources_ + copies - 1) / copies;
}

std::vector<std::string> LeaseShares::Wanted(const std::function<double()>& chance) const {
  const std::lock_guard lock(mutex_);
  const std::size_t own = OwnLocked();
  std::size_t known = own;
  std::map<std::string, std::vector<std::string>> led;  // by the others, of each the sources
  for (const auto& [source, entry] : holders_) {
    if (entry.own || entry.holder.empty()) continue;
    led[entry.holder].push_back(source);
    ++known;
  }
  std::vector<std::string> wanted;
  if (known < sources_ || led.empty()) return wanted;
  const std::size_t share = (sources_ + led.size()) / (led.size() + 1);
  while (own + wanted.size() < share) {
    auto& most = std::max_element(led.begin(), led.end(), [](const auto& a, const auto& b) {
                   return a.second.size() < b.second.size();
                 })->second;
    if (most.size() < own + wanted.size() + 2) break;
    const auto which = static_cast<std::size_t>(chance() * static_cast<double>(most.size()));
    const auto taken = most.begin() + static_cast<std::ptrdiff_t>(std::min(which, most.size() - 1));
    wanted.push_back(*taken);
    most.erase(taken);
  }
  return wanted;
}

bool LeaseShares::Give(const std::string& source, const std::string& holder) {
  const std::lock_guard lock(mutex_);
  const auto found = holders_.find(source);
  if (found == holders_.end() || !found->second.own) return false;
  const auto theirs = static_cast<std::size_t>(std::count_if(
      holders_.begin(), holders_.end(),
      [&](const auto& entry) { return !entry.second.own && entry.second.holder == holder; }));
  if (OwnLocked() < theirs + 2) return false;
  found->second = {holder, false, true};
  return true;
}

Lease::Lease(nomad::VariableClient& client, LeaseOptions options, LeaseShares& shares,
             LeaseListener listener, Clock& clock, BootClock& boot)
    : client_(client),
      options_(std::move(options)),
      shares_(shares),
      listener_(std::move(listener)),
      clock_(clock),
      boot_(boot),
      machine_(options_.terms, Chance) {
  reign_.request_stop();
  thread_ = std::jthread([this](const std::stop_token& stop) { Run(stop); });
}

Lease::~Lease() { Stop(); }

void Lease::Stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

bool Lease::BeginStop() {
  thread_.request_stop();
  return ended_;
}

bool Lease::GiveUp(const std::string& holder) {
  const std::lock_guard lock(mutex_);
  if (!machine_.GiveUp()) return false;
  given_to_ = holder;
  return true;
}

bool Lease::Leads() const {
  const std::lock_guard lock(mutex_);
  return machine_.Leads(boot_.Now());
}

bool Lease::MayWrite() const {
  const std::lock_guard lock(mutex_);
  return machine_.MayWrite(boot_.Now());
}

std::stop_token Lease::Reign() const {
  const std::lock_guard lock(mutex_);
  return reign_.get_token();
}

std::optional<LeaseHolder> Lease::Holder() const {
  const std::lock_guard lock(mutex_);
  return holder_;
}

std::string Lease::TakenFrom() const {
  const std::lock_guard lock(mutex_);
  return taken_from_;
}

void Lease::Run(const std::stop_token& stop) {
  while (true) {
    LeaseAction action;
    {
      const std::lock_guard lock(mutex_);
      if (stop.stop_requested()) machine_.Stop();
      action = machine_.Next(boot_.Now(), shares_.OverShare());
    }
    Settle(stop.stop_requested() ? "stopped" : "no renewal was granted in time");
    if (action.step == LeaseStep::kEnd) {
      ended_ = true;
      return;
    }
    Carry(action, stop);
  }
}

void Lease::Carry(const LeaseAction& action, const std::stop_token& stop) {
  switch (action.step) {
    case LeaseStep::kRead:
      return DoRead(action, stop);
    case LeaseStep::kAcquire:
      return DoAcquire();
    case LeaseStep::kRenew:
      return DoRenew(action, stop);
    case LeaseStep::kRelease:
      return DoRelease(action);
    case LeaseStep::kWait:
      // In short naps, since the clock that they are measured by stands still with the machine.
      clock_.Sleep(std::clamp(std::chrono::ceil<Duration>(action.until - boot_.Now()), Duration(0),
                              kLongestNap),
                   stop);
      return;
    case LeaseStep::kEnd:
      return;
  }
}

nomad::Call Lease::CallUntil(BootTime until, const std::stop_token& stop) const {
  const Duration left = std::max(Duration(0), std::chrono::floor<Duration>(until - boot_.Now()));
  return {DeadlineAfter(clock_.Now(), left), stop, nomad::Patience::kBrief};
}

void Lease::DoRead(const LeaseAction& action, const std::stop_token& stop) {
  nomad::BlockingQuery query{action.index, options_.terms.longest_query};
  if (action.until != BootTime{}) {
    const auto left = std::chrono::ceil<Duration>(action.until - boot_.Now());
    query.wait = std::clamp(left, Duration(1), query.wait);
  }
  // Nomad answers a query up to a sixteenth of its wait late.
  const Duration limit = query.wait + query.wait / 16 + options_.terms.write_margin;
  const auto read =
      client_.ReadVariable(options_.variable, query, CallUntil(boot_.Now() + limit, stop));
  const bool told = read && read->has_index;
  {
    const std::lock_guard lock(mutex_);
    if (read) holder_ = read->value ? HolderIn(read->value->items) : std::nullopt;
    if (holder_ && holder_->holder != options_.self.holder) last_other_ = holder_->holder;
    const LeaseCall called = read && read->value ? CallIn(read->value->items, options_.self.holder)
                                                 : LeaseCall::kAnybody;
    machine_.Read(told ? LeaseAnswer::kDone : LeaseAnswer::kFailed, told ? read->index : 0,
                  boot_.Now(), called);
  }
  if (!read) return Trouble(read.error());
  const std::optional<LeaseHolder> holder = Holder();
  shares_.Note(options_.source, holder ? holder->holder : "", false);
  if (!holder || holder->holder == options_.self.holder) return;
  if (std::exchange(told_trouble_, "").empty()) return;
  listener_(options_.source, LeaseChange::kWell, "");
}

// Without the stop token: half an attempt would lock the source for everybody until it ran out.
void Lease::DoAcquire() {
  LeaseHolder self = options_.self;
  self.since = UtcText(clock_.Wall());
  const nomad::LockTerms terms{options_.terms.ttl, options_.terms.delay};
  const BootTime sent = boot_.Now();
  const auto id = client_.AcquireLock(options_.variable, ItemsOf(self), terms,
                                      CallUntil(sent + options_.terms.write_margin, {}));
  {
    const std::lock_guard lock(mutex_);
    machine_.Acquired(id ? LeaseAnswer::kDone : AnswerOf(id.error()), sent, id.value_or(""),
                      boot_.Now());
    if (id) {
      holder_ = self;
      taken_from_ = std::exchange(last_other_, "");
      given_to_.clear();
    }
  }
  if (id) {
    Settle("");
  } else if (AnswerOf(id.error()) == LeaseAnswer::kFailed) {
    Trouble(id.error());
  }
}

void Lease::DoRenew(const LeaseAction& action, const std::stop_token& stop) {
  const BootTime sent = boot_.Now();
  const auto renewed =
      client_.RenewLock(options_.variable, action.id, CallUntil(action.until, stop));
  {
    const std::lock_guard lock(mutex_);
    machine_.Renewed(renewed ? LeaseAnswer::kDone : AnswerOf(renewed.error()), sent, boot_.Now());
  }
  Settle(renewed ? "" : renewed.error().message);
  if (!renewed && AnswerOf(renewed.error()) == LeaseAnswer::kFailed) Trouble(renewed.error());
}

// What stands there afterwards names nobody.
void Lease::DoRelease(const LeaseAction& action) {
  const nomad::Call call = CallUntil(action.until, {});
  nomad::LockTerms terms{options_.terms.ttl, options_.terms.delay};
  terms.own_id = action.id;
  nomad::VariableItems items = {{"holder", ""},
                                {"released_by", options_.self.holder},
                                {"released_at", UtcText(clock_.Wall())}};
  {
    const std::lock_guard lock(mutex_);
    const std::string to = std::exchange(given_to_, "");
    if (!to.empty()) items.emplace(kReleasedFor, to);
  }
  static_cast<void>(client_.AcquireLock(options_.variable, items, terms, call));
  const auto released = client_.ReleaseLock(options_.variable, action.id, call);
  {
    const std::lock_guard lock(mutex_);
    machine_.Released();
    holder_.reset();
  }
  if (released) {
    listener_(options_.source, LeaseChange::kReleased, "");
  } else {
    Trouble(released.error());
  }
}

void Lease::Settle(const std::string& why) {
  bool leads = false;
  {
    const std::lock_guard lock(mutex_);
    leads = machine_.Leads(boot_.Now());
    if (leads == told_leading_) return;
    told_leading_ = leads;
    told_trouble_.clear();
    if (leads) {
      reign_ = std::stop_source();
    } else {
      reign_.request_stop();
    }
  }
  shares_.Note(options_.source, leads ? options_.self.holder : "", leads);
  listener_(options_.source, leads ? LeaseChange::kAcquired : LeaseChange::kLost, why);
}

void Lease::Trouble(const Error& error) {
  if (error.code == ErrorCode::kInterrupted || error.message == told_trouble_) return;
  told_trouble_ = error.message;
  listener_(options_.source, LeaseChange::kTrouble,
            error.hint.empty() ? error.message : error.message + "; " + error.hint);
}

}  // namespace nmgr::sync
