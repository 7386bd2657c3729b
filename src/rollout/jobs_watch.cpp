#include "rollout/jobs_watch.h"

#include <algorithm>
#include <optional>
#include <set>
#include <system_error>

namespace nmgr::rollout {
namespace {

constexpr std::size_t kMostAsks = 4;  // in one second
constexpr Duration kAskSpan{1'000};
// As long as jobs keep coming, a question is short, so that it soon is asked for the new ones too.
constexpr Duration kShortAsk{250};
constexpr Duration kLongestAsk{10'000};
// One that is longer than this is given up for a new job.
constexpr Duration kWorthGivingUp{1'000};
constexpr Duration kNewFor{2'000};
constexpr Duration kIdleFor{5'000};
constexpr Duration kLate{3'000};
constexpr Duration kLookOneself{2'000};
constexpr Duration kStirEvery{3'000};
constexpr Duration kProbeTime{1'500};
constexpr Duration kPatience{5'000};
constexpr Duration kFirstRest{250};
constexpr Duration kLongestRest{2'000};
constexpr std::uint64_t kHighestUsable = std::uint64_t{1} << 62;

Duration Since(TimePoint then, TimePoint now) { return std::chrono::floor<Duration>(now - then); }

// Nomad answers up to a sixteenth late.
Duration HeldAtMost(Duration wait) { return wait + wait / 16; }

bool IsRefusal(const Error& error) {
  return error.code == ErrorCode::kNotFound || error.code == ErrorCode::kRejected ||
         error.code == ErrorCode::kForbidden;
}

}  // namespace

JobsWatch::Mark JobsWatch::Now() const {
  const std::lock_guard lock(mutex_);
  return now_;
}

JobsWatch::GroupKey JobsWatch::KeyOf(const nomad::JobRef& ref) const {
  return {ref.region, apart_ ? ref.name_space : std::string()};
}

JobsWatch::Woken JobsWatch::Await(const nomad::JobRef& ref, Mark since, Sight sight, Duration limit,
                                  const std::stop_token& stop) {
  const TimePoint begun = clock_.Now();
  const TimePoint end = DeadlineAfter(begun, limit);
  Lock lock(mutex_);
  Probe(lock, ref, stop);
  if (groups_[KeyOf(ref)].missing) return Woken::kCannot;
  Entry& entry = Join(ref);
  ++entry.waiters;
  std::optional<Woken> woken;
  while (!woken) {
    const Group& group = groups_[KeyOf(ref)];
    const TimePoint now = clock_.Now();
    const bool looks = Since(begun, now) >= kLookOneself && NobodyTells(group, entry);
    if (group.missing) {
      woken = Woken::kCannot;
    } else if (entry.moved > since || (sight == Sight::kAll && entry.stirred > since)) {
      woken = Woken::kMoved;
    } else if (now >= end || looks || stop.stop_requested()) {
      woken = Woken::kLimit;
    } else {
      const auto own = entry.sleepers.insert(entry.sleepers.end(), {end, {}});
      changed_.notify_all();
      lock.unlock();
      {
        const std::stop_callback passed_on(stop, [&own] { own->waker.request_stop(); });
        clock_.Sleep(std::min(kLookOneself, std::max(Since(now, end), Duration{1})),
                     own->waker.get_token());
      }
      lock.lock();
      entry.sleepers.erase(own);
    }
  }
  --entry.waiters;
  entry.left = clock_.Now();
  return *woken;
}

bool JobsWatch::NobodyTells(const Group& group, const Entry& entry) const {
  return group.failing || entry.absent || clock_.Now() > group.due;
}

JobsWatch::Entry& JobsWatch::Join(const nomad::JobRef& ref) {
  const auto [place, is_new] = entries_.try_emplace(ref);
  if (!is_new) return place->second;
  joined_ = clock_.Now();
  if (long_query_ && joined_ >= lingers_until_) long_query_->request_stop();
  changed_.notify_all();
  return place->second;
}

void JobsWatch::Probe(Lock& lock, const nomad::JobRef& ref, const std::stop_token& stop) {
  changed_.wait(lock, stop, [this] { return probed_ != Probed::kUnderWay; });
  if (probed_ != Probed::kNot) return;
  probed_ = Probed::kUnderWay;
  Question question{KeyOf(ref), {ref}, {}, true, clock_.Now(), {}};
  lock.unlock();
  const Answer answer = client_.AwaitJobs(
      question.jobs, {}, {question.asked + kProbeTime, stop, nomad::Patience::kWait});
  lock.lock();
  asked_.push_back(question.asked);
  if (answer || !IsRefusal(answer.error())) Join(ref);
  Learn(question, answer);
  if (answer || answer.error().code != ErrorCode::kNotFound) {
    try {
      thread_ = std::jthread([this](const std::stop_token& ended) { Run(ended); });
    } catch (const std::system_error&) {
      groups_[KeyOf(ref)].missing = true;
    }
  }
  probed_ = Probed::kDone;
  changed_.notify_all();
}

void JobsWatch::Run(const std::stop_token& stop) {
  while (true) {
    Question question;
    {
      Lock lock(mutex_);
      if (!changed_.wait(lock, stop, [this] { return HasJobs(); })) return;
      question = NextQuestion();
    }
    const std::stop_callback passed_on(stop, [&] { question.given_up.request_stop(); });
    const TimePoint end = question.asked + HeldAtMost(question.query.wait) + kPatience;
    const Answer answer =
        client_.AwaitJobs(question.jobs, question.query,
                          {end, question.given_up.get_token(), nomad::Patience::kWait});
    Duration pause{0};
    {
      const Lock lock(mutex_);
      pause = Learn(question, answer);
    }
    Rest(pause, stop);
    if (stop.stop_requested()) return;
  }
}

std::optional<TimePoint> JobsWatch::SleepsUntil(const Entry& entry) {
  std::optional<TimePoint> until;
  for (const Sleeper& sleeper : entry.sleepers) {
    if (sleeper.waker.stop_requested()) continue;
    until = std::min(until.value_or(TimePoint::max()), sleeper.until);
  }
  return until;
}

bool JobsWatch::HasJobs() {
  const TimePoint now = clock_.Now();
  std::erase_if(entries_, [&](const auto& row) {
    return row.second.waiters == 0 && row.second.asked && Since(row.second.left, now) >= kIdleFor;
  });
  return std::any_of(entries_.begin(), entries_.end(), [&](const auto& row) {
    return SleepsUntil(row.second) && !groups_[KeyOf(row.first)].missing;
  });
}

JobsWatch::Question JobsWatch::NextQuestion() {
  Question question;
  question.asked = clock_.Now();
  std::set<GroupKey> keys;
  for (const auto& [ref, entry] : entries_) keys.insert(KeyOf(ref));
  std::erase_if(keys, [this](const GroupKey& key) { return groups_[key].missing; });
  question.group = *std::min_element(
      keys.begin(), keys.end(),
      [this](const auto& a, const auto& b) { return groups_[a].asked < groups_[b].asked; });
  Group& group = groups_[question.group];
  for (const auto& [ref, entry] : entries_) {
    if (KeyOf(ref) != question.group) continue;
    question.jobs.push_back(ref);
    question.fresh = question.fresh || !entry.asked;
  }
  const Duration wait = LengthOf(group, question.asked);
  question.query = {question.fresh ? 0 : group.index, keys.size() > 1 ? kShortAsk : wait};
  const Duration held = question.query.index == 0 ? Duration{0} : question.query.wait;
  group.asked = question.asked;
  group.due = question.asked + HeldAtMost(held) + kLate;
  if (held >= kWorthGivingUp) long_query_ = question.given_up;
  asked_.push_back(question.asked);
  return question;
}

Duration JobsWatch::LengthOf(const Group& group, TimePoint now) const {
  const Duration quiet = Since(joined_, now);
  if (quiet < kNewFor || now < lingers_until_) return kShortAsk;
  Duration wait = std::min(quiet / 2, kLongestAsk);
  for (const auto& [ref, entry] : entries_) {
    if (const auto until = SleepsUntil(entry)) wait = std::min(wait, Since(now, *until));
  }
  wait = std::max(wait, kShortAsk);
  if (!group.stirred) return wait;
  return std::clamp(kStirEvery - Since(group.told, now), kShortAsk, wait);
}

// How long to pause before the next question.
Duration JobsWatch::Learn(const Question& question, const Answer& answer) {
  const TimePoint now = clock_.Now();
  Group& group = groups_[question.group];
  long_query_.reset();
  group.due = now + 2 * kLate;
  if (!answer) {
    if (question.given_up.stop_requested()) {
      lingers_until_ = question.asked + HeldAtMost(question.query.wait);
      return Duration{0};
    }
    LearnFault(question, answer.error());
    pause_ = std::clamp(pause_ * 2, kFirstRest, kLongestRest);
    return pause_;
  }
  group.failing = false;
  const bool usable = answer->has_index && answer->index <= kHighestUsable;
  const bool later = usable && group.index != 0 && answer->index > group.index;
  group.stirred = group.stirred || later;
  group.index = usable ? answer->index : 0;
  const bool moved = LearnRows(question, answer->value);
  if (group.stirred && Since(group.told, now) >= kStirEvery) TellStirred(question.group, group);
  const bool waited = question.query.index != 0 && Since(question.asked, now) >= kShortAsk / 2;
  const bool in_vain = !moved && !later && !waited && !question.fresh;
  pause_ = in_vain ? std::clamp(pause_ * 2, kFirstRest, kLongestRest) : Duration{0};
  return pause_;
}

// Whether one of them was another one than before.
bool JobsWatch::LearnRows(const Question& question, const std::vector<nomad::JobStanding>& rows) {
  bool any = false;
  for (std::size_t i = 0; i < question.jobs.size(); ++i) {
    const auto found = entries_.find(question.jobs[i]);
    if (found == entries_.end()) continue;
    Entry& entry = found->second;
    const nomad::JobStanding& row = rows[i];
    const bool differs = row ? row != entry.row : !entry.absent;
    const bool moved = !std::exchange(entry.asked, true) || differs;
    entry.absent = !row;
    if (row) entry.row = row;
    if (!moved) continue;
    any = true;
    entry.moved = ++now_;
    Wake(entry);
  }
  return any;
}

void JobsWatch::LearnFault(const Question& question, const Error& error) {
  Group& group = groups_[question.group];
  group.failing = true;
  if (!IsRefusal(error)) return;
  const nomad::JobRef& first = question.jobs.front();
  const bool several =
      std::any_of(question.jobs.begin(), question.jobs.end(),
                  [&](const auto& job) { return job.name_space != first.name_space; });
  if (error.code != ErrorCode::kNotFound) apart_ = true;
  if (error.code != ErrorCode::kNotFound && several) return;
  groups_[KeyOf(first)].missing = true;
  for (auto& [ref, entry] : entries_) {
    if (KeyOf(ref) == KeyOf(first)) Wake(entry);
  }
}

void JobsWatch::TellStirred(const GroupKey& key, Group& group) {
  group.stirred = false;
  group.told = clock_.Now();
  ++now_;
  for (auto& [ref, entry] : entries_) {
    if (KeyOf(ref) != key) continue;
    entry.stirred = now_;
    Wake(entry);
  }
}

void JobsWatch::Wake(Entry& entry) {
  for (Sleeper& sleeper : entry.sleepers) sleeper.waker.request_stop();
}

void JobsWatch::Rest(Duration pause, const std::stop_token& stop) {
  {
    const Lock lock(mutex_);
    const TimePoint now = clock_.Now();
    while (asked_.size() > kMostAsks) asked_.pop_front();
    if (asked_.size() == kMostAsks) {
      pause = std::max(pause, kAskSpan - Since(asked_.front(), now));
    }
  }
  if (pause > Duration{0}) clock_.Sleep(pause, stop);
}

}  // namespace nmgr::rollout
