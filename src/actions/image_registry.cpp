#include "actions/image_registry.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

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

void Take(const registry::Question& question, const registry::Answer& answer, RegistryRow& row) {
  if (answer.digest) {
    if (*answer.digest) {
      row.digest = **answer.digest;
      row.tag = registry::JudgeTag({question.reference.digest}, *row.digest);
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

}  // namespace

ExitCode ShowRegistries(Env& env, const std::vector<report::JobImages>& jobs, bool outdated,
                        ExitCode code) {
  std::vector<RegistryRow> rows = RowsOf(jobs);
  const Asked asked = QuestionsOf(rows);
  const std::vector<registry::Answer> answers =
      registry::Survey(asked.questions, env.settings.registries, env.files, env.secrets, env.stop);
  if (env.stop.stop_requested()) return kInterrupted;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    Take(asked.questions[i], answers[i], rows[asked.rows[i]]);
  }
  TellRegistryFaults(env, asked, answers, rows, code);
  report::ReportRegistry(env.out, rows, outdated);
  const bool behind = std::any_of(rows.begin(), rows.end(),
                                  [](const RegistryRow& row) { return row.IsOutdated(); });
  return code == kDone && behind && env.settings.detailed_exitcode ? kChangesPending : code;
}

}  // namespace nmgr::actions
