// EvaluateSpec: the order of work of jobspec2's decode (shared reference 6).

#include <fmt/format.h>

#include "jobspec/body.h"
#include "jobspec/flatten.h"
#include "jobspec/header.h"
#include "jobspec/images.h"
#include "jobspec/json_job.h"
#include "jobspec/names.h"
#include "jobspec/submission.h"
#include "jobspec/top_level.h"

namespace nmgr::jobspec {
namespace {

const VariableInput kNoVariables;

void TellSecrets(std::string_view name, const hcl::Value& value, Redactor& secrets) {
  if (!value.has_content()) return;
  if (value.kind() == hcl::Kind::kString) {
    secrets.AddNamed(name, value.as_string());
  } else if (value.kind() == hcl::Kind::kMap || value.kind() == hcl::Kind::kObject) {
    for (const hcl::Field& field : value.fields()) TellSecrets(field.key, field.value, secrets);
  }
}

void TellSecrets(const EvaluatedBody& body, Redactor& secrets) {
  for (const EvaluatedAttribute& attribute : body.attributes) {
    TellSecrets(attribute.name, attribute.value, secrets);
  }
  for (const EvaluatedBlock& block : body.blocks) TellSecrets(block.body, secrets);
}

// Reports that there is no job, or more than one.
void CheckJobs(const TopLevel& top, const ParsedSpec& spec, hcl::Diagnostics& diagnostics) {
  std::vector<hcl::Span> places;
  for (const hcl::Block* job : top.jobs) places.push_back(job->HeaderSpan());
  for (const JsonBlock& job : top.json_jobs) places.push_back(job.open);
  if (places.empty()) {
    diagnostics.Add({hcl::Severity::kError, "Missing job block",
                     fmt::format("{} has no job \"...\" {{ }} block.", spec.path), nullptr,
                     std::nullopt, std::nullopt});
  }
  if (places.size() < 2) return;
  const hcl::SourcePos first = spec.source->PosAt(places[0].begin);
  const std::string detail =
      fmt::format("A spec holds one job; the first is at {}:{}.", first.line, first.column);
  for (std::size_t i = 1; i < places.size(); ++i) {
    diagnostics.Error(spec.source, places[i], "Duplicate job block", detail);
  }
}

void FillNative(const hcl::Block& block, Session& session, JobSpec& result,
                hcl::Diagnostics& diagnostics) {
  const std::size_t before = diagnostics.error_count();
  EvaluatedBlock job = EvaluateJob(block, session, diagnostics);
  if (diagnostics.error_count() != before) return;
  result.header = HeaderOf(job);
  result.periodic = HasBlock(job.body, "periodic");
  result.parameterized = HasBlock(job.body, "parameterized");
  result.images = ImagesOf(job);
  const std::size_t size = session.source->text().size();
  result.flat_hcl.reserve(size + size / 4);
  AppendFlat(job, result.flat_hcl, result.lines);
  result.body.blocks.push_back(std::move(job));
}

void FillJson(const JsonBlock& block, Session& session, JobSpec& result,
              hcl::Diagnostics& diagnostics) {
  const std::size_t before = diagnostics.error_count();
  const EvaluatedJsonJob job = EvaluateJsonJob(block, session, diagnostics);
  if (diagnostics.error_count() != before) return;
  result.header = HeaderOf(job);
  result.periodic = HasBlock(job, "periodic");
  result.parameterized = HasBlock(job, "parameterized");
  result.images = ImagesOf(job);
  result.flat_hcl = JsonJobText(job);
  result.json_body.blocks.push_back(BlockOf(job));
}

}  // namespace

std::optional<JobSpec> EvaluateSpec(const ParsedSpec& parsed, const SpecContext& context,
                                    hcl::Diagnostics& diagnostics) {
  if (!parsed.valid) return std::nullopt;
  const ParsedSpec spec = WithTree(parsed);
  const VariableInput& input = context.variables == nullptr ? kNoVariables : *context.variables;
  const std::size_t before = diagnostics.error_count();
  const VariableFilesPtr files = ReadVariableFiles(context, diagnostics);
  if (!files) return std::nullopt;
  const TopLevel top = ReadTopLevel(spec, diagnostics);
  CheckTopLevel(spec, diagnostics);
  if (diagnostics.error_count() != before) return std::nullopt;

  Session session(spec.source, spec.path, context);
  Variables variables(session);
  if (!EvaluateNames(top, input, *files, session, variables, diagnostics)) return std::nullopt;
  if (context.secrets != nullptr) TellSecrets("", variables.AsObject(), *context.secrets);
  CheckJobs(top, spec, diagnostics);
  JobSpec result;
  if (!top.jobs.empty()) {
    FillNative(*top.jobs[0], session, result, diagnostics);
  } else if (!top.json_jobs.empty()) {
    FillJson(top.json_jobs[0], session, result, diagnostics);
  }
  if (diagnostics.error_count() != before) return std::nullopt;

  if (context.secrets != nullptr) TellSecrets(result.body, *context.secrets);
  result.path = spec.path;
  result.source = spec.source;
  result.inputs = session.files.paths();
  result.submission = MakeSubmission(spec, input, *files, variables);
  return result;
}

PartialSpec EvaluatePartly(const ParsedSpec& parsed, const SpecContext& context) {
  PartialSpec result;
  if (!parsed.valid) return result;
  const ParsedSpec spec = WithTree(parsed);
  const VariableInput& input = context.variables == nullptr ? kNoVariables : *context.variables;
  hcl::Diagnostics ignored;
  const VariableFilesPtr files = ReadVariableFiles(context, ignored);
  const TopLevel top = ReadTopLevel(spec, ignored);
  Session session(spec.source, spec.path, context);
  session.partly = true;
  EvaluateNamesPartly(top, input, files ? *files : std::vector<VariableFile>(), session);
  if (!top.jobs.empty()) {
    result.images = ImagesOf(EvaluateJob(*top.jobs[0], session, ignored));
  } else if (!top.json_jobs.empty()) {
    result.images = ImagesOf(EvaluateJsonJob(top.json_jobs[0], session, ignored));
  }
  result.inputs = session.files.paths();
  return result;
}

}  // namespace nmgr::jobspec
