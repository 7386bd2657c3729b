#include "nmgr/serve/notify.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "nmgr/base/log.h"
#include "nmgr/net/http_transport.h"
#include "serve/channel_address.h"

namespace nmgr::serve {
namespace {

constexpr std::size_t kLargestReply = 64U << 10U;
constexpr Duration kConnectLimit{5'000};
constexpr Duration kLongestPause{60'000};
constexpr std::array<Duration, Notifier::kTries - 1> kPauses = {Duration{1'000}, Duration{5'000}};
constexpr std::size_t kMostRemembered = 4096;

Expected<std::unique_ptr<net::HttpTransport>> Connect(const net::Address& address,
                                                      const NotifyOptions& options) {
  net::Endpoint endpoint;
  endpoint.address = address;
  endpoint.connect_timeout = kConnectLimit;
  if (options.environment) {
    TRY_ASSIGN(endpoint.proxy, net::ProxyFor(address, options.environment));
  }
  return std::make_unique<net::HttpTransport>(std::move(endpoint), 1);
}

News Redacted(News news, const Redactor* redactor) {
  if (redactor == nullptr) return news;
  for (std::string* const text : {&news.reason, &news.hint, &news.subject}) {
    *text = redactor->HideAll(*text);
  }
  return news;
}

template <class T>
bool IsWanted(const std::vector<T>& wanted, const T& value) {
  return wanted.empty() || std::find(wanted.begin(), wanted.end(), value) != wanted.end();
}

}  // namespace

// One channel: its queue and its thread.
class Notifier::Line {
 public:
  Line(Channel channel, ChannelAddress address, std::unique_ptr<net::HttpTransport> transport,
       Clock& clock, const NotifyOptions& options)
      : channel_(std::move(channel)),
        address_(std::move(address)),
        transport_(std::move(transport)),
        clock_(clock),
        options_(options),
        thread_([this](const std::stop_token& stop) { Run(stop); }) {}

  void Tell(const News& news) {
    if (!IsWanted(channel_.topics, news.topic) || !IsWanted(channel_.sources, news.source)) return;
    const std::scoped_lock lock(mutex_);
    if (queue_.size() == kQueue) {
      queue_.pop_front();
      ++counts_.dropped;
      options_.on_result("dropped");
    }
    queue_.push_back(news);
    changed_.notify_all();
  }

  bool Drain(TimePoint::duration limit) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, limit, [this] { return queue_.empty() && !busy_; });
  }

  void AskToStop() { thread_.request_stop(); }

  NotifyCounts counts() const {
    const std::scoped_lock lock(mutex_);
    return counts_;
  }

 private:
  void Run(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (changed_.wait(lock, stop, [this] { return !queue_.empty(); }) &&
           !stop.stop_requested()) {
      const News news = std::move(queue_.front());
      queue_.pop_front();
      busy_ = true;
      lock.unlock();
      const bool sent = Deliver(news, stop);
      lock.lock();
      ++(sent ? counts_.sent : counts_.failed);
      options_.on_result(sent ? "sent" : "failed");
      busy_ = false;
      changed_.notify_all();
    }
  }

  bool Deliver(const News& news, const std::stop_token& stop) {
    auto letter = LetterFor(channel_, news, options_.instance);
    if (!letter) return false;
    for (int attempt = 0; attempt < kTries && !stop.stop_requested(); ++attempt) {
      if (attempt > 0) {
        clock_.Sleep(std::clamp(retry_after_, kPauses[attempt - 1], kLongestPause), stop);
      }
      std::string reason;
      bool again = false;
      if (Post(*letter, stop, reason, again)) {
        told_.clear();
        return true;
      }
      if (reason != std::exchange(told_, reason)) {
        LogMessage(LogLevel::kWarning,
                   fmt::format("notification \"{}\" to {} ({}): {}", TopicName(news.topic),
                               channel_.name, address_.shown, reason));
      }
      if (!again) break;
    }
    return false;
  }

  // Whether it was taken; else why not, and whether the same may be taken later.
  bool Post(const Letter& letter, const std::stop_token& stop, std::string& reason, bool& again) {
    net::HttpRequest request;
    request.method = net::Method::kPost;
    request.target = letter.target;
    request.headers = letter.headers;
    request.body = letter.body;
    request.changes_state = true;
    request.largest_answer = kLargestReply;
    request.time_limit = options_.try_limit;
    request.stop = stop;
    const auto answer = transport_->Send(request);
    retry_after_ = Duration{0};
    again = true;
    if (!answer) {
      reason = answer.error().reason;
      return false;
    }
    constexpr int kTooMany = 429;
    constexpr int kTimedOut = 408;
    constexpr int kServerFault = 500;
    if (answer->status >= 200 && answer->status < 300) return true;
    reason = fmt::format("it answered {}", answer->status);
    retry_after_ = answer->retry_after;
    again =
        answer->status >= kServerFault || answer->status == kTooMany || answer->status == kTimedOut;
    return false;
  }

  const Channel channel_;
  const ChannelAddress address_;
  const std::unique_ptr<net::HttpTransport> transport_;
  Clock& clock_;
  const NotifyOptions& options_;
  Duration retry_after_{0};
  std::string told_;  // why the last try failed, which the log has; "": it was taken
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<News> queue_;
  bool busy_ = false;
  NotifyCounts counts_;
  std::jthread thread_;  // the last: it uses all of the above
};

struct Notifier::State {
  State(Clock& the_clock, NotifyOptions the_options)
      : clock(the_clock), options(std::move(the_options)) {}

  // Whether these news were told within the hour; they are remembered then.
  bool IsRepeated(const News& news) {
    const TimePoint now = clock.Now();
    std::erase_if(told, [now](const auto& entry) { return now - entry.second >= kOnce; });
    if (told.size() >= kMostRemembered) told.clear();
    return !told.emplace(news.Key(), now).second;
  }

  Clock& clock;
  const NotifyOptions options;
  std::mutex mutex;
  std::map<std::string, TimePoint> told;
  std::uint64_t repeated = 0;
  std::vector<std::unique_ptr<Line>> lines;
};

Notifier::Notifier() = default;

Notifier::~Notifier() {
  for (const auto& line : state_->lines) line->AskToStop();
}

Expected<std::unique_ptr<Notifier>> Notifier::Make(std::vector<Channel> channels, Clock& clock,
                                                   NotifyOptions options) {
  std::unique_ptr<Notifier> notifier(new Notifier());
  notifier->state_ = std::make_unique<State>(clock, std::move(options));
  State& state = *notifier->state_;
  for (Channel& channel : channels) {
    TRY_ASSIGN(ChannelAddress address, ReadChannelAddress(channel));
    TRY_ASSIGN(auto transport, Connect(address.address, state.options));
    state.lines.push_back(std::make_unique<Line>(std::move(channel), std::move(address),
                                                 std::move(transport), clock, state.options));
  }
  return notifier;
}

void Notifier::Tell(const News& news) {
  const std::scoped_lock lock(state_->mutex);
  if (state_->IsRepeated(news)) {
    ++state_->repeated;
    state_->options.on_result("repeated");
    return;
  }
  const News redacted = Redacted(news, state_->options.redactor);
  for (const auto& line : state_->lines) line->Tell(redacted);
}

bool Notifier::Drain(Duration limit) {
  const TimePoint deadline = DeadlineAfter(RealClock().Now(), limit);
  for (const auto& line : state_->lines) {
    if (!line->Drain(deadline - RealClock().Now())) return false;
  }
  return true;
}

NotifyCounts Notifier::counts() const {
  NotifyCounts all;
  {
    const std::scoped_lock lock(state_->mutex);
    all.repeated = state_->repeated;
  }
  for (const auto& line : state_->lines) {
    const NotifyCounts one = line->counts();
    all.sent += one.sent;
    all.failed += one.failed;
    all.dropped += one.dropped;
  }
  return all;
}

}  // namespace nmgr::serve
