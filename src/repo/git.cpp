#include "repo/git.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "nmgr/base/text.h"
#include "nmgr/repo/target.h"

namespace nmgr::repo {
namespace {

// Variables that point git at another repository, or change what paths mean to it.
constexpr std::string_view kForeign[] = {"GIT_ALTERNATE_OBJECT_DIRECTORIES",
                                         "GIT_ATTR_SOURCE",
                                         "GIT_COMMON_DIR",
                                         "GIT_CONFIG",
                                         "GIT_DIR",
                                         "GIT_EXTERNAL_DIFF",
                                         "GIT_GLOB_PATHSPECS",
                                         "GIT_GRAFT_FILE",
                                         "GIT_ICASE_PATHSPECS",
                                         "GIT_IMPLICIT_WORK_TREE",
                                         "GIT_INDEX_FILE",
                                         "GIT_INTERNAL_SUPER_PREFIX",
                                         "GIT_LITERAL_PATHSPECS",
                                         "GIT_NAMESPACE",
                                         "GIT_NOGLOB_PATHSPECS",
                                         "GIT_NO_REPLACE_OBJECTS",
                                         "GIT_OBJECT_DIRECTORY",
                                         "GIT_PREFIX",
                                         "GIT_QUARANTINE_PATH",
                                         "GIT_REPLACE_REF_BASE",
                                         "GIT_SHALLOW_FILE",
                                         "GIT_WORK_TREE"};

// An object that a partial clone lacks would be fetched, by programs of the repository's choice: no
// transport is allowed, also for versions of git that do not know GIT_NO_LAZY_FETCH.
constexpr std::string_view kOwn[] = {"GIT_ALLOW_PROTOCOL=none", "GIT_NO_LAZY_FETCH=1",
                                     "GIT_OPTIONAL_LOCKS=0", "GIT_TERMINAL_PROMPT=0", "LC_ALL=C"};

constexpr std::string_view kSettings[] = {"safe.bareRepository=explicit", "core.fsmonitor=false",
                                          "core.hooksPath=/dev/null", "core.preloadIndex=false"};

// Started elsewhere, because a PATH with relative folders would find programs in `folder`.
std::vector<std::string> CommandLine(const Path& folder, std::vector<std::string> arguments) {
  std::vector<std::string> line = {"git", "-C", JoinPath(CurrentFolder(), folder), "--no-pager",
                                   "--literal-pathspecs"};
  for (const std::string_view setting : kSettings) {
    line.insert(line.end(), {"-c", std::string(setting)});
  }
  std::move(arguments.begin(), arguments.end(), std::back_inserter(line));
  return line;
}

std::string WithoutLineEnd(std::string text) {
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

// Behind the word that asks git: "changed:HEAD~1: ...".
std::string OfChanged(std::string_view text) {
  return std::string(WordOf(TargetKind::kChanged)).append(text);
}

Error OfUnknownForm(std::string_view what) {
  return {ErrorCode::kIo,
          OfChanged(fmt::format(" this version of git shows {} otherwise than nmgr knows", what))};
}

// `^A`, `A..B`, `A...B`, `A^@`, `A^!`, `A^-1`: sets of commits, or all but some.
bool IsRange(std::string_view revision) {
  return revision.empty() || revision.starts_with('^') || revision.starts_with('-') ||
         revision.find("..") != revision.npos || revision.ends_with("^@") ||
         revision.ends_with("^!") || revision.find("^-") != revision.npos;
}

}  // namespace

Expected<ProcessResult> Git::Start(std::vector<std::string> arguments) const {
  const std::vector<std::string> line = CommandLine(repo_.options.base_dir, std::move(arguments));
  const ProcessOptions options{{std::begin(kForeign), std::end(kForeign)},
                                   {std::begin(kOwn), std::end(kOwn)}};
  auto result = repo_.access.processes->Run(line, "/", repo_.access.stop, options);
  if (!result && result.error().code == ErrorCode::kNotFound) {
    return Error{ErrorCode::kNotFound, OfChanged(" cannot run git: there is no such program")};
  }
  return result;
}

Expected<std::string> Git::Run(std::vector<std::string> arguments) const {
  TRY_ASSIGN(ProcessResult result, Start(std::move(arguments)));
  if (result.exit_code == 0) return std::move(result.out);
  return Error{
      ErrorCode::kNotFound,
      OfChanged(fmt::format(" {}", TrimBlanks(result.err.empty() ? result.out : result.err)))};
}

Error Git::NoSuchRevision(std::string_view revision) const {
  Error error{ErrorCode::kNotFound,
              OfChanged(fmt::format("{}: git knows no such revision in {}", revision,
                                    JoinPath(CurrentFolder(), repo_.options.base_dir)))};
  const Expected<std::string> shallow = Run({"rev-parse", "--is-shallow-repository"});
  if (!shallow) return shallow.error();
  if (WithoutLineEnd(*shallow) == "true") {
    error.hint = "a shallow clone? fetch it (actions/checkout: fetch-depth: 0)";
  }
  return error;
}

Expected<std::vector<std::string>> Git::Revisions() const {
  TRY_ASSIGN(const std::string text,
             Run({"for-each-ref", "--sort=-creatordate", "--format=%(refname:short)", "refs/heads",
                  "refs/tags", "refs/remotes"}));
  return SplitList(text, "\n");
}

Expected<std::string> Git::ResolveCommit(std::string_view revision) const {
  constexpr std::string_view kFromMergeBase = "...";
  std::string_view name = revision;
  const bool from_merge_base = name.ends_with(kFromMergeBase);
  if (from_merge_base) name.remove_suffix(kFromMergeBase.size());
  if (name.empty()) {
    return Error{ErrorCode::kUsage, OfChanged(" needs a git revision"),
                 "for example " + OfChanged("HEAD~1")};
  }
  if (IsRange(name)) return NoSuchRevision(revision);
  const auto resolve = [this](std::string_view text) {
    return Run({"rev-parse", "--verify", "--quiet", "--end-of-options", std::string(text)});
  };
  Expected<std::string> object = resolve(name);
  if (object) object = resolve(WithoutLineEnd(*object) + "^{commit}");
  if (!object || !IsObjectName(WithoutLineEnd(*object))) return NoSuchRevision(revision);
  const std::string commit = WithoutLineEnd(*object);
  if (!from_merge_base) return commit;
  const Expected<std::string> base = Run({"merge-base", "--end-of-options", commit, "HEAD"});
  if (base && IsObjectName(WithoutLineEnd(*base))) return WithoutLineEnd(*base);
  Error error = NoSuchRevision(revision);
  error.message =
      OfChanged(fmt::format("{}: {} and HEAD have no commit in common", revision, name));
  return error;
}

Expected<std::string> Git::Prefix() const {
  TRY_ASSIGN(std::string prefix, Run({"rev-parse", "--show-prefix"}));
  return WithoutLineEnd(std::move(prefix));
}

Expected<std::string> Git::WayUp() const {
  TRY_ASSIGN(std::string up, Run({"rev-parse", "--show-cdup"}));
  return WithoutLineEnd(std::move(up));
}

Expected<GitNames> Git::Below() const {
  TRY_ASSIGN(std::string up, WayUp());
  return GitNames{"--", up.empty() ? "." : std::move(up)};
}

Expected<GitTree> Git::Tree(const std::string& commit) const {
  TRY_ASSIGN(const std::string text, Run({"ls-tree", "-r", "-z", "--full-tree", commit}));
  std::optional<GitTree> tree = ReadTree(text);
  if (!tree) return OfUnknownForm("a tree");
  return *std::move(tree);
}

Expected<GitIndex> Git::Index() const {
  GitNames arguments = {"ls-files", "--stage", "--debug", "--full-name", "-z"};
  TRY_ASSIGN(const GitNames below, Below());
  arguments.insert(arguments.end(), below.begin(), below.end());
  TRY_ASSIGN(const std::string text, Run(std::move(arguments)));
  std::optional<GitIndex> index = ReadIndex(text);
  if (!index) return OfUnknownForm("its index");
  return *std::move(index);
}

Expected<Path> Git::IndexFile() const {
  TRY_ASSIGN(std::string path, Run({"rev-parse", "--git-path", "index"}));
  return JoinPath(repo_.options.base_dir, WithoutLineEnd(std::move(path)));
}

Expected<GitNames> Git::Untracked() const {
  GitNames arguments = {"ls-files", "--others", "--exclude-standard", "--full-name", "-z"};
  TRY_ASSIGN(const GitNames below, Below());
  arguments.insert(arguments.end(), below.begin(), below.end());
  TRY_ASSIGN(const std::string text, Run(std::move(arguments)));
  std::optional<GitNames> names = ReadNames(text);
  if (!names) return OfUnknownForm("names of files");
  return *std::move(names);
}

Expected<GitAttributes> Git::Attributes(const GitNames& names,
                                        const std::vector<std::string>& attributes) const {
  constexpr std::size_t kAtOnce = 500;  // well below what a command line may hold
  GitAttributes result;
  TRY_ASSIGN(const std::string up, WayUp());
  for (std::size_t from = 0; from < names.size(); from += kAtOnce) {
    GitNames arguments = {"-C", up.empty() ? "." : up, "check-attr", "-z"};
    arguments.insert(arguments.end(), attributes.begin(), attributes.end());
    arguments.emplace_back("--");
    const std::size_t to = std::min(from + kAtOnce, names.size());
    for (std::size_t i = from; i < to; ++i) arguments.push_back(names[i]);
    TRY_ASSIGN(const std::string text, Run(std::move(arguments)));
    if (!ReadAttributes(text, result)) return OfUnknownForm("attributes");
  }
  return result;
}

Expected<bool> Git::ConvertsLineEnds() const {
  TRY_ASSIGN(const ProcessResult result, Start({"config", "--get", "core.autocrlf"}));
  std::string value(TrimBlanks(result.out));
  std::transform(value.begin(), value.end(), value.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return value == "true" || value == "input" || value == "yes" || value == "on" || value == "1";
}

Expected<std::string> Git::Content(const std::string& object) const {
  return Run({"cat-file", "blob", object});
}

}  // namespace nmgr::repo
