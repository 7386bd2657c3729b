#include "git/checkouts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <iterator>
#include <optional>
#include <string_view>
#include <system_error>
#include <tuple>
#include <utility>

#include "git/failure.h"
#include "git/links.h"
#include "nmgr/base/folders.h"
#include "nmgr/base/log.h"
#include "nmgr/base/text.h"

namespace nmgr::git {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kUnfinished = ".new-";

bool IsNotLater(const EntryInfo::Time& time, const EntryInfo::Time& than) {
  return std::tie(time.seconds, time.nanoseconds) <= std::tie(than.seconds, than.nanoseconds);
}

// Whether nothing in the tree, nor itself, has changed after `since`.
bool IsUntouched(const Path& tree, const EntryInfo::Time& since) {
  const auto is_old = [&since](const Path& path) {
    const auto entry = RealFileSystem().StatEntry(path);
    return entry && IsNotLater(entry->changed, since);
  };
  if (!is_old(tree)) return false;
  std::error_code error;
  fs::recursive_directory_iterator at(tree, error);
  for (const fs::recursive_directory_iterator end; !error && at != end; at.increment(error)) {
    if (!is_old(at->path())) return false;
  }
  return !error;
}

// Gives the files of `from` their names in `to`, but for those in `written` (in order).
Expected<void> LinkOthers(const SizedTree& tree, const Names& written, const Path& from,
                          const Path& to, const std::stop_token& stop) {
  auto next = written.begin();
  for (const auto& [path, file] : tree) {
    if (next != written.end() && *next == path) {
      ++next;
      continue;
    }
    if (stop.stop_requested()) return Error{ErrorCode::kInterrupted, "interrupted"};
    TRY(LinkFile(from + "/" + path, to + "/" + path));
  }
  return {};
}

}  // namespace

Checkouts::Checkouts(Repository& repository, FileSystem& files, const Limits& limits,
                     std::string shown)
    : repository_(repository), files_(files), limits_(limits), shown_(std::move(shown)) {}

const Checkout* Checkouts::Find(const std::string& commit, const Path& folder) const {
  const auto found = made_.find(folder + "/" + commit);
  return found == made_.end() ? nullptr : &found->second;
}

Expected<SizedTree> Checkouts::List(const std::string& commit, const std::stop_token& stop) {
  const auto refused = [&](std::string why) {
    return Error{
        ErrorCode::kRejected,
        fmt::format("{}: commit {} is not checked out: {}", shown_, commit.substr(0, 12), why),
        "keep what no spec needs in another repository"};
  };
  Expected<std::string> text =
      repository_.Local({"ls-tree", "-r", "-z", "--long", "--full-tree", commit}, stop);
  if (!text && text.error().code == ErrorCode::kRejected) {
    return refused("its list of files is too long");
  }
  if (!text) return text.error();
  std::optional<SizedTree> tree = ReadSizedTree(*text);
  if (!tree) return OddOutput("a tree");
  if (tree->size() > limits_.most_files) {
    return refused(
        fmt::format("it has {} files, at most {} are taken", tree->size(), limits_.most_files));
  }
  std::uint64_t sum = 0;
  const SizedTree::value_type* largest = nullptr;
  for (const SizedTree::value_type& file : *tree) {
    const std::uint64_t size = file.second.size;
    if (largest == nullptr || size > largest->second.size) largest = &file;
    sum = size > limits_.most_tree - sum ? limits_.most_tree + 1 : sum + size;
    if (sum > limits_.most_tree) break;
  }
  if (sum > limits_.most_tree) {
    return refused(fmt::format("its files hold more than {} MiB ({}: {} MiB)",
                               limits_.most_tree >> 20U, EscapeControls(largest->first),
                               largest->second.size >> 20U));
  }
  return *std::move(tree);
}

std::vector<std::string> Checkouts::Variables(const Path& top) const {
  return {"GIT_WORK_TREE=" + top, "GIT_INDEX_FILE=" + repository_.folder() + "/nmgr-index"};
}

Expected<void> Checkouts::Write(const std::string& commit, const Path& top,
                                const std::stop_token& stop) {
  TRY(RemoveTree(top));
  TRY(MakeFolders(top));
  TRY(RemoveTree(repository_.folder() + "/nmgr-index"));
  TRY(repository_.Local({"read-tree", "--reset", "-u", commit}, stop, Variables(top)));
  return {};
}

Expected<Names> Checkouts::NamesToWrite(const std::string& before, const std::string& commit,
                                        const SizedTree& tree, const std::stop_token& stop) {
  const auto is_attributes = [](const std::string& path) {
    return BaseName(path) == ".gitattributes";
  };
  TRY_ASSIGN(const Differences differences, repository_.Differing(before, commit, stop));
  Names names;
  std::size_t size = 0;
  for (const auto& [path, file] : tree) {
    if (!file.entry.is_link && !file.entry.is_submodule && !differences.contains(path)) continue;
    size += path.size() + 1;
    names.push_back(path);
  }
  const bool attributes =
      std::any_of(names.begin(), names.end(), is_attributes) ||
      std::any_of(differences.begin(), differences.end(),
                  [&](const auto& difference) { return is_attributes(difference.first); });
  if (attributes) return Error{ErrorCode::kRejected, "the attributes of files are others"};
  if (size > kMostNamed) return Error{ErrorCode::kRejected, "too much is otherwise"};
  return names;
}

// What git writes it writes into the empty folder: attributes then come from the index, as when all
// is written.
Expected<void> Checkouts::WriteOver(const Path& folder, const Latest& before,
                                    const std::string& commit, const SizedTree& tree,
                                    const Path& top, const std::stop_token& stop) {
  const Path from = folder + "/" + before.commit;
  TRY_ASSIGN(Names names, NamesToWrite(before.commit, commit, tree, stop));
  if (!IsUntouched(from, before.touched)) {
    return Error{ErrorCode::kConflict, from + ": somebody was in it"};
  }
  TRY(RemoveTree(top));
  TRY(MakeFolders(top));
  if (!names.empty()) {
    TRY(RemoveTree(repository_.folder() + "/nmgr-index"));
    TRY(repository_.Local({"read-tree", commit}, stop, Variables(top)));
    std::vector<std::string> words = {"checkout-index", "--"};
    words.insert(words.end(), names.begin(), names.end());
    // Older versions end with 0 also where they could not write.
    TRY_ASSIGN(const ProcessResult result, repository_.Ask(std::move(words), stop, Variables(top)));
    if (result.exit_code != 0 || !result.err.empty()) return repository_.Failure(result);
  }
  return LinkOthers(tree, names, from, top, stop);
}

// Checked out, a link is a file that holds where it leads (core.symlinks=false).
Expected<void> Checkouts::PlaceLinks(const SizedTree& tree, const Path& top,
                                     std::vector<std::string>& left_out) {
  constexpr std::uint64_t kMostTarget = 4096;
  Links links;
  for (const auto& [path, file] : tree) {
    if (file.entry.is_submodule) left_out.push_back(EscapeControls(path) + ": a submodule");
    if (!file.entry.is_link) continue;
    if (file.size > kMostTarget) {
      links[path] = "/";  // nowhere
      continue;
    }
    TRY_ASSIGN(links[path], files_.ReadFile(top + "/" + path, kMostTarget));
  }
  for (const auto& [path, target] : links) {
    if (StaysInside(links, path)) {
      TRY(ReplaceByLink(top + "/" + path, target));
      continue;
    }
    TRY(RemoveTree(top + "/" + path));
    left_out.push_back(EscapeControls(path) + ": a link out of the repository");
  }
  return {};
}

void Checkouts::NoteLatest(const std::string& commit, const Path& folder) {
  latest_.erase(folder);
  const auto entry = RealFileSystem().StatEntry(folder);
  if (entry) latest_.emplace(folder, Latest{commit, entry->changed});
}

Expected<Checkout> Checkouts::Make(const std::string& commit, const Path& folder,
                                   const std::stop_token& stop) {
  TRY_ASSIGN(const SizedTree tree, List(commit, stop));
  Checkout checkout;
  checkout.folder = folder + "/" + commit;
  const Path fresh = folder + "/" + std::string(kUnfinished) + commit;
  const auto before = latest_.find(folder);
  Expected<void> written = Error{ErrorCode::kNotFound, "there is none before it"};
  if (before != latest_.end()) {
    written = WriteOver(folder, before->second, commit, tree, fresh, stop);
  }
  if (!written) {
    LogDebug("{}: all of it is written: {}", checkout.folder, written.error().message);
    TRY(Write(commit, fresh, stop));
  }
  TRY(PlaceLinks(tree, fresh, checkout.left_out));
  TRY(RemoveTree(checkout.folder));
  TRY(Rename(fresh, checkout.folder));
  NoteLatest(commit, folder);
  made_.insert_or_assign(checkout.folder, checkout);
  return checkout;
}

// What is taken away may be other names of files of the latest tree, which changes their ctime.
Expected<void> Checkouts::RemoveOthers(const Path& folder,
                                       const std::vector<std::string>& commits) {
  const auto entries = RealFileSystem().ListFolder(folder);
  if (!entries) {
    if (entries.error().code == ErrorCode::kNotFound) return {};
    return entries.error();
  }
  Names gone;
  for (const FolderEntry& entry : *entries) {
    const bool ours = IsObjectName(entry.name) || entry.name.starts_with(kUnfinished);
    const bool kept = std::find(commits.begin(), commits.end(), entry.name) != commits.end();
    if (ours && !kept) gone.push_back(entry.name);
  }
  if (gone.empty()) return {};
  std::optional<std::string> latest;
  if (const auto at = latest_.find(folder); at != latest_.end()) {
    if (IsUntouched(folder + "/" + at->second.commit, at->second.touched)) {
      latest = at->second.commit;
    }
    latest_.erase(at);
  }
  for (const std::string& name : gone) {
    made_.erase(folder + "/" + name);
    TRY(RemoveTree(folder + "/" + name));
  }
  if (latest && Find(*latest, folder) != nullptr) NoteLatest(*latest, folder);
  return {};
}

}  // namespace nmgr::git
