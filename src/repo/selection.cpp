#include "nmgr/repo/selection.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "nmgr/base/parallel.h"
#include "nmgr/base/text.h"
#include "repo/target.h"

namespace nmgr::repo {
namespace {

std::string Quoted(const std::string& text) { return fmt::format("\"{}\"", text); }

// Resolves one request. Words are looked up one after the other; unknown ones are collected, so
// that one message names them all.
class Resolver {
 public:
  Resolver(const Repo& repo, const TargetRequest& request) : repo_(repo), request_(request) {}

  Expected<Selection> Run() {
    for (const std::string& word : request_.targets) {
      if (IsPathWord(word, repo_.options)) TRY(AddPath(word, chosen_, true));
    }
    for (const std::string& word : request_.excluded) {
      if (IsPathWord(word, repo_.options)) TRY(AddPath(word, left_out_, false));
    }
    candidates_ = repo_.found.specs;
    for (const SpecPtr& spec : from_paths_) candidates_.push_back(spec);
    for (const std::string& word : request_.targets) {
      if (!IsPathWord(word, repo_.options)) TRY(AddRule(word, repo_.found.specs, chosen_, true));
    }
    for (const std::string& word : request_.excluded) {
      if (!IsPathWord(word, repo_.options)) TRY(AddRule(word, candidates_, left_out_, false));
    }
    if (!unknown_.empty()) return UnknownWords();
    return Finish();
  }

 private:
  using Specs = std::set<SpecPtr>;

  Expected<void> AddPath(const std::string& word, Specs& into, bool selecting) {
    const Path path = CleanPath(word);
    const Expected<FileInfo> info = repo_.access.files->Stat(path);
    if (!info && info.error().code == ErrorCode::kNotFound) return NoSuchPath(word);
    if (!info) {
      if (selecting) selection_.failures.push_back(info.error());
      return {};
    }
    if (info->kind == FileKind::kFolder) return AddFolder(path, into, selecting);
    Expected<SpecPtr> spec = ReadSpec(path, repo_.access);
    if (spec && (*spec)->parsed.has_job) {
      into.insert(Known(*std::move(spec)));
    } else if (selecting && spec) {
      selection_.failures.push_back({ErrorCode::kInvalid, path + ": no job block in it"});
      selection_.jobless.push_back(*std::move(spec));
    } else if (selecting) {
      selection_.failures.push_back(std::move(spec).error());
    }
    return {};
  }

  Expected<void> AddFolder(const Path& path, Specs& into, bool selecting) {
    Found found = FindSpecs(path, repo_.options, repo_.access);
    if (found.specs.empty() && selecting) {
      return Error{ErrorCode::kNotFound, fmt::format("{}: no job specs below this folder", path),
                   found.warnings.empty() ? std::string() : found.warnings.front()};
    }
    for (SpecPtr& spec : found.specs) into.insert(Known(std::move(spec)));
    for (std::string& warning : found.warnings) Warn(std::move(warning));
    return {};
  }

  Expected<void> NoSuchPath(const std::string& word) const {
    std::string hint;
    const Path inside = JoinPath(repo_.options.base_dir, word);
    if (!IsAbsolutePath(word) && repo_.access.files->Stat(inside)) {
      hint = fmt::format("paths are relative to the current folder; there is {}", inside);
    }
    return Error{ErrorCode::kNotFound, fmt::format("{}: no such file or folder", word), hint};
  }

  // The same file as one that is known already, under whatever path, is the known one.
  SpecPtr Known(SpecPtr spec) {
    for (const std::vector<SpecPtr>* known : {&repo_.found.specs, &std::as_const(from_paths_)}) {
      for (const SpecPtr& other : *known) {
        if (other->path() == spec->path()) return other;
        if (other->id() == spec->id() && SameFile(other->path(), spec->path())) return other;
      }
    }
    from_paths_.push_back(spec);
    return spec;
  }

  bool SameFile(const Path& a, const Path& b) const {
    const Expected<FileInfo> first = repo_.access.files->Stat(a);
    const Expected<FileInfo> second = repo_.access.files->Stat(b);
    return first && second && first->device == second->device && first->inode == second->inode;
  }

  Expected<void> AddRule(const std::string& word, const std::vector<SpecPtr>& specs, Specs& into,
                         bool selecting) {
    TRY_ASSIGN(const std::unique_ptr<Rule> rule, MakeRule(word, repo_, request_.filters));
    std::vector<char> taken(specs.size());
    std::vector<std::vector<std::string>> warnings(specs.size());
    ParallelFor(specs.size(), repo_.options.threads,
                [&](std::size_t i) { taken[i] = rule->Takes(*specs[i], warnings[i]) ? 1 : 0; });
    for (std::size_t i = 0; i < specs.size(); ++i) {
      if (taken[i] != 0) into.insert(specs[i]);
      for (std::string& warning : warnings[i]) Warn(std::move(warning));
    }
    if (std::find(taken.begin(), taken.end(), 1) != taken.end()) return {};
    if (!rule->MayTakeNothing()) {
      unknown_.push_back(word);
    } else if (selecting) {
      selection_.notices.push_back(
          repo_.found.specs.empty() ? fmt::format("no job specs below {}", repo_.options.base_dir)
                                    : fmt::format("{} selects no job", word));
    }
    return {};
  }

  Error UnknownWords() const {
    const std::vector<std::string> names = TargetNames(repo_, request_.filters);
    std::vector<std::string> quoted;
    std::vector<std::string> nearest;
    for (const std::string& word : unknown_) {
      quoted.push_back(Quoted(word));
      const std::string_view bare =
          word.starts_with("job:") ? std::string_view(word).substr(4) : word;
      for (std::string& name : NearestNames(bare, names)) nearest.push_back(std::move(name));
    }
    Error error{ErrorCode::kNotFound,
                fmt::format("no job, filter or path is called {}", fmt::join(quoted, ", "))};
    error.hint = nearest.empty() ? "`nmgr list all` shows the jobs"
                                 : fmt::format("did you mean {}?", Join(nearest, ", "));
    return error;
  }

  Selection Finish() {
    std::vector<SpecPtr> specs;
    for (const SpecPtr& spec : chosen_) {
      if (!left_out_.contains(spec)) specs.push_back(spec);
    }
    if (specs.empty() && !chosen_.empty()) {
      selection_.notices.emplace_back("nothing is left after --exclude");
    }
    for (const std::string& warning : repo_.found.warnings) Warn(warning);
    const std::set<SpecPtr> selected(specs.begin(), specs.end());
    for (const SpecPtr& spec : repo_.found.specs) {
      if (spec->faulty && !selected.contains(spec)) WarnOfFault(*spec);
    }
    Selection made = MakeSelection(std::move(specs), repo_.options);
    made.failures = std::move(selection_.failures);
    made.jobless = std::move(selection_.jobless);
    made.notices = std::move(selection_.notices);
    made.warnings = std::move(selection_.warnings);
    return made;
  }

  void WarnOfFault(const SpecFile& spec) {
    for (const hcl::Diagnostic& diagnostic : spec.diagnostics.items()) {
      if (diagnostic.severity != hcl::Severity::kError) continue;
      return Warn(fmt::format("{} (not selected)", hcl::ToLine(diagnostic)));
    }
  }

  void Warn(std::string text) {
    std::vector<std::string>& warnings = selection_.warnings;
    if (std::find(warnings.begin(), warnings.end(), text) == warnings.end()) {
      warnings.push_back(std::move(text));
    }
  }

  const Repo& repo_;
  const TargetRequest& request_;
  std::vector<SpecPtr> from_paths_;  // read for targets that are paths
  std::vector<SpecPtr> candidates_;
  Specs chosen_;
  Specs left_out_;
  std::vector<std::string> unknown_;
  Selection selection_;
};

const std::string& OrDefault(const std::string& value, const std::string& otherwise) {
  return value.empty() ? otherwise : value;
}

}  // namespace

std::optional<std::size_t> InfraPosition(const std::string& id, const RepoOptions& options) {
  const auto at = std::find(options.infra_jobs.begin(), options.infra_jobs.end(), id);
  if (at == options.infra_jobs.end()) return std::nullopt;
  return static_cast<std::size_t>(at - options.infra_jobs.begin());
}

Selection MakeSelection(std::vector<SpecPtr> specs, const RepoOptions& options) {
  const auto identity = [&](const SpecPtr& spec) {
    const jobspec::JobHeader& header = spec->parsed.header;
    return std::tie(header.id, OrDefault(header.name_space, options.default_namespace),
                    OrDefault(header.region, options.default_region));
  };
  std::sort(specs.begin(), specs.end(), [&](const SpecPtr& a, const SpecPtr& b) {
    const std::size_t place_a = InfraPosition(a->id(), options).value_or(options.infra_jobs.size());
    const std::size_t place_b = InfraPosition(b->id(), options).value_or(options.infra_jobs.size());
    return std::tuple(place_a, identity(a), std::string_view(a->path())) <
           std::tuple(place_b, identity(b), std::string_view(b->path()));
  });
  Selection selection;
  for (const SpecPtr& spec : specs) {
    const bool duplicate = !selection.jobs.empty() && !spec->id().empty() &&
                           identity(selection.specs.back()) == identity(spec);
    if (duplicate) {
      selection.jobs.back().duplicates.push_back(spec.get());
    } else {
      selection.jobs.push_back({spec.get(), InfraPosition(spec->id(), options).has_value(), {}});
    }
    selection.specs.push_back(spec);
  }
  return selection;
}

bool NeedsBaseDir(const TargetRequest& request, const RepoOptions& options) {
  const auto is_name = [&](const std::string& word) { return !IsPathWord(word, options); };
  return std::any_of(request.targets.begin(), request.targets.end(), is_name) ||
         std::any_of(request.excluded.begin(), request.excluded.end(), is_name);
}

Expected<Selection> Select(const Repo& repo, const TargetRequest& request) {
  return Resolver(repo, request).Run();
}

}  // namespace nmgr::repo
