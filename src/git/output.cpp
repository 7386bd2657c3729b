#include "nmgr/git/output.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "nmgr/base/text.h"

namespace nmgr::git {
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

bool TakeEntry(std::string_view& text, Entry& entry, std::string_view after) {
  const std::optional<std::string_view> object = Take(text, after);
  if (!object || !IsObjectName(*object)) return false;
  entry.object = std::string(*object);
  return true;
}

bool TakeMode(std::string_view& text, Entry& entry) {
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

bool IsRefName(std::string_view text) {
  constexpr std::string_view kForbidden = " ~^:?*[\\\x7f";
  const auto bad = [&](char c) {
    return static_cast<unsigned char>(c) < ' ' || kForbidden.find(c) != kForbidden.npos;
  };
  if (text.empty() || text.back() == '.' || text == "@" || text.find("..") != text.npos ||
      text.find("@{") != text.npos || std::any_of(text.begin(), text.end(), bad)) {
    return false;
  }
  const std::vector<std::string_view> parts = Split(text, '/');
  return std::none_of(parts.begin(), parts.end(), [](std::string_view part) {
    return part.empty() || part.front() == '.' || part.front() == '-' || part.ends_with(".lock");
  });
}

std::optional<Tree> ReadTree(std::string_view text) {
  Tree tree;
  while (!text.empty()) {
    Entry entry;
    const bool read =
        TakeMode(text, entry) && Take(text, " ").has_value() && TakeEntry(text, entry, "\t");
    std::optional<std::string> name = read ? TakeName(text) : std::nullopt;
    if (!name) return std::nullopt;
    tree.emplace(*std::move(name), std::move(entry));
  }
  return tree;
}

std::optional<SizedTree> ReadSizedTree(std::string_view text) {
  SizedTree tree;
  while (!text.empty()) {
    SizedEntry found;
    const bool read = TakeMode(text, found.entry) && Take(text, " ").has_value() &&
                      TakeEntry(text, found.entry, " ");
    if (!read) return std::nullopt;
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    if (text.starts_with("-\t")) {
      text.remove_prefix(2);
    } else if (!TakeNumber(text, "", "\t", found.size)) {
      return std::nullopt;
    }
    std::optional<std::string> name = TakeName(text);
    if (!name || !tree.emplace(*std::move(name), std::move(found)).second) return std::nullopt;
  }
  return tree;
}

std::optional<Differences> ReadDifferences(std::string_view text) {
  constexpr std::string_view kLetters = "AMDT";
  Differences differences;
  while (!text.empty()) {
    const std::optional<std::string_view> letter = Take(text, kZero);
    if (!letter || letter->size() != 1 || kLetters.find(*letter) == kLetters.npos) {
      return std::nullopt;
    }
    std::optional<std::string> name = TakeName(text);
    if (!name) return std::nullopt;
    differences.insert_or_assign(*std::move(name), letter->front());
  }
  return differences;
}

std::optional<Renames> ReadRenames(std::string_view text) {
  Renames renames;
  while (!text.empty()) {
    const std::optional<std::string_view> letter = Take(text, kZero);
    if (!letter || !letter->starts_with('R')) return std::nullopt;
    std::optional<std::string> from = TakeName(text);
    std::optional<std::string> to = from ? TakeName(text) : std::nullopt;
    if (!to) return std::nullopt;
    renames.insert_or_assign(*std::move(from), *std::move(to));
  }
  return renames;
}

std::optional<RemoteRefs> ReadRemoteRefs(std::string_view text) {
  RemoteRefs refs;
  while (!text.empty()) {
    const std::optional<std::string_view> object = Take(text, "\t");
    const std::optional<std::string_view> name = object ? Take(text, "\n") : std::nullopt;
    if (!name || name->empty() || !IsObjectName(*object)) return std::nullopt;
    refs.insert_or_assign(std::string(*name), std::string(*object));
  }
  return refs;
}

std::optional<Index> ReadIndex(std::string_view text) {
  Index index;
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

std::optional<Names> ReadNames(std::string_view text) {
  Names names;
  while (!text.empty()) {
    std::optional<std::string> name = TakeName(text);
    if (!name) return std::nullopt;
    names.push_back(*std::move(name));
  }
  return names;
}

bool ReadAttributes(std::string_view text, Attributes& attributes) {
  while (!text.empty()) {
    std::optional<std::string> name = TakeName(text);
    std::optional<std::string> attribute = name ? TakeName(text) : std::nullopt;
    const std::optional<std::string_view> value = attribute ? Take(text, kZero) : std::nullopt;
    if (!value) return false;
    if (*value != "unspecified") attributes[*std::move(name)][*std::move(attribute)] = *value;
  }
  return true;
}

}  // namespace nmgr::git
