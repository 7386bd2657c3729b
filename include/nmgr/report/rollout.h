// How a rollout looks, for people and for programs.
#pragma once

#include <map>
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
// "web: 1 of 2 healthy": one line a change of state.
class RolloutProgress : public rollout::Progress {
 public:
  // What of the jobs is told; what a person should know is told in any case.
  enum class Told {
    kAll,
    kEnds,      // how each ended: the rest is shown elsewhere
    kFailures,  // which of them failed
  };

  explicit RolloutProgress(Reporter& out, Told told = Told::kAll) : out_(out), told_(told) {}

  void Asked(const std::vector<rollout::JobFacts>& jobs, rollout::SpecNeed need) override;
  void Decided(const rollout::Plan& plan, const std::vector<rollout::JobFacts>& jobs,
               bool dry_run) override;
  void Started(const rollout::JobFacts& job, const rollout::Step& step) override;
  void Said(const rollout::JobFacts& job, const rollout::WaitNews& news) override;
  void Noticed(const rollout::JobFacts& job, std::string_view what) override;
  void Finished(const rollout::JobFacts& job, const rollout::Step& step,
                const rollout::JobResult& result) override;

 private:
  std::string RegisterLine(const rollout::JobFacts& job, const rollout::Step& step) const;
  // Not where nothing is healthy yet, as ever, nor where all is, which the end says.
  bool IsNewState(const rollout::JobFacts& job, const rollout::WaitNews& news);

  Reporter& out_;
  const Told told_;
  bool purges_ = false;
  std::map<const rollout::JobFacts*, std::size_t> healthy_;
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
// Nothing of a run that failed as a whole.
void ReportDocument(Reporter& out, const rollout::Rollout& run);
// The same, and the lines of --events (rollout_events.h).
std::vector<JsonShape> RolloutShapes();

// Parts of that document. A job and what is to be done with it; and what that came to.
JsonFields StepFields();
nlohmann::json ToJson(const rollout::JobFacts& job, const rollout::Step& step);
JsonFields ResultFields();
void AddResult(nlohmann::json& json, const rollout::JobResult& result);

}  // namespace nmgr::report
