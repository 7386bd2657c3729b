#include "repo/worktree.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>
#include <utility>

#include "nmgr/base/owned.h"

namespace nmgr::repo {
namespace {

// As far as the index keeps it: sizes and inodes by their last 32 bits, and no parts of seconds
// where git was built so.
bool IsSame(const EntryInfo::Time& seen, const EntryInfo::Time& now) {
  return seen.seconds == (now.seconds & 0xFFFFFFFF) &&
         (seen.nanoseconds == 0 || seen.nanoseconds == now.nanoseconds);
}

bool IsBefore(const EntryInfo::Time& a, const EntryInfo::Time& b) {
  return std::pair(a.seconds, a.nanoseconds) < std::pair(b.seconds, b.nanoseconds);
}

bool IsUntouched(const git::IndexEntry& known, const EntryInfo& now) {
  constexpr std::uint64_t kKept = 0xFFFFFFFF;
  const EntryInfo& seen = known.seen;
  return known.merged && known.entry.is_link == now.is_link && seen.size == (now.size & kKept) &&
         (seen.inode == 0 || seen.inode == (now.inode & kKept)) &&
         IsSame(seen.modified, now.modified) && IsSame(seen.changed, now.changed);
}

std::string WithLineFeeds(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
    result += text[i];
  }
  return result;
}

using Attributes = std::map<std::string, std::string>;

bool Has(const Attributes& attributes, const std::string& name) {
  const auto found = attributes.find(name);
  return found != attributes.end() && found->second != "unset";
}

// Whether the content goes through something else than a conversion of line endings.
bool IsFiltered(const Attributes& attributes) {
  return Has(attributes, "filter") || Has(attributes, "ident") ||
         Has(attributes, "working-tree-encoding");
}

bool ConvertsLineEnds(const Attributes& attributes, bool by_default) {
  const auto text = attributes.find("text");
  if (text != attributes.end()) return text->second != "unset";
  return Has(attributes, "eol") || Has(attributes, "crlf") || by_default;
}

}  // namespace

std::string GitObjectName(std::string_view content, std::string_view like) {
  constexpr std::size_t kDigitsOfSha1 = 40;
  const Owned<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
  const std::string header = fmt::format("blob {}", content.size());
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  EVP_DigestInit_ex(context.get(), like.size() == kDigitsOfSha1 ? EVP_sha1() : EVP_sha256(),
                    nullptr);
  EVP_DigestUpdate(context.get(), header.c_str(), header.size() + 1);
  EVP_DigestUpdate(context.get(), content.data(), content.size());
  EVP_DigestFinal_ex(context.get(), digest.data(), &size);
  std::string name;
  for (unsigned int i = 0; i < size; ++i) name += fmt::format("{:02x}", digest[i]);
  return name;
}

std::optional<git::Entry> Worktree::ContentNow(const std::string& name,
                                               const git::IndexEntry* known,
                                               const git::Entry& wanted) {
  if (known != nullptr && known->entry.is_submodule) return known->entry;
  const Path path = path_of_(name);
  const Expected<EntryInfo> now = files_.StatEntry(path);
  if (!now && known != nullptr && known->left_out) return known->entry;
  if (!now || now->kind == FileKind::kFolder) {
    return wanted.is_submodule && now ? std::optional(wanted) : std::nullopt;
  }
  if (known != nullptr && IsUntouched(*known, *now)) {
    if (IsBefore(now->modified, index_written_)) return known->entry;
    young_.emplace(name, known->entry);
  }
  if (!now->is_link) touched_.push_back(name);
  const Expected<std::string> content =
      now->is_link ? files_.ReadLink(path) : files_.ReadFile(path, kMaxFileSize);
  if (!content) return git::Entry{};  // too large for any job, or of a kind that git does not keep
  return git::Entry{GitObjectName(*content, wanted.object), now->is_link, false};
}

// Of files that look changed: those whose line endings alone differ are not; those with a filter
// are, but nobody knows it.
Expected<void> Worktree::JudgeTouched(const std::map<std::string, git::Entry>& tree,
                                      Differences& result) {
  git::Names in_tree;
  for (const std::string& name : touched_) {
    if (tree.contains(name)) in_tree.push_back(name);
  }
  if (in_tree.empty()) return {};
  TRY_ASSIGN(const bool by_default, git_.ConvertsLineEnds());
  TRY_ASSIGN(auto all, git_.Attributes(in_tree, {"filter", "ident", "working-tree-encoding", "text",
                                                 "eol", "crlf"}));
  for (const std::string& name : in_tree) {
    const Attributes& attributes = all[name];
    const auto young = young_.find(name);
    if (IsFiltered(attributes) && young != young_.end()) {
      if (young->second.object == tree.at(name).object) result.changed.erase(name);
    } else if (IsFiltered(attributes)) {
      result.changed.insert(name);
      result.filtered.insert(name);
    } else if (result.changed.contains(name) && ConvertsLineEnds(attributes, by_default)) {
      const Expected<std::string> content = files_.ReadFile(path_of_(name), kMaxFileSize);
      const std::string& object = tree.at(name).object;
      if (content && GitObjectName(WithLineFeeds(*content), object) == object) {
        result.changed.erase(name);
      }
    }
  }
  return {};
}

Expected<Differences> Worktree::Compare(const std::map<std::string, git::Entry>& tree) {
  TRY_ASSIGN(const auto index, git_.Index());
  TRY_ASSIGN(const git::Names untracked, git_.Untracked());
  TRY_ASSIGN(const Path index_file, git_.IndexFile());
  if (const Expected<EntryInfo> info = files_.StatEntry(index_file)) {
    index_written_ = info->modified;
  }
  Differences result;
  for (const auto& [name, wanted] : tree) {
    if (stop_.stop_requested()) return Error{ErrorCode::kInterrupted, "interrupted"};
    if (wanted.is_submodule) submodules_.insert(name);
    const auto known = index.find(name);
    const std::optional<git::Entry> now =
        ContentNow(name, known == index.end() ? nullptr : &known->second, wanted);
    if (!now) result.gone.insert(name);
    if (!now || now->object != wanted.object || now->is_link != wanted.is_link) {
      result.changed.insert(name);
    }
  }
  for (const auto& [name, known] : index) {
    if (known.entry.is_submodule) submodules_.insert(name);
    if (!tree.contains(name) && files_.StatEntry(path_of_(name))) result.changed.insert(name);
  }
  for (const std::string& name : untracked) {
    if (!tree.contains(name)) result.changed.insert(name);
  }
  TRY(JudgeTouched(tree, result));
  return result;
}

}  // namespace nmgr::repo
