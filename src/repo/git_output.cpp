#include "repo/git_output.h"

#include <charconv>
#include <utility>

namespace nmgr::repo {
namespace {

constexpr std::string_view kZero("\0", 1);

// The text up to `end`, which is dropped with it; nothing where there is no such end.
std::optional<std::string_view> Take(std::string_view& text, std::string_view end) {
  const std::size_t at = text.find(end);
  if (at == text.npos) return std::nullopt;
  const std::string_view taken = text.substr(0, at);
  text.remove_prefix(at + end.size());
  return taken;
}

template <class Number>
bool TakeNumber(std::string_view& text, std::string_view before, std::string_view after,
                Number& number, int base = 10) {
  if (!text.starts_with(before)) return false;
  text.remove_prefix(before.size());
  const std::optional<std::string_view> digits = Take(text, after);
  if (!digits) return false;
  const auto [end, error] =
      std::from_chars(digits->data(), digits->data() + digits->size(), number, base);
  return error == std::errc() && end == digits->data() + digits->size();
}

// What `ls-files --debug` says of an entry. False for a form that is not known.
bool TakeSeen(std::string_view& text, IndexEntry& entry) {
  constexpr std::uint32_t kSkipWorktree = 0x40000000U;
  EntryInfo& seen = entry.seen;
  std::uint64_t ignored = 0;
  std::uint32_t flags = 0;
  const bool read =
      TakeNumber(text, "  ctime: ", ":", seen.changed.seconds) &&
      TakeNumber(text, "", "\n", seen.changed.nanoseconds) &&
      TakeNumber(text, "  mtime: ", ":", seen.modified.seconds) &&
      TakeNumber(text, "", "\n", seen.modified.nanoseconds) &&
      TakeNumber(text, "  dev: ", "\t", ignored) && TakeNumber(text, "ino: ", "\n", seen.inode) &&
      TakeNumber(text, "  uid: ", "\t", ignored) && TakeNumber(text, "gid: ", "\n", ignored) &&
      TakeNumber(text, "  size: ", "\t", seen.size) && TakeNumber(text, "flags: ", "\n", flags, 16);
  entry.left_out = (flags & kSkipWorktree) != 0;
  return read;
}

bool TakeEntry(std::string_view& text, GitEntry& entry, std::string_view after) {
  const std::optional<std::string_view> object = Take(text, after);
  if (!object || !IsObjectName(*object)) return false;
  entry.object = std::string(*object);
  return true;
}

bool TakeMode(std::string_view& text, GitEntry& entry) {
  const std::optional<std::string_view> mode = Take(text, " ");
  if (!mode) return false;
  entry.is_link = *mode == "120000";
  entry.is_submodule = *mode == "160000";
  return true;
}

std::optional<std::string> TakeName(std::string_view& text) {
  const std::optional<std::string_view> name = Take(text, kZero);
  if (!name || name->empty()) return std::nullopt;
  return std::string(*name);
}

}  // namespace

bool IsObjectName(std::string_view text) {
  return (text.size() == 40 || text.size() == 64) &&
         text.find_first_not_of("0123456789abcdef") == text.npos;
}

std::optional<GitTree> ReadTree(std::string_view text) {
  GitTree tree;
  while (!text.empty()) {
    GitEntry entry;
    const bool read =
        TakeMode(text, entry) && Take(text, " ").has_value() && TakeEntry(text, entry, "\t");
    std::optional<std::string> name = read ? TakeName(text) : std::nullopt;
    if (!name) return std::nullopt;
    tree.emplace(*std::move(name), std::move(entry));
  }
  return tree;
}

std::optional<GitIndex> ReadIndex(std::string_view text) {
  GitIndex index;
  while (!text.empty()) {
    IndexEntry entry;
    if (!TakeMode(text, entry.entry) || !TakeEntry(text, entry.entry, " ")) return std::nullopt;
    const std::optional<std::string_view> stage = Take(text, "\t");
    std::optional<std::string> name = stage ? TakeName(text) : std::nullopt;
    if (!name || !TakeSeen(text, entry)) return std::nullopt;
    entry.merged = *stage == "0";
    index.insert_or_assign(*std::move(name), std::move(entry));
  }
  return index;
}

std::optional<GitNames> ReadNames(std::string_view text) {
  GitNames names;
  while (!text.empty()) {
    std::optional<std::string> name = TakeName(text);
    if (!name) return std::nullopt;
    names.push_back(*std::move(name));
  }
  return names;
}

bool ReadAttributes(std::string_view text, GitAttributes& attributes) {
  while (!text.empty()) {
    std::optional<std::string> name = TakeName(text);
    std::optional<std::string> attribute = name ? TakeName(text) : std::nullopt;
    const std::optional<std::string_view> value = attribute ? Take(text, kZero) : std::nullopt;
    if (!value) return false;
    if (*value != "unspecified") attributes[*std::move(name)][*std::move(attribute)] = *value;
  }
  return true;
}

}  // namespace nmgr::repo
