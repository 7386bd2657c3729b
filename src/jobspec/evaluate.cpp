// What an evaluation comes to for whoever selects, plans and registers.

#include "jobspec/body.h"
#include "jobspec/evaluation.h"
#include "jobspec/flatten.h"
#include "jobspec/header.h"
#include "jobspec/images.h"
#include "jobspec/json_job.h"
#include "jobspec/names.h"
#include "jobspec/submission.h"
#include "jobspec/top_level.h"

namespace nmgr::jobspec {
namespace {

void FillNative(EvaluatedBlock job, std::size_t size, JobSpec& result) {
  result.header = HeaderOf(job);
  result.periodic = HasBlock(job.body, "periodic");
  result.parameterized = HasBlock(job.body, "parameterized");
  result.images = ImagesOf(job);
  result.flat_hcl.reserve(size + size / 4);
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
    FillNative(*std::move(evaluation.job()), spec.source->text().size(), result);
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
  PartialSpec result;
  if (!parsed.valid) return result;
  const ParsedSpec spec = WithTree(parsed);
  hcl::Diagnostics ignored;
  const VariableFilesPtr files = ReadVariableFiles(context, ignored);
  const TopLevel top = ReadTopLevel(spec, ignored);
  Session session(spec.source, spec.path, context);
  session.partly = true;
  EvaluateNamesPartly(top, InputOf(context), files ? *files : std::vector<VariableFile>(), session);
  if (!top.jobs.empty()) {
    result.images = ImagesOf(EvaluateJob(*top.jobs[0], session, ignored));
  } else if (!top.json_jobs.empty()) {
    result.images = ImagesOf(EvaluateJsonJob(top.json_jobs[0], session, ignored));
  }
  result.inputs = session.files.paths();
  return result;
}

}  // namespace nmgr::jobspec
