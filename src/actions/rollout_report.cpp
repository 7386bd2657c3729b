#include "actions/rollout_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "nmgr/base/text.h"
#include "nmgr/report/summary.h"
#include "nmgr/rollout/reasons.h"

namespace nmgr::actions {
namespace {

using report::Style;
using rollout::Intent;
using rollout::JobFacts;
using rollout::JobResult;
using rollout::Move;
using rollout::Outcome;
using rollout::Plan;
using rollout::Step;
using rollout::Verb;

std::string_view MoveName(Move move) {
  switch (move) {
    case Move::kRegister:
      return "register";
    case Move::kStop:
      return "stop";
    case Move::kPurge:
      return "purge";
    case Move::kAwait:
      return "await";
    case Move::kNothing:
      return "nothing";
    case Move::kSkip:
      return "skip";
    case Move::kFail:
      return "fail";
    case Move::kBroken:
      return "broken";
  }
  return "";
}

std::string Phrase(const Intent& intent, Move move) {
  if (move == Move::kStop && intent.purge) return "stop and purge";
  if (move == Move::kAwait) return "wait for";
  return std::string(MoveName(move));
}

// Of the move that a step makes; nothing else comes to pass in a wave.
Style StyleOf(Outcome outcome) {
  switch (outcome) {
    case Outcome::kDone:
      return Style::kGreen;
    case Outcome::kSubmitted:
      return Style::kPlain;
    case Outcome::kUntouched:
      return Style::kDim;
    case Outcome::kUnconfirmed:
    case Outcome::kNotStarted:
      return Style::kYellow;
    case Outcome::kFailed:
    case Outcome::kRefused:
    case Outcome::kTimedOut:
    case Outcome::kNeedsPromotion:
      return Style::kRed;
  }
  return Style::kPlain;
}

std::string OutcomePhrase(const JobResult& result) {
  switch (result.outcome) {
    case Outcome::kFailed:
      return (result.took < Duration{100} ? "failed: "
                                          : "failed after " + FormatDuration(result.took) + ": ") +
             result.summary;
    case Outcome::kRefused:
      return "refused: " + result.summary;
    default:
      return result.summary;
  }
}

// Not where the phrase has it already, or it says nothing.
std::string Took(const JobResult& result) {
  if (result.outcome != Outcome::kDone || result.took < Duration{100}) return {};
  return fmt::format(" ({:.1f}s)", std::chrono::duration<double>(result.took).count());
}

void SumUp(report::Summary& summary, const JobFacts& job, const Step& step,
           const JobResult& result) {
  const std::string& id = job.ref.id;
  if (step.move == Move::kBroken) {
    summary.Touched(id, "left alone: " + step.reason, Style::kRed);
  } else if (step.move == Move::kSkip) {
    summary.Touched(id, "skipped, an infra job: " + step.reason, Style::kYellow);
  } else if (result.outcome == Outcome::kUntouched) {
    summary.Untouched(step.reason);
  } else if (result.outcome == Outcome::kNotStarted) {
    summary.Untouched("not started: " + result.summary);
  } else {
    summary.Touched(id, OutcomePhrase(result) + Took(result), StyleOf(result.outcome));
  }
}

nlohmann::json ImagesJson(const std::vector<rollout::ImageChange>& changes) {
  nlohmann::json list = nlohmann::json::array();
  for (const rollout::ImageChange& change : changes) {
    list.push_back({{"group", change.group},
                    {"task", change.task},
                    {"live", change.live},
                    {"spec", change.spec}});
  }
  return list;
}

nlohmann::json JobJson(const JobFacts& job, const Step& step) {
  nlohmann::json json = {{"id", job.ref.id},         {"namespace", job.ref.name_space},
                         {"region", job.ref.region}, {"path", job.path},
                         {"infra", job.infra},       {"move", MoveName(step.move)},
                         {"reason", step.reason}};
  const bool asked = !job.error && step.move != Move::kBroken;
  json["state"] = asked ? nlohmann::json(JobStateName(job.State())) : nlohmann::json();
  if (!step.images.empty()) json["images"] = ImagesJson(step.images);
  if (!step.details.empty()) json["details"] = step.details;
  if (!step.hint.empty()) json["hint"] = step.hint;
  if (!step.notice.empty()) json["notice"] = step.notice;
  return json;
}

void AddResult(nlohmann::json& json, const JobResult& result) {
  json["outcome"] = OutcomeName(result.outcome);
  if (result.outcome == Outcome::kUntouched) return;
  json["summary"] = result.summary;
  json["wrote"] = result.wrote;
  json["purged"] = result.purged;
  json["seconds"] = std::chrono::duration<double>(result.took).count();
  if (!result.details.empty()) json["details"] = result.details;
  if (!result.evaluation_id.empty()) json["evaluation_id"] = result.evaluation_id;
  if (!result.deployment_id.empty()) json["deployment_id"] = result.deployment_id;
}

}  // namespace

std::string WithDetails(std::string text, const std::vector<std::string>& details) {
  for (const std::string& detail : details) text += "\n" + detail;
  return text;
}

void RolloutProgress::Started(const JobFacts& job, const Step& step) {
  if (step.move == Move::kAwait) {
    out_.Progress(fmt::format("{}: {}", job.ref.id, step.reason));
    return;
  }
  out_.Progress(fmt::format("{}: {} ({})", job.ref.id, Phrase(intent_, step.move), step.reason));
}

void RolloutProgress::Said(const JobFacts& job, std::string_view what) {
  out_.Progress(fmt::format("{}: {}", job.ref.id, what));
}

void RolloutProgress::Noticed(const JobFacts& job, std::string_view what) {
  out_.Notice(fmt::format("{}: {}", job.ref.id, what));
}

void RolloutProgress::Finished(const JobFacts& job, const Step&, const JobResult& result) {
  const bool bad =
      StyleOf(result.outcome) == Style::kRed || result.outcome == Outcome::kUnconfirmed;
  if (!bad) {
    out_.Progress(fmt::format("{}: {}{}", job.ref.id, OutcomePhrase(result), Took(result)));
    return;
  }
  const ErrorCode code = result.error ? result.error->code : ErrorCode::kRejected;
  out_.Error({code, WithDetails(job.ref.id + ": " + OutcomePhrase(result), result.details),
              result.error ? result.error->hint : ""});
}

void ReportDryRun(report::Reporter& out, const Plan& plan, const std::vector<JobFacts>& facts) {
  for (const rollout::Wave& wave : plan.waves) {
    for (const std::size_t i : wave.steps) {
      const Step& step = plan.steps[i];
      if (step.move == Move::kFail) continue;
      out.Line(fmt::format("[DRY RUN] would {} {}: {}", Phrase(plan.intent, step.move),
                           facts[i].ref.id, step.reason));
      if (step.move != Move::kRegister || !facts[i].plan) continue;
      for (const std::string& line :
           rollout::DescribePlacements(facts[i].plan->failed_placements)) {
        out.Notice(facts[i].ref.id + ": " + line);
      }
    }
  }
}

void ReportSummary(report::Reporter& out, const Plan& plan, const std::vector<JobFacts>& facts,
                   const std::vector<JobResult>& results, bool dry_run) {
  report::Summary summary;
  for (std::size_t i = 0; i < facts.size(); ++i) {
    const Step& step = plan.steps[i];
    if (!dry_run) {
      SumUp(summary, facts[i], step, results[i]);
    } else if (step.move == Move::kNothing) {
      summary.Untouched(step.reason);
    }
  }
  for (const std::string& line : summary.Lines(report::OutPainter(out))) {
    dry_run ? out.Notice(line) : out.Line(line);
  }
}

nlohmann::json RolloutJson(std::string_view name, bool dry_run, const Plan& plan,
                           const std::vector<JobFacts>& facts,
                           const std::vector<JobResult>& results, ExitCode code) {
  nlohmann::json jobs = nlohmann::json::array();
  for (std::size_t i = 0; i < facts.size(); ++i) {
    nlohmann::json job = JobJson(facts[i], plan.steps[i]);
    if (!dry_run) AddResult(job, results[i]);
    jobs.push_back(std::move(job));
  }
  return {{"action", name},
          {"dry_run", dry_run},
          {"jobs", std::move(jobs)},
          {"exit_code", static_cast<int>(code)}};
}

}  // namespace nmgr::actions
