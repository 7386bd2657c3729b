#include "nmgr/sync/request_writer.h"

#include <algorithm>
#include <utility>

namespace nmgr::sync {
namespace {

constexpr Duration kBetweenWrites{1'000};
constexpr Duration kLongestRetry{30'000};
constexpr Duration kWriteTime{10'000};

}  // namespace

RequestWriter::RequestWriter(nomad::VariableClient& client, Place place, Trouble trouble)
    : client_(client), place_(std::move(place)), trouble_(std::move(trouble)) {
  thread_ = std::jthread([this](const std::stop_token& stop) { Run(stop); });
}

RequestWriter::~RequestWriter() = default;

void RequestWriter::Request(const std::string& source, Trigger trigger) {
  const std::lock_guard lock(mutex_);
  Waiting& waiting = waiting_[source];
  trigger.force = trigger.force || (waiting.trigger && waiting.trigger->force);
  waiting.trigger = std::move(trigger);
  waiting.told = false;
  changed_.notify_all();
}

void RequestWriter::RequestImage(const std::string& source, const TriggerKey& key,
                                 Trigger trigger) {
  const std::lock_guard lock(mutex_);
  Waiting& waiting = waiting_[source];
  if (waiting.images.size() >= kMostImages) return;
  if (!waiting.images.emplace(key, std::move(trigger)).second) return;
  waiting.told = false;
  changed_.notify_all();
}

void RequestWriter::Run(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    const TimePoint now = RealClock().Now();
    TimePoint next = TimePoint::max();
    auto due = waiting_.end();
    for (auto at = waiting_.begin(); at != waiting_.end(); ++at) {
      if (!at->second.Waits()) continue;
      if (at->second.not_before <= now) due = at;
      next = std::min(next, at->second.not_before);
    }
    if (due != waiting_.end()) {
      const std::string source = due->first;
      Waiting asked;
      asked.trigger = std::exchange(due->second.trigger, std::nullopt);
      asked.images = std::exchange(due->second.images, {});
      lock.unlock();
      Write(source, asked, stop);
      lock.lock();
    } else if (next == TimePoint::max()) {
      changed_.wait(lock, stop, [this] {
        return std::any_of(waiting_.begin(), waiting_.end(),
                           [](const auto& entry) { return entry.second.Waits(); });
      });
    } else {
      changed_.wait_until(lock, stop, next, [] { return false; });
    }
  }
}

void RequestWriter::Write(const std::string& source, const Waiting& asked,
                          const std::stop_token& stop) {
  const nomad::Call call{DeadlineAfter(RealClock().Now(), kWriteTime), stop};
  const auto change = [&asked](Control& control) -> Expected<void> {
    if (asked.trigger) RequestSync(control, *asked.trigger);
    for (const auto& [key, trigger] : asked.images) sync::RequestImage(control, key, trigger);
    return {};
  };
  const auto written = ChangeControl(client_, place_(source), change, call);
  bool tell = false;
  {
    const std::lock_guard lock(mutex_);
    Waiting& waiting = waiting_[source];
    waiting.pause = written ? kBetweenWrites : std::min(waiting.pause * 2, kLongestRetry);
    waiting.not_before = RealClock().Now() + waiting.pause;
    if (!written) {
      tell = !stop.stop_requested() && !std::exchange(waiting.told, true);
      if (!waiting.trigger) waiting.trigger = asked.trigger;
      waiting.images.insert(asked.images.begin(), asked.images.end());
    }
  }
  if (tell) trouble_(source, written.error());
}

}  // namespace nmgr::sync
