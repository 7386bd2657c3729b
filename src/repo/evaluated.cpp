#include "nmgr/repo/evaluated.h"

#include <fmt/format.h>

#include <mutex>
#include <utility>

namespace nmgr::repo {

struct EvaluationMemo {
  std::mutex mutex;
  std::shared_ptr<EvaluatedSpec> evaluated;
};

namespace {

EvaluatedSpec Evaluate(const SpecFile& file, const jobspec::SpecContext& context) {
  EvaluatedSpec result;
  result.file = &file;
  hcl::Diagnostics evaluation;
  if (file.parsed.valid) result.spec = jobspec::EvaluateSpec(file.parsed, context, evaluation);
  if (!file.faulty || !evaluation.HasErrors()) result.diagnostics = file.diagnostics;
  result.diagnostics.Append(std::move(evaluation));
  if (result.diagnostics.HasErrors()) result.spec.reset();
  return result;
}

}  // namespace

std::shared_ptr<EvaluationMemo> MakeEvaluationMemo() { return std::make_shared<EvaluationMemo>(); }

EvaluatedPtr Evaluated(const SpecFile& file, const jobspec::SpecContext& context) {
  const std::lock_guard lock(file.evaluation->mutex);
  std::shared_ptr<EvaluatedSpec>& memo = file.evaluation->evaluated;
  if (!memo) memo = std::make_shared<EvaluatedSpec>(Evaluate(file, context));
  return memo;
}

EvaluatedSpec TakeEvaluated(const SpecFile& file, const jobspec::SpecContext& context) {
  const std::lock_guard lock(file.evaluation->mutex);
  const std::shared_ptr<EvaluatedSpec> memo = std::move(file.evaluation->evaluated);
  if (!memo) return Evaluate(file, context);
  if (memo.use_count() == 1) return std::move(*memo);
  return *memo;
}

std::string FaultPlace(const hcl::Diagnostics& diagnostics, const Path& path) {
  for (const hcl::Diagnostic& diagnostic : diagnostics.items()) {
    if (diagnostic.severity != hcl::Severity::kError) continue;
    if (!diagnostic.file || !diagnostic.subject) continue;
    const hcl::SourcePos place = diagnostic.file->PosAt(diagnostic.subject->begin);
    return fmt::format("{}:{}:{}", diagnostic.file->name(), place.line, place.column);
  }
  return path;
}

void ForgetEvaluated(const SpecFile& file) {
  const std::lock_guard lock(file.evaluation->mutex);
  file.evaluation->evaluated.reset();
}

}  // namespace nmgr::repo
