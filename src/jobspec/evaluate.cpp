// What an evaluation comes to for whoever selects, plans and registers.

#include <algorithm>

#include "jobspec/body.h"
#include "jobspec/evaluation.h"
#include "jobspec/flatten.h"
#include "jobspec/header.h"
#include "jobspec/images.h"
#include "jobspec/json_job.h"
#include "jobspec/submission.h"
#include "jobspec/top_level.h"
#include "nmgr/jobspec/partial.h"

namespace nmgr::jobspec {
namespace {

void FillNative(EvaluatedBlock job, std::string_view text, JobSpec& result) {
  result.header = HeaderOf(job);
  result.periodic = HasBlock(job.body, "periodic");
  result.parameterized = HasBlock(job.body, "parameterized");
  result.images = ImagesOf(job);
  result.flat_hcl.reserve(text.size() + text.size() / 4);
  result.lines.reserve(static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')));
  AppendFlat(job, result.flat_hcl, result.lines);
  result.body.blocks.push_back(std::move(job));
}

void FillJson(const EvaluatedJsonJob& job, JobSpec& result) {
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
  Evaluation evaluation(parsed, context);
  if (!evaluation.Run(diagnostics)) return std::nullopt;
  const ParsedSpec& spec = evaluation.spec();
  JobSpec result;
  if (evaluation.job()) {
    FillNative(*std::move(evaluation.job()), spec.source->text(), result);
  } else {
    FillJson(*evaluation.json_job(), result);
  }
  result.path = spec.path;
  result.source = spec.source;
  result.inputs = evaluation.session().files.paths();
  result.submission =
      MakeSubmission(spec, InputOf(context), evaluation.files(), evaluation.variables());
  return result;
}

PartialSpec EvaluatePartly(const ParsedSpec& parsed, const SpecContext& context) {
  std::optional<JobSpec> known = EvaluateKnownPart(parsed, context);
  if (!known) return {};
  return {std::move(known->images), std::move(known->inputs)};
}

}  // namespace nmgr::jobspec
