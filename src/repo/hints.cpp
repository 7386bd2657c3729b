#include "repo/hints.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "nmgr/base/text.h"
#include "nmgr/repo/evaluated.h"
#include "nmgr/repo/target.h"
#include "repo/sniff.h"

namespace nmgr::repo {
namespace {

// Every word that names something.
std::vector<std::string> TargetNames(const Repo& repo, const std::vector<FilterSpec>& filters) {
  std::vector<std::string> names;
  for (const ReservedWord& reserved : ReservedWords()) names.emplace_back(reserved.word);
  for (const FilterSpec& filter : AllFilters(filters)) names.push_back(filter.name);
  for (const SpecPtr& spec : repo.found.specs) names.push_back(spec->id());
  return names;
}

// "the folder is media/ or ./media" where a path of that name is there.
std::string PathHint(const std::string& word, const Repo& repo) {
  if (word.empty()) return {};
  FileSystem& files = *repo.access.files;
  const Path inside = JoinPath(repo.options.base_dir, word);
  if (const Expected<FileInfo> info = files.Stat(word)) {
    if (info->kind == FileKind::kFile) return "the file is " + ShellWord("./" + word);
    if (info->kind == FileKind::kFolder)
      return fmt::format("the folder is {} or {}", ShellWord(word + "/"), ShellWord("./" + word));
  }
  const Expected<FileInfo> info = files.Stat(inside);
  if (!info || info->kind == FileKind::kOther) return {};
  return info->kind == FileKind::kFile ? fmt::format("the file is {}", inside)
                                       : fmt::format("the folder is {}/", inside);
}

// "did you mean image:...?" for "imgae:*/postgres:*".
std::string PrefixHint(const std::string& word, const std::vector<std::string>& jobs) {
  const std::size_t colon = word.find(':');
  if (colon == word.npos) return {};
  const std::string key = word.substr(0, colon);
  for (const SpecFieldRow& row : SpecFields()) {
    if (row.has_key && key == row.name) return fmt::format("{0} is asked by {0}.KEY:PATTERN", key);
  }
  std::vector<std::string> names = {"changed", "job"};
  for (const std::string& prefix : PatternPrefixes()) {
    names.push_back(prefix.substr(0, prefix.find(':')));
  }
  if (std::find(names.begin(), names.end(), key) != names.end()) return {};
  const std::vector<std::string> near = NearestNames(key, names, 1);
  if (near.empty()) return {};
  const std::string rest = word.substr(colon + 1);
  const bool no_job = std::find(jobs.begin(), jobs.end(), rest) == jobs.end();
  if (near.front() == "job" && no_job) return {};
  return fmt::format("did you mean {}:{}?", near.front(), rest);
}

}  // namespace

Error UnknownWords(const std::vector<std::string>& words, const Repo& repo,
                   const std::vector<FilterSpec>& filters) {
  const std::vector<std::string> names = TargetNames(repo, filters);
  std::vector<std::string> jobs;
  for (const SpecPtr& spec : repo.found.specs) jobs.push_back(spec->id());
  std::vector<std::string> quoted;
  std::vector<std::string> nearest;
  std::vector<std::string> hints;
  for (const std::string& word : words) {
    quoted.push_back(fmt::format("\"{}\"", word));
    if (std::string hint = PathHint(word, repo); !hint.empty()) hints.push_back(std::move(hint));
    if (std::string hint = PrefixHint(word, jobs); !hint.empty()) hints.push_back(std::move(hint));
    const std::string name_alone(WithoutJobPrefix(word));
    for (std::string& name : NearestNames(name_alone, name_alone == word ? names : jobs)) {
      nearest.push_back(std::move(name));
    }
  }
  if (!nearest.empty()) hints.push_back(fmt::format("did you mean {}?", Join(nearest, ", ")));
  if (hints.empty()) hints.emplace_back("`nmgr list all` shows the jobs");
  return {ErrorCode::kNotFound,
          fmt::format("no job, filter or path is called {}", Join(quoted, ", ")),
          Join(hints, "; ")};
}

Error NoSuchPath(const std::string& word, const Repo& repo) {
  const std::vector<SpecPtr>& specs = repo.found.specs;
  const Path inside = JoinPath(repo.options.base_dir, word);
  std::string hint;
  if (std::any_of(specs.begin(), specs.end(),
                  [&](const SpecPtr& spec) { return spec->id() == word; })) {
    hint = "a job is called that: " + JobTarget(word);
  } else if (!IsAbsolutePath(word) && repo.access.files->Stat(inside)) {
    hint = fmt::format("paths are relative to the current folder; there is {}", inside);
  }
  return {ErrorCode::kNotFound, fmt::format("{}: no such file or folder", word), hint};
}

Error NoJobIn(const SpecFile& file, bool called_like_spec) {
  Error error{ErrorCode::kInvalid, fmt::format("{}: no job block in it", file.path())};
  if (!called_like_spec) {
    error.hint = "no spec reads this file either; one with variables is given by --var-file";
    return error;
  }
  for (const hcl::Diagnostic& diagnostic : file.diagnostics.items()) {
    if (diagnostic.severity != hcl::Severity::kError || !diagnostic.subject) continue;
    error.hint =
        fmt::format("{}: {}", FaultPlace(file.diagnostics, file.path()), diagnostic.summary);
    break;
  }
  return error;
}

std::string WhyEmpty(const Found& found) {
  if (!found.unreadable.empty()) return found.unreadable.front();
  if (!found.no_specs.empty()) return NoSpecsText(found.no_specs);
  return found.warnings.empty() ? std::string() : found.warnings.front();
}

std::string NoSpecsText(const std::vector<NoSpec>& files) {
  if (files.empty()) return {};
  const auto place = [](const NoSpec& file) {
    return file.line == 0 ? file.path : fmt::format("{}:{}", file.path, file.line);
  };
  if (files.size() == 1) {
    return fmt::format("{} looks like a job and is not read: {}", place(files.front()),
                       files.front().why);
  }
  std::vector<std::string> texts;
  for (const NoSpec& file : files) texts.push_back(fmt::format("{} ({})", place(file), file.why));
  return fmt::format("{} look like jobs and are not read: {}", Count(files.size(), "file"),
                     SomeOf(texts));
}

bool HoldsSpec(const Path& path, FileSystem& files) {
  const Expected<std::string> text = files.ReadFile(path, kMaxFileSize);
  return text && MayHoldJob(*text);
}

bool HoldsApiJob(const Path& path, FileSystem& files) {
  const Expected<std::string> text = files.ReadFile(path, kMaxFileSize);
  return text && IsApiJob(*text);
}

}  // namespace nmgr::repo
