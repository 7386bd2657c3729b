#include "nmgr/report/rollout.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "nmgr/base/text.h"
#include "nmgr/repo/target.h"
#include "nmgr/report/change_words.h"
#include "nmgr/report/faults.h"
#include "nmgr/report/rollout_events.h"
#include "nmgr/report/summary.h"
#include "nmgr/rollout/reasons.h"
#include "rollout_words.h"

namespace nmgr::report {
namespace {

using rollout::Intent;
using rollout::JobFacts;
using rollout::JobResult;
using rollout::Move;
using rollout::Outcome;
using rollout::Plan;
using rollout::Rollout;
using rollout::Step;

// Of the move that a step makes; nothing else comes to pass in a wave.
Style OutcomeStyle(Outcome outcome) {
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

// The end of a run: one line for each job that was touched, the totals, and last, where the eye
// falls, what failed.
class Totals {
 public:
  void Did(const std::string& what) { Add(done_, what); }
  void Left(const std::string& what) { Add(left_, what); }
  void Failed(const std::string& id) { failed_.push_back(id); }
  void Skipped(const std::string& id) { skipped_.push_back(id); }
  void Invalid(const std::string& id) { invalid_.push_back(id); }

  // "Would update 4 of 10; 4 up to date, 1 infra job skipped (caddy), 1 invalid (vaultwarden)";
  // where nothing happens "10 jobs up to date".
  std::string Line(std::string_view would, std::size_t jobs) const {
    std::string line;
    if (!done_.empty()) {
      line = std::string(would) + Join(Parts(done_), ", ") + " of " + std::to_string(jobs);
      if (would.empty()) line = Capital(std::move(line));
    }
    if (!failed_.empty()) line += (line.empty() ? "" : ", ") + Named(failed_, "failed");
    std::vector<std::string> rest;
    for (const auto& [what, count] : left_) {
      rest.push_back((line.empty() ? Count(count, "job") : std::to_string(count)) + " " + what);
    }
    if (!skipped_.empty()) {
      rest.push_back(
          Named(skipped_, skipped_.size() == 1 ? "infra job skipped" : "infra jobs skipped"));
    }
    if (!invalid_.empty()) rest.push_back(Named(invalid_, "invalid"));
    if (!line.empty() && !rest.empty()) line += "; ";
    return line + Join(rest, ", ");
  }

 private:
  using Counts = std::vector<std::pair<std::string, std::size_t>>;

  static void Add(Counts& counts, const std::string& what) {
    const auto found = std::find_if(counts.begin(), counts.end(),
                                    [&](const auto& entry) { return entry.first == what; });
    if (found == counts.end()) {
      counts.emplace_back(what, 1);
    } else {
      ++found->second;
    }
  }

  static std::vector<std::string> Parts(const Counts& counts) {
    std::vector<std::string> parts;
    for (const auto& [what, count] : counts) parts.push_back(what + " " + std::to_string(count));
    return parts;
  }

  static std::string Named(const std::vector<std::string>& ids, std::string_view what) {
    return fmt::format("{} {} ({})", ids.size(), what, ShortList(ids));
  }

  static std::string Capital(std::string line) {
    if (line.front() >= 'a' && line.front() <= 'z') line.front() -= 'a' - 'A';
    return line;
  }

  Counts done_;
  Counts left_;
  std::vector<std::string> failed_;
  std::vector<std::string> skipped_;
  std::vector<std::string> invalid_;
};

std::string WithDetails(std::string text, const std::vector<std::string>& details) {
  for (const std::string& detail : details) text += "\n" + detail;
  return text;
}

void ReportUnusable(Reporter& out, const JobFacts& facts) {
  if (!facts.duplicates.empty()) {
    out.Error({ErrorCode::kInvalid, DuplicatesText(facts.name, facts.path, facts.duplicates),
               "name one of them by its path"});
  }
}

// What `down` and `restart` do not need is only worth a warning.
void ReportUnneeded(Reporter& out, const JobFacts& facts) {
  for (const hcl::Diagnostic& diagnostic : facts.diagnostics.items()) {
    if (diagnostic.severity != hcl::Severity::kError) continue;
    out.Warning(fmt::format("{}: its spec does not evaluate, which this does not need: {}",
                            facts.name, hcl::ToLine(diagnostic)));
    return;
  }
}

// Jobs that cannot go on are named before anything is changed.
void ReportFailedSteps(Reporter& out, const Plan& plan, const std::vector<JobFacts>& facts,
                       bool dry_run) {
  std::vector<JobError> errors;
  for (std::size_t i = 0; i < facts.size(); ++i) {
    const Step& step = plan.steps[i];
    if (step.fails) {
      errors.push_back(
          {facts[i].name,
           {ErrorCode::kRejected, WithDetails(facts[i].name + ": " + step.notice, step.details),
            step.hint}});
    } else if (step.move == Move::kFail) {
      errors.push_back(
          {facts[i].name,
           {facts[i].error ? facts[i].error->code : ErrorCode::kRejected,
            WithDetails(facts[i].name + ": " + step.reason, step.details), step.hint}});
    } else if (step.move == Move::kBroken && !step.hint.empty()) {
      out.Notice(fmt::format("{}: left alone, its namespace is not known for sure ({})",
                             facts[i].name, step.hint));
    } else if (step.move == Move::kSkip) {
      out.Notice(fmt::format("{}: an infra job, skipped: {} ({})", facts[i].name,
                             WhyWords(facts[i], step), step.hint));
    } else if (!step.notice.empty()) {
      out.Notice(WithDetails(fmt::format("{}: {} ({})", facts[i].name, step.notice, step.hint),
                             step.details));
    } else if (dry_run) {
      for (const std::string& detail : step.details) out.Notice(facts[i].name + ": " + detail);
    }
  }
  ReportErrors(out, errors);
}

bool IsBad(const Step& step, const JobResult& result) {
  return step.move == Move::kBroken || IsFailure(result.outcome);
}

// By [order], so that each job says what held it back.
bool IsOrdered(const Step& step) {
  return std::any_of(step.after.begin(), step.after.end(),
                     [](const rollout::Predecessor& before) { return before.configured; });
}

void SumUp(Summary& summary, const JobFacts& job, const Step& step, const JobResult& result) {
  const std::string& id = job.name;
  if (step.move == Move::kBroken) {
    summary.Touched(id, "left alone: " + step.reason, Style::kRed);
  } else if (step.move == Move::kSkip) {
    summary.Touched(id, "skipped, an infra job: " + WhyWords(job, step), Style::kYellow);
  } else if (result.outcome == Outcome::kNotStarted && IsOrdered(step)) {
    summary.Touched(id, "not started: " + result.summary, OutcomeStyle(result.outcome));
  } else if (result.outcome == Outcome::kNotStarted) {
    summary.Untouched("not started: " + result.summary);
  } else if (result.outcome != Outcome::kUntouched) {
    summary.Touched(id, OutcomePhrase(result) + Took(result), OutcomeStyle(result.outcome));
  }
}

void AddToTotals(Totals& totals, const Rollout& run, std::size_t i) {
  const Intent& intent = run.plan.intent;
  const JobFacts& job = run.facts[i];
  const Step& step = run.plan.steps[i];
  const JobResult& result = run.results[i];
  const std::string& id = job.name;
  if (step.move == Move::kBroken) {
    totals.Invalid(id);
  } else if (step.move == Move::kSkip) {
    totals.Skipped(id);
  } else if (step.move == Move::kFail) {
    totals.Failed(id);
  } else if (step.move == Move::kNothing) {
    totals.Left(step.reason);
  } else if (run.dry_run) {
    totals.Did(Phrase(intent.purge, job, step));
  } else if (IsFailure(result.outcome)) {
    totals.Failed(id);
  } else if (result.outcome == Outcome::kSubmitted && step.move == Move::kStop) {
    totals.Did("sent the stop of");  // its tasks may run on for their time
  } else if (result.outcome == Outcome::kDone || result.outcome == Outcome::kSubmitted) {
    totals.Did(PastPhrase(intent, job, step));
  } else if (result.outcome == Outcome::kUnconfirmed) {
    totals.Left("not confirmed");
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

std::vector<std::string> NamesBefore(const Step& step, const std::vector<JobFacts>& facts) {
  std::vector<std::string> names;
  for (const rollout::Predecessor& before : step.after) names.push_back(facts[before.step].name);
  return names;
}

void ReportDryRun(Reporter& out, const Plan& plan, const std::vector<JobFacts>& facts) {
  for (const rollout::Wave& wave : plan.waves) {
    for (const std::size_t i : wave.steps) {
      const Step& step = plan.steps[i];
      if (step.move == Move::kFail) continue;
      const std::vector<std::string> before = NamesBefore(step, facts);
      out.Line(fmt::format("[DRY RUN] would {} {}: {}{}", Phrase(plan.intent.purge, facts[i], step),
                           facts[i].name, WhyWords(facts[i], step),
                           before.empty() ? "" : "; after " + SomeOf(before)));
      if (step.move != Move::kRegister || !facts[i].plan) continue;
      for (const std::string& line :
           rollout::DescribePlacements(facts[i].plan->failed_placements)) {
        out.Notice(facts[i].name + ": " + line);
      }
    }
  }
}

// What the progress has said in full is not said again where both are read.
bool IsTold(const Reporter& out, const Step& step, const JobResult& result) {
  if (!out.progress_beside_result() || step.move == Move::kBroken) return false;
  if (step.move == Move::kSkip) return true;
  return result.outcome != Outcome::kNotStarted && result.outcome != Outcome::kUntouched;
}

void ReportSummary(Reporter& out, const Rollout& run) {
  Summary good;
  Summary bad;
  Totals totals;
  for (std::size_t i = 0; i < run.facts.size(); ++i) {
    const Step& step = run.plan.steps[i];
    AddToTotals(totals, run, i);
    if (run.dry_run || IsTold(out, step, run.results[i])) continue;
    SumUp(IsBad(step, run.results[i]) ? bad : good, run.facts[i], step, run.results[i]);
  }
  const Painter paint = OutPainter(out);
  const auto say = [&](const std::string& line) {
    run.dry_run ? out.Notice(line) : out.Line(line);
  };
  for (const std::string& line : good.Lines(paint)) say(line);
  const std::string line = totals.Line(run.dry_run ? "Would " : "", run.facts.size());
  if (!line.empty()) say(EscapeControls(line));
  for (const std::string& failed : bad.Lines(paint)) say(failed);
}

// By name, which the counts do not give, and how to go on with them.
void ReportNotStarted(Reporter& out, const Rollout& run) {
  constexpr std::size_t kMostInCommand = 12;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < run.facts.size(); ++i) {
    if (run.results[i].outcome == Outcome::kNotStarted) names.push_back(run.facts[i].name);
  }
  if (names.empty()) return;
  std::string typed;
  for (const std::string& name : names) typed += " " + repo::TypedTarget(name);
  const rollout::Intent& intent = run.plan.intent;
  const rollout::Verb verb = intent.verb;
  const bool goes_back = verb == rollout::Verb::kRevert || verb == rollout::Verb::kUndo;
  const bool as_it_is = intent == rollout::Intent{.verb = verb, .purge = intent.purge};
  const bool named = names.size() <= kMostInCommand && !goes_back && as_it_is;
  const std::string how =
      named ? fmt::format("`nmgr {}{}{}` goes on", VerbName(verb), intent.purge ? " -p" : "", typed)
            : "the same command goes on";
  out.Line(fmt::format("not started: {}; {}", Join(names, ", "), how));
}

// At the end again, where it is seen.
void ReportUnrecorded(Reporter& out, std::vector<std::string> ids) {
  if (ids.empty()) return;
  constexpr std::size_t kMost = 10;
  const std::size_t count = ids.size();
  if (count > kMost) ids.resize(kMost);
  std::string names = Join(ids, ", ");
  if (count > kMost) names += fmt::format(" and {} more", count - kMost);
  out.Warning("not recorded, so `nmgr up --restore` will not bring it back: " + names);
}

}  // namespace

void ReportSpecs(Reporter& out, const std::vector<JobFacts>& facts, rollout::SpecNeed need) {
  std::vector<const hcl::Diagnostics*> shown;
  for (const JobFacts& job : facts) {
    const bool unneeded = job.Satisfies(need) && job.diagnostics.HasErrors();
    if (!unneeded) shown.push_back(&job.diagnostics);
  }
  ReportFaults(out, shown);
  for (const JobFacts& job : facts) {
    if (!job.Satisfies(need)) {
      ReportUnusable(out, job);
    } else if (job.diagnostics.HasErrors()) {
      ReportUnneeded(out, job);
    }
  }
}

std::string DifferenceWords(const JobFacts& job, const std::vector<rollout::ImageChange>& changes) {
  std::vector<std::string> images;
  for (const rollout::ImageChange& change : changes) {
    std::string words = ImageChangeWords(change.live, change.spec);
    if (std::find(images.begin(), images.end(), words) == images.end()) {
      images.push_back(std::move(words));
    }
  }
  std::vector<std::string> others;
  if (job.plan && job.plan->diff) others = ChangesIn(*job.plan->diff, images.empty());
  if (images.empty()) return others.empty() ? std::string() : ShortList(others);
  std::string words = Join(images, ", ");
  if (others.empty()) return words;
  return words +
         fmt::format(" and {}: {}", Count(others.size(), "other change"), ShortList(others));
}

void RolloutProgress::Asked(const std::vector<JobFacts>& jobs, rollout::SpecNeed need) {
  ReportSpecs(out_, jobs, need);
}

void RolloutProgress::Decided(const Plan& plan, const std::vector<JobFacts>& jobs, bool dry_run) {
  purges_ = plan.intent.purge;
  ReportFailedSteps(out_, plan, jobs, dry_run);
  if (dry_run) ReportDryRun(out_, plan, jobs);
}

// "+ web  new", "~ db  count 3 -> 1".
std::string RolloutProgress::RegisterLine(const JobFacts& job, const Step& step) const {
  const bool update = IsUpdate(job, step);
  const std::string replaced = update && job.plan && step.images.empty() ? Replaced(*job.plan) : "";
  return fmt::format("{} {}  {}{}", update ? '~' : '+', job.name, WhyWords(job, step), replaced);
}

void RolloutProgress::Started(const JobFacts& job, const Step& step) {
  if (told_ != Told::kAll) return;
  const std::string why = WhyWords(job, step);
  if (step.move == Move::kRegister) {
    out_.Progress(RegisterLine(job, step));
  } else if (!rollout::IsAwait(step.move)) {
    out_.Progress(fmt::format("{}: {} ({})", job.name, Phrase(purges_, job, step), why));
  } else if (step.move == Move::kAwaitHealthy) {
    // Of what still ends the wait says how much, at once.
    out_.Progress(fmt::format("{}: {}; waiting", job.name, why));
  }
}

void RolloutProgress::Said(const JobFacts& job, const rollout::WaitNews& news) {
  if (told_ != Told::kAll || (news.tally && !IsNewState(job, news))) return;
  out_.Progress(fmt::format("{}: {}", job.name, news.text));
}

bool RolloutProgress::IsNewState(const JobFacts& job, const rollout::WaitNews& news) {
  const auto [healthy, desired] = *news.tally;
  const std::size_t before = std::exchange(healthy_[&job], healthy);
  const bool part = healthy != 0 && healthy < desired;
  return part || healthy < before || news.text.find("unhealthy") != std::string::npos;
}

void RolloutProgress::Noticed(const JobFacts& job, std::string_view what) {
  if (told_ != Told::kFailures) out_.Notice(fmt::format("{}: {}", job.name, what));
}

void RolloutProgress::Finished(const JobFacts& job, const Step& step, const JobResult& result) {
  const bool bad = IsFailure(result.outcome) || result.outcome == Outcome::kUnconfirmed;
  if (!bad && told_ == Told::kFailures) return;
  if (!bad) {
    const bool begun = told_ == Told::kAll || step.move != Move::kRegister;
    out_.Progress(fmt::format("{}: {}{}", begun ? job.name : RegisterLine(job, step),
                              OutcomePhrase(result), Took(result)));
    return;
  }
  const ErrorCode code = result.error ? result.error->code : ErrorCode::kRejected;
  out_.Error({code, WithDetails(job.name + ": " + OutcomePhrase(result), result.details),
              result.error ? result.error->hint : ""});
}

void ReportEnd(Reporter& out, const Rollout& run) {
  for (const Error& failure : run.failures) out.Error(failure);
  if (!run.failures.empty()) return;
  ReportSummary(out, run);
  if (!run.dry_run) ReportNotStarted(out, run);
  ReportUnrecorded(out, run.unrecorded);
}

JsonFields StepFields() {
  const JsonFields image = {shape::Text("group", "that of the task"),
                            shape::Text("task", "its name"),
                            shape::Text("live", "empty: no such task is live"),
                            shape::Text("spec", "empty: the spec has no such task")};
  return shape::All(
      {JobFields(),
       {shape::OrNull(
            shape::Text("state", "a word of the table of states; null where nobody could tell")),
        shape::Text("move", "what is to be done, in a word"), shape::Text("reason", "why"),
        shape::Optional(shape::Objects("images", "that differ", image)),
        shape::Optional(shape::Texts("details", "reasons, one a line")),
        shape::Optional(shape::Text("hint", "what helps")),
        shape::Optional(shape::Text("notice", "what to know beside it"))}});
}

JsonFields ResultFields() {
  return {shape::Optional(
              shape::Text("outcome",
                          "not with -n: untouched, done, submitted, failed, refused, timed_out, "
                          "needs_promotion, unconfirmed, not_started")),
          shape::Optional(shape::Text("summary", "the outcome in words")),
          shape::Optional(shape::Flag("wrote", "Nomad accepted a write")),
          shape::Optional(shape::Flag("purged", "it is gone from Nomad")),
          shape::Optional(shape::Number("seconds", "that it took")),
          shape::Optional(shape::Text("evaluation_id", "of the last write")),
          shape::Optional(shape::Text("deployment_id", "that was waited for"))};
}

const JsonShape& RolloutShape() {
  static const JsonShape kShape = {
      .fields = {shape::Text("action", "its name"), shape::Flag("dry_run", "-n was given"),
                 shape::Objects("jobs", "those selected",
                                shape::All({StepFields(),
                                            {shape::Optional(shape::Texts(
                                                "after", "jobs of this run that go first"))},
                                            ResultFields()}))}};
  return kShape;
}

std::vector<JsonShape> RolloutShapes() {
  std::vector<JsonShape> shapes = {RolloutShape()};
  for (JsonShape& event : EventShapes()) shapes.push_back(std::move(event));
  return shapes;
}

nlohmann::json ToJson(const JobFacts& job, const Step& step) {
  nlohmann::json json = {{"id", job.ref.id},
                         {"namespace", job.ref.name_space},
                         {"region", job.ref.region},
                         {"path", job.path},
                         {"infra", job.infra},
                         {"move", MoveName(step.move)},
                         {"reason", WhyWords(job, step)}};
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

nlohmann::json ToJson(const Rollout& run) {
  nlohmann::json jobs = nlohmann::json::array();
  for (std::size_t i = 0; i < run.facts.size(); ++i) {
    const Step& step = run.plan.steps[i];
    nlohmann::json job = ToJson(run.facts[i], step);
    if (!step.after.empty()) job["after"] = NamesBefore(step, run.facts);
    if (!run.dry_run) AddResult(job, run.results[i]);
    jobs.push_back(std::move(job));
  }
  return {{"action", VerbName(run.plan.intent.verb)},
          {"dry_run", run.dry_run},
          {"jobs", std::move(jobs)}};
}

void ReportDocument(Reporter& out, const Rollout& run) {
  if (run.failures.empty()) out.Json(ToJson(run));
}

}  // namespace nmgr::report
