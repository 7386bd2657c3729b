#include "jobspec/session.h"

namespace nmgr::jobspec {
namespace {

// Bytes of flat text that a spec may come to; Nomad's own limit for a job is 30 MiB.
constexpr std::int64_t kMaxOutput = std::int64_t{64} << 20U;

// Counts the literal text of `value` off `left`; stops below 0.
void Measure(const hcl::Value& value, std::int64_t& left) {
  left -= 4;
  if (!value.has_content() || left < 0) return;
  switch (value.kind()) {
    case hcl::Kind::kString:
      left -= static_cast<std::int64_t>(value.as_string().size());
      return;
    case hcl::Kind::kNumber:
      left -= value.as_number().ToInt64() ? 16 : 256;  // with all its digits
      return;
    case hcl::Kind::kMap:
    case hcl::Kind::kObject:
      for (const hcl::Field& field : value.fields()) {
        left -= static_cast<std::int64_t>(field.key.size());
        Measure(field.value, left);
        if (left < 0) return;
      }
      return;
    case hcl::Kind::kList:
    case hcl::Kind::kSet:
    case hcl::Kind::kTuple:
      for (const hcl::Value& element : value.elements()) {
        Measure(element, left);
        if (left < 0) return;
      }
      return;
    default:
      return;
  }
}

}  // namespace

Expected<std::string> RecordingFiles::ReadFile(const Path& path, std::uint64_t limit) {
  paths_.insert(path);
  return files_->ReadFile(path, limit);
}

Expected<FileInfo> RecordingFiles::Stat(const Path& path) {
  paths_.insert(path);
  return files_->Stat(path);
}

Expected<std::vector<FolderEntry>> RecordingFiles::ListFolder(const Path& path) {
  paths_.insert(path);
  return files_->ListFolder(path);
}

Expected<void> RecordingFiles::WriteFileAtomically(const Path& path, std::string_view content) {
  return files_->WriteFileAtomically(path, content);
}

Session::Session(hcl::SourcePtr spec_source, const Path& spec_path, const SpecContext& context)
    : source(std::move(spec_source)), files(context.files), output_left(kMaxOutput) {
  functions.files = context.files == nullptr ? nullptr : &files;
  functions.base_dir = context.file_root.empty() ? DirName(spec_path) : context.file_root;
  functions.repository = context.repository;
  functions.home = context.home;
  functions.current = context.current;
  functions.budget = &budget;
  functions_without_files = functions;
  functions_without_files.files = nullptr;
}

hcl::EvalContext Session::ForJob(const hcl::Scope& in_force) const {
  hcl::EvalContext context;
  context.file = source;
  context.scope = &in_force;
  context.literal_references = true;
  context.function_context = &functions;
  return context;
}

hcl::EvalContext Session::ForValidation(const hcl::Scope& in_force) const {
  hcl::EvalContext context;
  context.file = source;
  context.scope = &in_force;
  context.function_context = &functions_without_files;
  return context;
}

hcl::EvalContext Session::ForConstant(const hcl::SourcePtr& file) const {
  hcl::EvalContext context;
  context.file = file;
  context.functions = false;
  context.function_context = &functions_without_files;
  return context;
}

bool Session::ChargeOutput(const hcl::Value& value, hcl::Span place,
                           hcl::Diagnostics& diagnostics) {
  Measure(value, output_left);
  if (output_left >= 0) return true;
  diagnostics.Error(
      source, place, "Evaluated spec too large",
      "With this value the evaluated spec comes to more than 64 MiB, far beyond what Nomad "
      "accepts.");
  return false;
}

}  // namespace nmgr::jobspec
