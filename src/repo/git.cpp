#include "repo/git.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "nmgr/base/text.h"
#include "nmgr/git/command.h"
#include "nmgr/repo/target.h"

namespace nmgr::repo {
namespace {

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
  // Started elsewhere, because a PATH with relative folders would find programs in the folder.
  const Path folder = JoinPath(CurrentFolder(), repo_.options.base_dir);
  arguments.insert(arguments.begin(), {"-C", folder});
  auto result = repo_.access.processes->Run(git::CommandLine(std::move(arguments)), "/",
                                            repo_.access.stop, git::CommandOptions());
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
  if (git::Line(*shallow) == "true") {
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
  if (object) object = resolve(git::Line(*object) + "^{commit}");
  if (!object || !git::IsObjectName(git::Line(*object))) return NoSuchRevision(revision);
  const std::string commit = git::Line(*object);
  if (!from_merge_base) return commit;
  const Expected<std::string> base = Run({"merge-base", "--end-of-options", commit, "HEAD"});
  if (base && git::IsObjectName(git::Line(*base))) return git::Line(*base);
  Error error = NoSuchRevision(revision);
  error.message =
      OfChanged(fmt::format("{}: {} and HEAD have no commit in common", revision, name));
  return error;
}

Expected<std::string> Git::Prefix() const {
  TRY_ASSIGN(std::string prefix, Run({"rev-parse", "--show-prefix"}));
  return git::Line(std::move(prefix));
}

Expected<std::string> Git::WayUp() const {
  TRY_ASSIGN(std::string up, Run({"rev-parse", "--show-cdup"}));
  return git::Line(std::move(up));
}

Expected<Path> Git::Top() const {
  TRY_ASSIGN(std::string top, Run({"rev-parse", "--show-toplevel"}));
  return git::Line(std::move(top));
}

Expected<git::Names> Git::Below() const {
  TRY_ASSIGN(std::string up, WayUp());
  return git::Names{"--", up.empty() ? "." : std::move(up)};
}

Expected<git::Tree> Git::Tree(const std::string& commit) const {
  TRY_ASSIGN(const std::string text, Run({"ls-tree", "-r", "-z", "--full-tree", commit}));
  std::optional<git::Tree> tree = git::ReadTree(text);
  if (!tree) return OfUnknownForm("a tree");
  return *std::move(tree);
}

Expected<git::Index> Git::Index() const {
  git::Names arguments = {"ls-files", "--stage", "--debug", "--full-name", "-z"};
  TRY_ASSIGN(const git::Names below, Below());
  arguments.insert(arguments.end(), below.begin(), below.end());
  TRY_ASSIGN(const std::string text, Run(std::move(arguments)));
  std::optional<git::Index> index = git::ReadIndex(text);
  if (!index) return OfUnknownForm("its index");
  return *std::move(index);
}

Expected<Path> Git::IndexFile() const {
  TRY_ASSIGN(std::string path, Run({"rev-parse", "--git-path", "index"}));
  return JoinPath(repo_.options.base_dir, git::Line(std::move(path)));
}

Expected<git::Names> Git::Untracked() const {
  git::Names arguments = {"ls-files", "--others", "--exclude-standard", "--full-name", "-z"};
  TRY_ASSIGN(const git::Names below, Below());
  arguments.insert(arguments.end(), below.begin(), below.end());
  TRY_ASSIGN(const std::string text, Run(std::move(arguments)));
  std::optional<git::Names> names = git::ReadNames(text);
  if (!names) return OfUnknownForm("names of files");
  return *std::move(names);
}

Expected<git::Attributes> Git::Attributes(const git::Names& names,
                                          const std::vector<std::string>& attributes) const {
  constexpr std::size_t kAtOnce = 500;  // well below what a command line may hold
  git::Attributes result;
  TRY_ASSIGN(const std::string up, WayUp());
  for (std::size_t from = 0; from < names.size(); from += kAtOnce) {
    git::Names arguments = {"-C", up.empty() ? "." : up, "check-attr", "-z"};
    arguments.insert(arguments.end(), attributes.begin(), attributes.end());
    arguments.emplace_back("--");
    const std::size_t to = std::min(from + kAtOnce, names.size());
    for (std::size_t i = from; i < to; ++i) arguments.push_back(names[i]);
    TRY_ASSIGN(const std::string text, Run(std::move(arguments)));
    if (!git::ReadAttributes(text, result)) return OfUnknownForm("attributes");
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
