#include "rollout/recall.h"

#include <algorithm>
#include <map>
#include <utility>

#include "nmgr/base/parallel.h"
#include "nmgr/rollout/descendants.h"
#include "nmgr/rollout/images.h"
#include "nmgr/rollout/reasons.h"
#include "rollout/listed.h"

namespace nmgr::rollout {
namespace {

std::vector<std::string> GroupNamesOf(const jobspec::JobSpec& spec) {
  std::vector<std::string> names;
  if (spec.job() == nullptr) return names;
  for (const jobspec::EvaluatedBlock& block : spec.job()->body.blocks) {
    if ((block.type == "group" || block.type == "task") && !block.labels.empty()) {
      names.push_back(block.labels.front());
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

// The job behind the row, as its document was when it was compared.
nomad::Job JobOf(const nomad::JobSummary& row, const Candidate& candidate) {
  nomad::Job job = JobOfRow(row);
  job.version = candidate.job->version;
  for (std::size_t i = 0; i < candidate.groups.size(); ++i) {
    job.groups.push_back({candidate.groups[i], candidate.job->counts[i]});
  }
  for (const jobspec::Image& image : candidate.facts->spec->images) {
    job.tasks.push_back({image.group, image.task, image.image, image.kind});
  }
  return job;
}

nomad::JobPlan NoDifference(const nomad::Job& job) {
  nomad::JobPlan plan;
  plan.diff_type = "None";
  plan.job_modify_index = job.job_modify_index;
  plan.remembered = true;
  return plan;
}

// Whatever else than this would have to be looked at closer anyway, and what a plan says of
// placements matters where something is to be placed.
bool RunsAsItShould(const nomad::Job& job, const JobEvidence& evidence) {
  const Verdict verdict = evidence.Judge(&job, nullptr);
  const bool runs = verdict.state == JobState::kRunning || verdict.state == JobState::kFinished;
  if (!runs || verdict.unproven) return false;
  return std::none_of(evidence.allocations.begin(), evidence.allocations.end(),
                      [&](const nomad::Allocation& it) {
                        return it.desired_status == "run" && !it.IsTerminal() &&
                               (it.is_to_move || it.job_version != job.version);
                      });
}

// Of a job that is stopped or absent reconcile wants to know no more than that.
bool ListIsEnough(const Questions& questions) {
  return questions.plan == PlanNeed::kNewImages || questions.plan == PlanNeed::kRegistered;
}

void TakeUnchanged(const nomad::JobSummary& row, const Candidate& candidate,
                   const Questions& questions, const std::vector<nomad::JobSummary>& list,
                   Evidence& evidence) {
  JobFacts& facts = *candidate.facts;
  nomad::Job job = JobOf(row, candidate);
  if (!RunsAsItShould(job, evidence.Of(job.ref))) return;
  if (questions.children && (job.periodic || job.parameterized)) {
    facts.children = RunningLaunches(facts.ref, list);
  }
  if (candidate.planned) facts.plan = NoDifference(job);
  facts.evidence = evidence.Take(job.ref);
  facts.live = std::move(job);
  facts.remembered = true;
}

bool ImagesAreEqual(const JobFacts& facts) {
  return CompareImages(facts.spec->images, *facts.live).empty();
}

}  // namespace

bool CanRecall(const Questions& questions) {
  return questions.may_recall && questions.states && !questions.listed &&
         questions.plan != PlanNeed::kNone && questions.plan != PlanNeed::kStartAnew;
}

std::string RememberedText(const Questions& questions, const jobspec::JobSpec& spec) {
  return (questions.reset_counts ? "counts of the spec\n" : "\n") + spec.flat_hcl;
}

void NoteAnswers(const Questions& questions, const JobFacts& facts, PlanMemory& memory) {
  if (!CanRecall(questions) || !facts.Satisfies(SpecNeed::kWhole)) return;
  const bool known = !facts.error && !facts.plan_error && facts.live && !facts.live->stop;
  const bool images = known && ImagesAreEqual(facts);
  const std::string text = RememberedText(questions, *facts.spec);
  if (!facts.plan) {
    if (images) memory.Remember(Sameness::kImages, facts.ref, text, *facts.live);
    return;
  }
  const nomad::JobPlan& plan = *facts.plan;
  const bool same = images && !PlanDiffers(plan) && plan.warnings.empty() &&
                    plan.job_modify_index == facts.live->job_modify_index &&
                    (plan.failed_placements.empty() || RunsOnEveryNode(facts.live->type));
  if (same) {
    memory.Remember(Sameness::kPlan, facts.ref, text, *facts.live);
  } else {
    memory.Forget(Sameness::kPlan, facts.ref);
  }
}

std::optional<Candidate> Recall(const Questions& questions, JobFacts& facts,
                                const PlanMemory& memory) {
  if (facts.ref.id.empty() || !facts.Satisfies(SpecNeed::kWhole)) return std::nullopt;
  const std::string text = RememberedText(questions, *facts.spec);
  std::optional<RememberedJob> job = memory.Recall(Sameness::kPlan, facts.ref, text);
  const bool planned = job.has_value();
  if (!job && questions.plan == PlanNeed::kNewImages) {
    job = memory.Recall(Sameness::kImages, facts.ref, text);
  }
  std::vector<std::string> groups = GroupNamesOf(*facts.spec);
  if (job && job->counts.size() != groups.size()) job.reset();
  if (!job && !ListIsEnough(questions)) return std::nullopt;
  return Candidate{&facts, std::move(job), planned, std::move(groups)};
}

std::optional<Evidence> TakeRemembered(const nomad::JobRef& place,
                                       std::vector<Candidate>& candidates,
                                       const Questions& questions, nomad::JobClient& client,
                                       Namespaces& namespaces, const nomad::Call& call) {
  Expected<Evidence> evidence = Evidence();
  Expected<nomad::Indexed<std::vector<nomad::JobSummary>>> list = Error{};
  ParallelFor(2, 2, [&](std::size_t which) {
    if (which == 0) {
      list = client.ListJobs(place.name_space, place.region, "", call);
    } else {
      evidence = Evidence::Ask(place, client, call);
    }
  });
  if (!evidence) return std::nullopt;
  if (!list) return *std::move(evidence);
  std::map<std::string_view, const nomad::JobSummary*> rows;
  for (const nomad::JobSummary& row : list->value) rows.emplace(row.ref.id, &row);
  for (Candidate& candidate : candidates) {
    JobFacts& facts = *candidate.facts;
    const auto row = rows.find(facts.ref.id);
    if (row == rows.end()) {
      facts.remembered =
          ListIsEnough(questions) && namespaces.CheckAbsent(facts.ref, call).has_value();
    } else if (row->second->stop) {
      facts.remembered = ListIsEnough(questions);
      if (facts.remembered) facts.live = JobOfRow(*row->second);
    } else if (candidate.job && candidate.job->IsStill(*row->second)) {
      TakeUnchanged(*row->second, candidate, questions, list->value, *evidence);
    }
  }
  return *std::move(evidence);
}

}  // namespace nmgr::rollout
