#include "nmgr/repo/repo.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "nmgr/base/log.h"
#include "nmgr/base/parallel.h"
#include "nmgr/base/text.h"
#include "repo/sniff.h"
#include "repo/walk.h"

namespace nmgr::repo {
namespace {

constexpr std::array<std::string_view, 2> kSpecGlobs = {"*.hcl", "*.nomad"};

// Of a text with conflict markers every other fault is a consequence.
void TellMergeConflict(SpecFile& spec) {
  const std::string_view text = spec.text();
  const std::optional<std::size_t> at = FindMergeMarker(text);
  if (!at) return;
  const hcl::SourcePtr& source = spec.parsed.source;
  const hcl::Span line = source->LineAt(static_cast<std::uint32_t>(*at));
  if (!spec.diagnostics.HasErrors()) {
    spec.diagnostics.Warning(source, line, "Merge conflict marker inside a text",
                             "The spec parses, but a merge seems to be unresolved.");
    return;
  }
  spec.diagnostics = {};
  spec.diagnostics.Error(
      source, line,
      fmt::format("Unresolved merge conflict ({}:{}, `{}`)", spec.path(),
                  source->PosAt(line.begin).line, TrimBlanks(source->TextOf(line))),
      "Keep one of both sides and take the marker lines out.");
}

std::shared_ptr<SpecFile> Parse(const Path& path, std::string text, const RepoAccess& access) {
  auto spec = std::make_shared<SpecFile>();
  spec->parsed = jobspec::ParseSpec(path, std::move(text), access.spec, spec->diagnostics);
  // What was read without a tree parses, and may hold one inside of a text.
  const bool has_tree = spec->parsed.body || spec->parsed.json;
  if (has_tree || spec->text().find("<<<<<<< ") != std::string_view::npos) TellMergeConflict(*spec);
  spec->faulty = spec->diagnostics.HasErrors();
  return spec;
}

NoSpec ApiJob(const Path& path) {
  return {path, 0, "a job in the API's JSON form, which is not read"};
}

Candidate ReadCandidate(const Path& path, const RepoAccess& access) {
  Candidate candidate{path};
  Expected<std::string> text = access.files->ReadFile(path, kMaxFileSize);
  if (!text) {
    candidate.fault = std::make_unique<Error>(text.error());
    return candidate;
  }
  if (IsUtf16(*text)) {
    candidate.no_spec =
        std::make_unique<NoSpec>(NoSpec{path, 0, "a text in UTF-16: save it as UTF-8"});
    return candidate;
  }
  if (const auto instead = FindStandIn(*text)) {
    candidate.no_spec = std::make_unique<NoSpec>(NoSpec{path, 0, std::string(instead->why)});
    return candidate;
  }
  if (IsApiJob(*text)) candidate.no_spec = std::make_unique<NoSpec>(ApiJob(path));
  if (!MayHoldJob(*text)) return candidate;
  const std::shared_ptr<SpecFile> spec = Parse(path, *std::move(text), access);
  std::optional<NoSpec> lost = FindLostHeader(*spec);
  if (spec->parsed.has_job && !lost) {
    // Few specs of a repository are evaluated; a tree weighs five times its text.
    if (spec->diagnostics.empty()) spec->parsed.body = nullptr;
    candidate.spec = spec;
  }
  if (lost) candidate.no_spec = std::make_unique<NoSpec>(*std::move(lost));
  return candidate;
}

// Files that no spec is called like cost a look, and are nobody's loss where they cannot be read.
void AddApiJobs(const std::vector<Path>& paths, std::size_t threads, FileSystem& files,
                Found& found) {
  constexpr std::uint64_t kLargest = 1U << 20U;
  std::vector<char> is_job(paths.size());
  ParallelFor(paths.size(), threads, [&](std::size_t i) {
    const Expected<std::string> text = files.ReadFile(paths[i], kLargest);
    is_job[i] = text && IsApiJob(*text) ? 1 : 0;
  });
  for (std::size_t i = 0; i < paths.size(); ++i) {
    if (is_job[i] != 0) found.no_specs.push_back(ApiJob(paths[i]));
  }
}

}  // namespace

bool LooksLikeSpecFile(std::string_view name, const RepoOptions& options) {
  const auto matches = [&](std::string_view glob) { return GlobMatch(glob, name); };
  return std::any_of(kSpecGlobs.begin(), kSpecGlobs.end(), matches) ||
         std::any_of(options.spec_globs.begin(), options.spec_globs.end(), matches);
}

Found FindSpecs(const Path& folder, const RepoOptions& options, const RepoAccess& access) {
  const auto read = [&access](const Path& path) { return ReadCandidate(path, access); };
  Walked walked = WalkFolder(folder, options, *access.files, read, access.stop);
  Found found;
  found.unreadable = std::move(walked.unlisted);
  found.warnings = std::move(walked.warnings);
  found.root_unreadable = walked.root_unlisted;
  found.specs.reserve(walked.candidates.size());
  for (Candidate& candidate : walked.candidates) {
    // Alone, where several at once were too many for the descriptors there are.
    if (candidate.fault) candidate = read(candidate.path);
    if (candidate.spec) found.specs.push_back(std::move(candidate.spec));
    if (candidate.no_spec) found.no_specs.push_back(*std::move(candidate.no_spec));
    if (!candidate.fault) continue;
    const bool gone = candidate.fault->code == ErrorCode::kNotFound;
    (gone ? found.warnings : found.unreadable).push_back(candidate.fault->message);
  }
  AddApiJobs(walked.jsons, options.threads, *access.files, found);
  LogDebug("{}: {}, {}", folder, Count(walked.candidates.size(), "candidate"),
           Count(found.specs.size(), "spec"));
  return found;
}

std::optional<NoSpec> FindLostHeader(const SpecFile& spec) {
  const jobspec::ParsedSpec& parsed = spec.parsed;
  if (parsed.has_job && !IsForeignName(spec.id())) return std::nullopt;
  const auto is_job = [](const hcl::BodyItem& item) {
    return item.block != nullptr && item.block->type == "job";
  };
  if (parsed.valid && parsed.body != nullptr) {
    const std::span<const hcl::BodyItem> items = parsed.body->root().items;
    if (std::none_of(items.begin(), items.end(), is_job)) return std::nullopt;
  }
  const std::optional<LostJob> lost = FindLostJob(spec.text());
  if (!lost) return std::nullopt;
  return NoSpec{spec.path(), lost->line, std::string(lost->why)};
}

Expected<SpecPtr> ReadSpec(const Path& path, const RepoAccess& access) {
  TRY_ASSIGN(std::string text, access.files->ReadFile(path, kMaxFileSize));
  if (text.empty()) return Error{ErrorCode::kInvalid, path + ": the file is empty"};
  if (const auto instead = FindStandIn(text)) {
    return Error{ErrorCode::kInvalid, fmt::format("{}: {}", path, instead->why),
                 std::string(instead->remedy)};
  }
  if (text.find('\0') != std::string::npos && !MayHoldJob(text)) {
    return Error{ErrorCode::kInvalid, path + ": a binary file, no job spec"};
  }
  const bool api_job = IsApiJob(text);
  const std::shared_ptr<SpecFile> spec = Parse(path, std::move(text), access);
  if (api_job && !spec->parsed.has_job) {
    return Error{ErrorCode::kInvalid, fmt::format("{}: {}", path, ApiJob(path).why),
                 "write it as HCL, or as JSON in the form of HCL: {\"job\": {\"web\": {...}}}"};
  }
  if (!spec->parsed.has_job || FindLostHeader(*spec)) {
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
  if (access.stop.stop_requested()) return Error{ErrorCode::kInterrupted, "interrupted"};
  return Repo{std::move(options), std::move(access), true, false, std::move(found)};
}

Repo UnopenedRepo(RepoOptions options, RepoAccess access) {
  return Repo{std::move(options), std::move(access)};
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
