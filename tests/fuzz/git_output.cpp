// What git prints, from a repository that is not trusted: whatever the bytes, it is read whole or
// not at all, and what was read says the same when it is printed and read again. The first byte
// chooses the reader.

#include <fmt/format.h>

#include <optional>

#include "fuzz/fuzz.h"
#include "nmgr/git/output.h"

namespace nmgr::fuzz {
namespace {

using namespace git;

std::string Mode(const Entry& entry) {
  return entry.is_link ? "120000" : entry.is_submodule ? "160000" : "100644";
}

std::string Printed(const Tree& tree) {
  std::string text;
  for (const auto& [name, entry] : tree) {
    text += fmt::format("{} blob {}\t{}", Mode(entry), entry.object, name) + '\0';
  }
  return text;
}

std::string Printed(const Index& index) {
  std::string text;
  for (const auto& [name, entry] : index) {
    const EntryInfo& seen = entry.seen;
    text += fmt::format("{} {} {}\t{}", Mode(entry.entry), entry.entry.object, entry.merged ? 0 : 2,
                        name);
    text += '\0';
    text += fmt::format(
        "  ctime: {}:{}\n  mtime: {}:{}\n  dev: 1\tino: {}\n  uid: 0\tgid: 0\n  size: {}\tflags: "
        "{}\n",
        seen.changed.seconds, seen.changed.nanoseconds, seen.modified.seconds,
        seen.modified.nanoseconds, seen.inode, seen.size, entry.left_out ? "40000000" : "0");
  }
  return text;
}

std::string Printed(const Names& names) {
  std::string text;
  for (const std::string& name : names) text += name + '\0';
  return text;
}

std::string Printed(const Attributes& attributes) {
  std::string text;
  for (const auto& [name, values] : attributes) {
    for (const auto& [attribute, value] : values) {
      text += name + '\0' + attribute + '\0' + value + '\0';
    }
  }
  return text;
}

std::string Printed(const SizedTree& tree) {
  std::string text;
  for (const auto& [name, file] : tree) {
    text +=
        fmt::format("{} blob {} {:>7}\t{}", Mode(file.entry), file.entry.object, file.size, name);
    text += '\0';
  }
  return text;
}

std::string Printed(const Differences& differences) {
  std::string text;
  for (const auto& [name, letter] : differences)
    text += fmt::format("{}{}{}{}", letter, '\0', name, '\0');
  return text;
}

std::string PrintedRenames(const Renames& renames) {
  std::string text;
  for (const auto& [from, to] : renames)
    text += fmt::format("R100{}{}{}{}{}", '\0', from, '\0', to, '\0');
  return text;
}

std::string Printed(const RemoteRefs& refs) {
  std::string text;
  for (const auto& [name, object] : refs) text += fmt::format("{}\t{}\n", object, name);
  return text;
}

std::optional<Attributes> ReadAllAttributes(std::string_view text) {
  Attributes attributes;
  return ReadAttributes(text, attributes) ? std::optional(attributes) : std::nullopt;
}

template <class Read, class Print>
void Check(std::string_view text, const Read& read, const Print& print) {
  const auto first = read(text);
  if (!first) return;
  Require(text.empty() || text.back() == '\0' || text.back() == '\n', "half an entry was read");
  const std::string printed = print(*first);
  const auto second = read(printed);
  Require(second.has_value(), "what was read cannot be read again");
  Require(print(*second) == printed, "what was read says something else the second time");
}

template <class Read>
void Check(std::string_view text, const Read& read) {
  Check(text, read, [](const auto& all) { return Printed(all); });
}

}  // namespace

void GitOutput(std::string_view text) {
  if (text.empty()) return;
  const std::string_view rest = text.substr(1);
  switch (text.front()) {
    case 't':
      return Check(rest, ReadTree);
    case 'i':
      return Check(rest, ReadIndex);
    case 'n':
      return Check(rest, ReadNames);
    case 's':
      return Check(rest, ReadSizedTree);
    case 'd':
      return Check(rest, ReadDifferences);
    case 'm':
      return Check(rest, ReadRenames, PrintedRenames);
    case 'r':
      return Check(rest, ReadRemoteRefs);
    case 'a':
      return Check(rest, ReadAllAttributes);
    default:
      return;
  }
}

}  // namespace nmgr::fuzz
