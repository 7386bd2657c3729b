#include "nmgr/sync/tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "nmgr/base/text.h"

namespace nmgr::sync {
namespace {

constexpr int kDeepest = 64;

bool Fits(const std::vector<std::string>& globs, std::string_view path) {
  return std::any_of(globs.begin(), globs.end(), [&](const std::string& glob) {
    const bool whole = glob.find('/') != std::string::npos;
    return GlobMatch(glob, whole ? path : std::string_view(path).substr(path.rfind('/') + 1));
  });
}

void AddIgnored(repo::RepoOptions& repo) {
  for (const char* name : {"_archive", ".git"}) {
    const auto found = std::find(repo.ignore_dirs.begin(), repo.ignore_dirs.end(), name);
    if (found == repo.ignore_dirs.end()) repo.ignore_dirs.emplace_back(name);
  }
}

void SetContext(const Source& source, const TreeOptions& options, Tree& tree) {
  tree.variables.flags = source.var;
  for (const Path& file : source.var_file) {
    tree.variables.files.push_back(JoinPath(tree.checkout.folder, file));
  }
  tree.variables.strict = false;
  tree.variable_files = std::make_unique<jobspec::VariableFiles>();
  jobspec::SpecContext& context = tree.context;
  context.variables = &tree.variables;
  context.files = tree.readable.get();
  context.home = source.overlay;
  context.current = "/";  // not where this copy happened to be started
  context.repository = tree.repo.base_dir;
  if (options.file_root == "base") {
    context.file_root = tree.repo.base_dir;
  } else if (options.file_root != "spec") {
    context.file_root = JoinPath(tree.repo.base_dir, options.file_root);
  }
  context.secrets = options.secrets;
  context.variable_files = tree.variable_files.get();
}

void NoteUnclear(const repo::Found& found, Tree& tree) {
  for (const std::string& text : found.unreadable) tree.unclear.push_back(tree.Shown(text));
  for (const repo::NoSpec& file : found.no_specs) {
    const std::string line = file.line == 0 ? "" : fmt::format(":{}", file.line);
    tree.unclear.push_back(fmt::format("{}{}: {}", tree.Shown(file.path), line, file.why));
  }
  for (const repo::SpecPtr& spec : found.specs) {
    if (spec->id().empty()) {
      tree.unclear.push_back(tree.Shown(spec->path()) + ": its job has no ID that can be read");
    }
  }
  for (const std::string& text : found.warnings) tree.warnings.push_back(tree.Shown(text));
}

}  // namespace

std::string Tree::Shown(const std::string& text) const {
  return ReplaceAll(text, checkout.folder + "/", "");
}

const std::map<std::string, Path>& Tree::Strays() const {
  if (strays) return *strays;
  strays.emplace();
  repo::RepoOptions everything = repo;
  everything.base_dir = checkout.folder;
  everything.ignore_dirs.clear();
  everything.ignore_files.clear();
  everything.max_depth = kDeepest;
  repo::RepoAccess access;
  access.files = walked.get();
  access.spec = context;
  std::set<Path> known;
  for (const repo::SelectedJob& job : selection.jobs) known.insert(job.spec->path());
  for (const repo::SpecPtr& spec : repo::FindSpecs(checkout.folder, everything, access).specs) {
    if (!known.contains(spec->path())) strays->emplace(spec->id(), Shown(spec->path()));
  }
  return *strays;
}

Expected<std::unique_ptr<Tree>> ReadTree(Checkout checkout, const Source& source,
                                         const TreeOptions& options, FileSystem& files,
                                         Processes& processes) {
  auto tree = std::make_unique<Tree>();
  tree->checkout = std::move(checkout);
  const Path& folder = tree->checkout.folder;
  tree->warnings = tree->checkout.left_out;
  tree->repo = options.repo;
  tree->repo.base_dir = JoinPath(folder, source.path);
  if (source.infra_jobs) tree->repo.infra_jobs = *source.infra_jobs;
  tree->repo.ignore_files.insert(tree->repo.ignore_files.end(), source.exclude.begin(),
                                 source.exclude.end());
  AddIgnored(tree->repo);
  tree->walked = std::make_unique<ConfinedFiles>(files, ConfinedFiles::Limits{folder, {}, {}});
  std::vector<Path> allowed = source.allow_paths;
  for (const Path& file : source.var_file) {
    if (IsAbsolutePath(file)) allowed.push_back(file);
  }
  tree->readable = std::make_unique<ConfinedFiles>(
      files, ConfinedFiles::Limits{folder, source.overlay, std::move(allowed)});
  SetContext(source, options, *tree);

  repo::RepoAccess access;
  access.files = tree->walked.get();
  access.processes = &processes;
  access.spec = tree->context;
  access.stop = options.stop;
  auto repo = repo::OpenRepo(tree->repo, access);
  if (!repo) {
    Error error = std::move(repo).error();
    error.message = fmt::format("commit {} has no folder \"{}\"",
                                tree->checkout.commit.substr(0, kLedgerCommit), source.path);
    return error;
  }
  std::vector<repo::SpecPtr> specs = repo->found.specs;
  if (!source.include.empty()) {
    std::erase_if(specs, [&](const repo::SpecPtr& spec) {
      return !Fits(source.include, RelativeTo(spec->path(), tree->repo.base_dir));
    });
  }
  NoteUnclear(repo->found, *tree);
  tree->selection = repo::MakeSelection(std::move(specs), tree->repo);
  return tree;
}

JobKey KeyOf(const repo::SpecFile& spec, const repo::RepoOptions& options) {
  return {repo::NamespaceOf(spec, options), spec.id()};
}

JobKey KeyOf(const nomad::JobRef& ref, const repo::RepoOptions& options) {
  return {ref.name_space.empty() ? options.default_namespace : ref.name_space, ref.id};
}

}  // namespace nmgr::sync
