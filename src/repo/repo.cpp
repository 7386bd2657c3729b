#include "nmgr/repo/repo.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "nmgr/base/log.h"
#include "nmgr/base/parallel.h"
#include "nmgr/base/text.h"
#include "repo/sniff.h"
#include "repo/walk.h"

namespace nmgr::repo {
namespace {

constexpr std::array<std::string_view, 2> kSpecGlobs = {"*.hcl", "*.nomad"};

std::shared_ptr<SpecFile> Parse(const Path& path, std::string text, const RepoAccess& access) {
  auto spec = std::make_shared<SpecFile>();
  spec->parsed = jobspec::ParseSpec(path, std::move(text), access.spec, spec->diagnostics);
  spec->faulty = spec->diagnostics.HasErrors();
  return spec;
}

// Nothing if the text holds no job block.
SpecPtr ParseIfSpec(const Path& path, std::string text, const RepoAccess& access) {
  if (!MayHoldJob(text)) return nullptr;
  SpecPtr spec = Parse(path, std::move(text), access);
  return spec->parsed.has_job ? spec : nullptr;
}

}  // namespace

bool LooksLikeSpecFile(std::string_view name, const RepoOptions& options) {
  const auto matches = [&](std::string_view glob) { return GlobMatch(glob, name); };
  return std::any_of(kSpecGlobs.begin(), kSpecGlobs.end(), matches) ||
         std::any_of(options.spec_globs.begin(), options.spec_globs.end(), matches);
}

Found FindSpecs(const Path& folder, const RepoOptions& options, const RepoAccess& access) {
  Walked walked = WalkFolder(folder, options, *access.files);
  std::vector<SpecPtr> specs(walked.files.size());
  std::vector<std::string> faults(walked.files.size());
  ParallelFor(walked.files.size(), options.threads, [&](std::size_t i) {
    Expected<std::string> text = access.files->ReadFile(walked.files[i], kMaxFileSize);
    if (text) {
      specs[i] = ParseIfSpec(walked.files[i], *std::move(text), access);
    } else {
      faults[i] = text.error().message;
    }
  });
  Found found{{}, std::move(walked.warnings)};
  for (std::size_t i = 0; i < specs.size(); ++i) {
    if (specs[i]) found.specs.push_back(std::move(specs[i]));
    if (!faults[i].empty()) found.warnings.push_back(std::move(faults[i]));
  }
  LogDebug("{}: {}, {}", folder, Count(walked.files.size(), "candidate"),
           Count(found.specs.size(), "spec"));
  return found;
}

Expected<SpecPtr> ReadSpec(const Path& path, const RepoAccess& access) {
  TRY_ASSIGN(std::string text, access.files->ReadFile(path, kMaxFileSize));
  if (text.empty()) return Error{ErrorCode::kInvalid, path + ": the file is empty"};
  if (text.find('\0') != std::string::npos && !MayHoldJob(text)) {
    return Error{ErrorCode::kInvalid, path + ": a binary file, no job spec"};
  }
  const std::shared_ptr<SpecFile> spec = Parse(path, std::move(text), access);
  if (!spec->parsed.has_job) {
    jobspec::EvaluateSpec(spec->parsed, access.spec, spec->diagnostics);
    spec->faulty = true;
  }
  return SpecPtr(spec);
}

Expected<Repo> OpenRepo(RepoOptions options, RepoAccess access) {
  const Expected<FileInfo> info = access.files->Stat(options.base_dir);
  if (!info) return Error{ErrorCode::kNotFound, info.error().message};
  if (info->kind != FileKind::kFolder) {
    return Error{ErrorCode::kNotFound, options.base_dir + ": not a folder"};
  }
  Found found = FindSpecs(options.base_dir, options, access);
  return Repo{std::move(options), std::move(access), true, std::move(found)};
}

Repo UnopenedRepo(RepoOptions options, RepoAccess access) {
  return Repo{std::move(options), std::move(access), false, {}};
}

std::vector<Path> NeighbourConfigs(const Repo& repo, const SpecFile& spec) {
  std::vector<Path> paths;
  const Path folder = DirName(spec.path());
  const Expected<std::vector<FolderEntry>> entries = repo.access.files->ListFolder(folder);
  if (!entries) return paths;
  for (const FolderEntry& entry : *entries) {
    const auto matches = [&](const std::string& glob) { return GlobMatch(glob, entry.name); };
    if (entry.kind == FileKind::kFile &&
        std::any_of(repo.options.job_configs.begin(), repo.options.job_configs.end(), matches)) {
      paths.push_back(JoinPath(folder, entry.name));
    }
  }
  return paths;
}

std::vector<ConfigFile> ReadNeighbourConfigs(const Repo& repo, const SpecFile& spec,
                                             std::vector<std::string>& warnings) {
  std::vector<ConfigFile> configs;
  for (Path& path : NeighbourConfigs(repo, spec)) {
    Expected<std::string> text = repo.access.files->ReadFile(path, kMaxFileSize);
    if (text) {
      configs.push_back({std::move(path), *std::move(text)});
    } else {
      warnings.push_back(text.error().message);
    }
  }
  return configs;
}

}  // namespace nmgr::repo
