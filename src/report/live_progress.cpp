#include "nmgr/report/live_progress.h"

#include <algorithm>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "live_board.h"
#include "nmgr/base/interruption.h"
#include "nmgr/base/terminal.h"
#include "nmgr/base/wakeup.h"
#include "rollout_words.h"

namespace nmgr::report {
namespace {

// What is over before that is not worth a screen.
constexpr Duration kUnseen{400};
constexpr Duration kFrame{250};

}  // namespace

// The thread that draws. The board is the only thing it shares.
class LiveProgress::Drawer {
 public:
  Drawer(Reporter& out, Clock& clock, std::stop_token stop)
      : out_(out), clock_(clock), stop_(std::move(stop)) {}

  ~Drawer() {
    if (!thread_.joinable()) return;
    thread_.request_stop();
    wakeup_.Wake();
  }

  // `change` under the lock; the first one starts the clock.
  template <class Change>
  void With(Change change) {
    const std::lock_guard lock(mutex_);
    change(board_);
  }

  void Run() {
    if (thread_.joinable()) return;
    thread_ = std::jthread([this](const std::stop_token& ended) { Draw(ended); });
  }

 private:
  void Draw(const std::stop_token& ended) {
    const std::stop_callback on_stop(stop_, [this] { wakeup_.Wake(); });
    if (wakeup_.Wait(-1, kUnseen) || !IsWanted(ended)) return;
    std::unique_ptr<Screen> screen = out_.OpenProgressScreen();
    if (screen == nullptr) return;
    DrawOn(*screen, ended);
    screen.reset();
    if (stop_.stop_requested()) out_.Notice(kEndingWords);
  }

  void DrawOn(Screen& screen, const std::stop_token& ended) {
    const ResizeSignal resized;
    std::vector<std::string> shown;
    bool anew = true;
    while (IsWanted(ended) && screen.IsOpen()) {
      std::vector<std::string> lines;
      With([&](const LiveBoard& board) {
        lines = board.Lines(clock_.Now(), screen.columns(), ErrPainter(out_));
      });
      if (anew || lines != shown) screen.Show(lines);
      shown = std::move(lines);
      wakeup_.Wait(resized.descriptor(), kFrame);
      anew = CanRead(resized.descriptor());
      resized.Drain();
    }
  }

  bool IsWanted(const std::stop_token& ended) const {
    return !ended.stop_requested() && !stop_.stop_requested();
  }

  Reporter& out_;
  Clock& clock_;
  const std::stop_token stop_;
  Wakeup wakeup_;
  std::mutex mutex_;
  LiveBoard board_;
  std::jthread thread_;
};

LiveProgress::LiveProgress(Reporter& out, Clock& clock, std::stop_token stop)
    : RolloutProgress(out, out.CanShowProgress() ? Told::kEnds : Told::kAll),
      out_(out),
      clock_(clock) {
  if (out.CanShowProgress()) drawer_ = std::make_unique<Drawer>(out, clock, std::move(stop));
}

LiveProgress::~LiveProgress() = default;

void LiveProgress::Decided(const rollout::Plan& plan, const std::vector<rollout::JobFacts>& jobs,
                           bool dry_run) {
  RolloutProgress::Decided(plan, jobs, dry_run);
  if (!drawer_) return;
  const auto steps = static_cast<std::size_t>(
      std::count_if(plan.steps.begin(), plan.steps.end(), [](const rollout::Step& step) {
        return rollout::IsWrite(step.move) || rollout::IsAwait(step.move);
      }));
  drawer_->With([&](LiveBoard& board) { board.Begin(steps, clock_.Now()); });
}

void LiveProgress::Started(const rollout::JobFacts& job, const rollout::Step& step) {
  RolloutProgress::Started(job, step);
  if (!drawer_) return;
  drawer_->With([&](LiveBoard& board) {
    board.Started(job.name, std::string(PhaseWord(job, step)), out_.Hide(WhyWords(job, step)),
                  clock_.Now());
  });
  drawer_->Run();
}

void LiveProgress::Said(const rollout::JobFacts& job, const rollout::WaitNews& news) {
  RolloutProgress::Said(job, news);
  if (!drawer_) return;
  rollout::WaitNews shown = news;
  shown.text = out_.Hide(news.text);
  drawer_->With([&](LiveBoard& board) { board.Said(job.name, shown); });
}

void LiveProgress::Noticed(const rollout::JobFacts& job, std::string_view what) {
  RolloutProgress::Noticed(job, what);
  if (!drawer_) return;
  drawer_->With([&](LiveBoard& board) { board.Noticed(job.name, out_.Hide(what)); });
}

void LiveProgress::Finished(const rollout::JobFacts& job, const rollout::Step& step,
                            const rollout::JobResult& result) {
  RolloutProgress::Finished(job, step, result);
  if (!drawer_) return;
  drawer_->With([&](LiveBoard& board) { board.Finished(job.name, IsFailure(result.outcome)); });
}

}  // namespace nmgr::report
