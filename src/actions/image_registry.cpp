#include "actions/image_registry.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <set>
#include <utility>

#include "nmgr/base/utc.h"
#include "nmgr/registry/sightings.h"
#include "nmgr/registry/survey.h"
#include "nmgr/registry/tags.h"
#include "nmgr/registry/verdict.h"
#include "nmgr/report/registry_view.h"

namespace nmgr::actions {
namespace {

using registry::Reference;
using report::RegistryRow;

// Newer than this one: what the spec has, since that is what one would change.
std::optional<Reference> BaseOf(const RegistryRow& row) {
  const bool has_spec = !row.images.spec.empty();
  return registry::ParseReference(has_spec ? row.images.spec : row.images.registered);
}

std::vector<RegistryRow> RowsOf(const std::vector<report::JobImages>& jobs) {
  std::vector<RegistryRow> rows;
  for (const report::JobImages& job : jobs) {
    for (rollout::TaskImages& images : job.Rows()) {
      RegistryRow& row = rows.emplace_back();
      row.job = &job;
      row.image = images.registered.empty() ? images.spec : images.registered;
      row.reference = registry::ParseReference(row.image);
      row.images = std::move(images);
    }
  }
  return rows;
}

// Two a row, where it has something to ask: the digest of what is registered, the tags beside that
// of the spec.
struct Asked {
  std::vector<registry::Question> questions;
  std::vector<std::size_t> rows;
};

Asked QuestionsOf(const std::vector<RegistryRow>& rows) {
  Asked asked;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto add = [&](const std::optional<Reference>& reference, bool digest) {
      if (!reference || reference->tag.empty()) return;
      asked.questions.push_back({*reference, digest, !digest});
      asked.rows.push_back(i);
    };
    add(rows[i].reference, true);
    const std::optional<Reference> base = BaseOf(rows[i]);
    if (base && registry::IsVersion(base->tag)) add(base, false);
  }
  return asked;
}

// When an image was downloaded for the task's last start; 0: an engine may have had it.
std::int64_t PulledNs(const nomad::TaskState& task) {
  std::int64_t pulled = 0;
  for (const nomad::TaskEvent& event : task.events) {
    if (event.message.starts_with("Downloading image")) pulled = event.time_ns;
  }
  return pulled;
}

// Of what runs of the row's image.
registry::Baseline BaselineOf(const RegistryRow& row) {
  registry::Baseline baseline;
  baseline.pinned = row.reference ? row.reference->digest : std::string();
  baseline.why_no_run = "nothing of it runs";
  if (row.images.running.empty()) return baseline;
  baseline.why_no_run = "another image runs than is registered";
  if (row.images.running != std::vector{row.image}) return baseline;
  for (const nomad::Allocation& allocation : row.job->detail.evidence.allocations) {
    if (allocation.group != row.images.group || allocation.client_status != "running") continue;
    for (const nomad::TaskState& task : allocation.tasks) {
      if (task.name != row.images.task || task.state != "running") continue;
      baseline.runs.push_back({ParseUtcNs(task.started_at), PulledNs(task)});
    }
  }
  baseline.why_no_run = "nothing of it runs";
  return baseline;
}

void TakeAnswer(const registry::Question& question, const registry::Answer& answer,
                const registry::Sightings& seen, RegistryRow& row) {
  if (answer.digest) {
    if (*answer.digest) {
      const std::string image = question.reference.Name();
      row.digest = **answer.digest;
      row.tag = registry::JudgeTag(BaselineOf(row), *row.digest, seen.Of(image),
                                   seen.CreatedOf(image, *row.digest));
    } else {
      row.tag.reason = answer.digest->error().message;
      row.troubles.push_back(row.tag.reason);
    }
  }
  if (!answer.tags) return;
  if (!*answer.tags) {
    row.newer_known = false;
    row.troubles.push_back(answer.tags->error().message);
    return;
  }
  const registry::TagList& list = **answer.tags;
  row.newer = registry::NewerTags(question.reference.tag, list.tags);
  row.newer_known = list.incomplete.empty();
  if (!row.newer_known) row.troubles.push_back(list.incomplete);
}

// Each fault once, with the first job that it concerns; what is refused for both questions about an
// image counts as one.
void TellRegistryFaults(Env& env, const Asked& asked, const std::vector<registry::Answer>& answers,
                        const std::vector<RegistryRow>& rows, ExitCode& code) {
  std::set<std::string> told;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const Reference& reference = asked.questions[i].reference;
    const std::string name = reference.host + "/" + reference.repository;
    const std::string& job = rows[asked.rows[i]].job->facts->name;
    const auto tell = [&](const Error& error) {
      if (error.code == ErrorCode::kConfig) code = kConfigWrong;
      if (code == kDone) code = kFailed;
      const bool forbidden = error.code == ErrorCode::kForbidden;
      if (!told.insert(forbidden ? "may not: " + name : error.message).second) return;
      env.out.Error({error.code, job + ": " + error.message, error.hint});
    };
    const registry::Answer& answer = answers[i];
    if (answer.digest && !*answer.digest) tell(answer.digest->error());
    if (!answer.tags) continue;
    if (!*answer.tags) {
      tell(answer.tags->error());
    } else if (!(*answer.tags)->incomplete.empty() && told.insert(name).second) {
      env.out.Warning(fmt::format("{}: {}: newer tags are not all known: {}", job, name,
                                  (*answer.tags)->incomplete));
    }
  }
}

// How old the image is that a tag points at, where only that can say whether it has moved. What
// does not answer leaves it unknown.
void JudgeByAge(Env& env, const registry::SurveyOptions& how, registry::Sightings& seen,
                std::vector<RegistryRow>& rows) {
  Asked asked;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const RegistryRow& row = rows[i];
    if (!row.digest || row.tag.state != registry::TagState::kUnknown) continue;
    const std::string image = row.reference->Name();
    if (seen.CreatedOf(image, *row.digest) != registry::Sighting::kNotAsked) continue;
    if (BaselineOf(row).runs.empty()) continue;
    asked.questions.push_back({*row.reference, false, false, *row.digest});
    asked.rows.push_back(i);
  }
  const std::vector<registry::Answer> answers =
      registry::Survey(asked.questions, env.settings.registries, env.files, how);
  for (std::size_t i = 0; i < answers.size(); ++i) {
    RegistryRow& row = rows[asked.rows[i]];
    const auto& created = *answers[i].created_ns;
    if (!created) {
      row.troubles.push_back("when it was made is not known: " + created.error().message);
      continue;
    }
    const std::string image = row.reference->Name();
    seen.NoteCreated(image, *row.digest, *created);
    row.tag = registry::JudgeTag(BaselineOf(row), *row.digest, {}, *created);
  }
}

// For later runs.
void Remember(Env& env, const Path& memory, const registry::Sightings& seen) {
  if (const auto written = env.files.WriteFileAtomically(memory, seen.Text()); !written) {
    env.out.Warning("what the tags point at cannot be kept for later runs: " +
                    written.error().message);
  }
}

// Whether there is anything new.
bool NoteDigests(Env& env, const std::vector<registry::Question>& questions,
                 const std::vector<registry::Answer>& answers, registry::Sightings& seen) {
  const std::int64_t now =
      std::chrono::duration_cast<std::chrono::nanoseconds>(env.clock.Wall().time_since_epoch())
          .count();
  bool any = false;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const auto& digest = answers[i].digest;
    if (!digest || !*digest) continue;
    seen.Note(questions[i].reference.Name(), **digest, now);
    any = true;
  }
  return any;
}

}  // namespace

ExitCode ShowRegistries(Env& env, const std::vector<report::JobImages>& jobs, bool outdated,
                        ExitCode code) {
  std::vector<RegistryRow> rows = RowsOf(jobs);
  const Asked asked = QuestionsOf(rows);
  const registry::SurveyOptions how{env.secrets,
                                    DeadlineAfter(env.clock.Now(), env.settings.timeout), env.stop};
  const std::vector<registry::Answer> answers =
      registry::Survey(asked.questions, env.settings.registries, env.files, how);
  if (env.stop.stop_requested()) return kInterrupted;
  const Path memory = registry::SightingsPath(env.state_folder);
  registry::Sightings seen = registry::ReadSightings(memory, env.files);
  for (std::size_t i = 0; i < answers.size(); ++i) {
    TakeAnswer(asked.questions[i], answers[i], seen, rows[asked.rows[i]]);
  }
  const bool any = NoteDigests(env, asked.questions, answers, seen);
  JudgeByAge(env, how, seen, rows);
  if (env.stop.stop_requested()) return kInterrupted;
  if (any && !env.state_folder.empty() && !env.settings.dry_run) Remember(env, memory, seen);
  TellRegistryFaults(env, asked, answers, rows, code);
  report::ReportRegistry(env.out, rows, outdated);
  const bool behind = std::any_of(rows.begin(), rows.end(),
                                  [](const RegistryRow& row) { return row.IsOutdated(); });
  return code == kDone && behind && env.settings.detailed_exitcode ? kChangesPending : code;
}

}  // namespace nmgr::actions
