#include "nmgr/report/rollout_events.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "rollout_words.h"

namespace nmgr::report {
namespace {

using rollout::JobFacts;
using rollout::Step;

nlohmann::json OfJob(const JobFacts& job) {
  return {{"id", job.ref.id},
          {"namespace", job.ref.name_space},
          {"region", job.ref.region},
          {"path", job.path},
          {"infra", job.infra}};
}

JsonShape EventShape(std::string_view type, std::string_view means, JsonFields fields) {
  JsonFields all = {shape::Text("type", type), shape::Text("at", "UTC")};
  for (JsonField& field : fields) all.push_back(std::move(field));
  return {.when = "--events",
          .means = means,
          .fields = std::move(all),
          .form = JsonForm::kLines,
          .type = type};
}

}  // namespace

void RolloutEvents::Put(const char* type, nlohmann::json event) {
  event["type"] = type;
  event["at"] = UtcText(clock_.Wall());
  out_.JsonLine(std::move(event));
}

void RolloutEvents::Decided(const rollout::Plan& plan, const std::vector<JobFacts>& jobs,
                            bool dry_run) {
  RolloutProgress::Decided(plan, jobs, dry_run);
  nlohmann::json list = nlohmann::json::array();
  for (std::size_t i = 0; i < jobs.size(); ++i) list.push_back(ToJson(jobs[i], plan.steps[i]));
  Put("decided",
      {{"action", VerbName(plan.intent.verb)}, {"dry_run", dry_run}, {"jobs", std::move(list)}});
}

void RolloutEvents::Started(const JobFacts& job, const Step& step) {
  nlohmann::json event = OfJob(job);
  event["move"] = MoveName(step.move);
  event["reason"] = out_.Hide(WhyWords(job, step));
  Put("started", std::move(event));
}

void RolloutEvents::Said(const JobFacts& job, const rollout::WaitNews& news) {
  nlohmann::json event = OfJob(job);
  event["text"] = out_.Hide(news.text);
  if (news.tally) {
    event["healthy"] = news.tally->healthy;
    event["desired"] = news.tally->desired;
  }
  Put("progress", std::move(event));
}

void RolloutEvents::Noticed(const JobFacts& job, std::string_view what) {
  nlohmann::json event = OfJob(job);
  event["text"] = out_.Hide(what);
  Put("notice", std::move(event));
}

void RolloutEvents::Finished(const JobFacts& job, const Step& step,
                             const rollout::JobResult& result) {
  RolloutProgress::Finished(job, step, result);
  nlohmann::json event = OfJob(job);
  AddResult(event, result);
  Put("finished", std::move(event));
}

std::vector<JsonShape> EventShapes() {
  const auto about_job = [](JsonFields more) { return shape::All({JobFields(), std::move(more)}); };
  JsonShape summary = EventShape(
      "summary",
      "The last line of every run: its document, or that of a run that ended early (above).", {});
  summary.fields =
      shape::All({{shape::Text("type", "summary")}, RolloutShape().fields, {ExitCodeField()}});
  return {
      EventShape("decided", "What is to be done, before anything is touched.",
                 {shape::Text("action", "its name"), shape::Flag("dry_run", "-n was given"),
                  shape::Objects("jobs", "those selected", StepFields())}),
      EventShape("started", "A job is begun with.",
                 about_job({shape::Text("move", "what is done, in a word"),
                            shape::Text("reason", "why")})),
      EventShape("progress", "How far it is.",
                 about_job({shape::Text("text", "in words"),
                            shape::Optional(shape::Whole("healthy", "allocations that are well")),
                            shape::Optional(shape::Whole("desired", "of how many"))})),
      EventShape("notice", "What a person should know now: no capacity, a rollback.",
                 about_job({shape::Text("text", "in words")})),
      EventShape("finished", "A job is done with.",
                 about_job(shape::All(
                     {ResultFields(),
                      {shape::Optional(shape::Texts("details", "reasons, one a line"))}}))),
      std::move(summary),
  };
}

}  // namespace nmgr::report
