// How a rollout looks, for people and for programs.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>
#include <vector>

#include "nmgr/report/reporter.h"
#include "nmgr/report/shape.h"
#include "nmgr/rollout/rollout.h"

namespace nmgr::report {

// The diagnostics of specs that cannot be used and the names of duplicates, as errors; warnings of
// the others.
void ReportSpecs(Reporter& out, const std::vector<rollout::JobFacts>& facts,
                 rollout::SpecNeed need);

// Tells a person what goes on: what is wrong with the specs, what cannot go on, in a dry run one
// "[DRY RUN] would ..." line a job that a run would touch; then "+ web  new", "~ db  count 3 -> 1",
// "web: 1 of 2 healthy".
class RolloutProgress : public rollout::Progress {
 public:
  explicit RolloutProgress(Reporter& out) : out_(out) {}

  void Asked(const std::vector<rollout::JobFacts>& jobs, rollout::SpecNeed need) override;
  void Decided(const rollout::Plan& plan, const std::vector<rollout::JobFacts>& jobs,
               bool dry_run) override;
  void Started(const rollout::JobFacts& job, const rollout::Step& step) override;
  void Said(const rollout::JobFacts& job, std::string_view what) override;
  void Noticed(const rollout::JobFacts& job, std::string_view what) override;
  void Finished(const rollout::JobFacts& job, const rollout::Step& step,
                const rollout::JobResult& result) override;

 private:
  Reporter& out_;
  bool purges_ = false;
};

// "nginx 1.26 -> 1.27 and 1 other change: args": what of a registered job is not as its spec says:
// `images`, and what its plan would change beside them. "" for nothing.
std::string DifferenceWords(const rollout::JobFacts& job,
                            const std::vector<rollout::ImageChange>& images);

// What the progress has not told of a run that has ended: its failures; or one line a job that was
// touched, the totals, and last a line a job that failed or was left alone. In a dry run only the
// totals, as a notice.
void ReportEnd(Reporter& out, const rollout::Rollout& run);

const JsonShape& RolloutShape();
nlohmann::json ToJson(const rollout::Rollout& run);

}  // namespace nmgr::report
