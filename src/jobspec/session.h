// What one evaluation of a spec holds on to: the files it has looked at, its budget, the names in
// force. Private to jobspec. Contexts point into a session, so it stays where it is.
#pragma once

#include <cstdint>
#include <set>

#include "nmgr/hcl/eval/evaluate.h"
#include "nmgr/jobspec/jobspec.h"

namespace nmgr::jobspec {

// Passes everything through and remembers the paths.
class RecordingFiles : public FileSystem {
 public:
  explicit RecordingFiles(FileSystem* files) : files_(files) {}

  Expected<std::string> ReadFile(const Path& path, std::uint64_t limit) override;
  Expected<FileInfo> Stat(const Path& path) override;
  Expected<std::vector<FolderEntry>> ListFolder(const Path& path) override;
  Expected<void> WriteFileAtomically(const Path& path, std::string_view content) override;

  std::vector<Path> paths() const { return {paths_.begin(), paths_.end()}; }

 private:
  FileSystem* files_;
  std::set<Path> paths_;
};

// Bytes of the budget that a block costs, or a value of JSON: an empty one in a long dynamic block
// is work, too.
inline constexpr std::int64_t kBlockCost = 256;

struct Session {
  Session(hcl::SourcePtr spec_source, const Path& spec_path, const SpecContext& context);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // For the body of the job and for locals: all names and functions, undefined references are text.
  hcl::EvalContext ForJob(const hcl::Scope& in_force) const;
  // For the condition of a variable's validation: functions but those that read files.
  hcl::EvalContext ForValidation(const hcl::Scope& in_force) const;
  // For defaults, var files and --var texts: nothing but operators.
  hcl::EvalContext ForConstant(const hcl::SourcePtr& file) const;

  // False, and a diagnostic at `place`, when the literal text of `value` is more than the whole
  // spec may still come to. Counts it off.
  bool ChargeOutput(const hcl::Value& value, hcl::Span place, hcl::Diagnostics& diagnostics);

  hcl::SourcePtr source;
  RecordingFiles files;
  hcl::FunctionContext functions;
  hcl::FunctionContext functions_without_files;
  std::int64_t budget = hcl::kEvaluationBudget;
  std::int64_t output_left;
  hcl::Scope scope;  // var and local
  // Faults are nobody's business: what cannot be expanded stands there once, with unknown labels.
  bool partly = false;
};

}  // namespace nmgr::jobspec
