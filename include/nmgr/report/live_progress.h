// The progress of a rollout on a terminal: one live line a job that is under way (live_board.h),
// drawn anew a few times a second on a screen of its own, and one line a job once it has ended.
//
// Where it cannot be drawn it is the lines of RolloutProgress. On the screen what is said is held
// back, and stands on the terminal as soon as the screen is closed: at the end of the run, when it
// is to end early, or when it goes on in the background.
#pragma once

#include <memory>
#include <stop_token>

#include "nmgr/base/clock.h"
#include "nmgr/report/rollout.h"

namespace nmgr::report {

class LiveProgress final : public RolloutProgress {
 public:
  LiveProgress(Reporter& out, Clock& clock, std::stop_token stop);
  // Closes the screen. To be called before the result is told.
  ~LiveProgress() override;

  void Decided(const rollout::Plan& plan, const std::vector<rollout::JobFacts>& jobs,
               bool dry_run) override;
  void Started(const rollout::JobFacts& job, const rollout::Step& step) override;
  void Said(const rollout::JobFacts& job, const rollout::WaitNews& news) override;
  void Noticed(const rollout::JobFacts& job, std::string_view what) override;
  void Finished(const rollout::JobFacts& job, const rollout::Step& step,
                const rollout::JobResult& result) override;

 private:
  class Drawer;

  Reporter& out_;
  Clock& clock_;
  std::unique_ptr<Drawer> drawer_;
};

}  // namespace nmgr::report
