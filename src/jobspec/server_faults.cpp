// From a place in the flat text to the author's.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "nmgr/base/text.h"
#include "nmgr/jobspec/jobspec.h"

namespace nmgr::jobspec {
namespace {

constexpr std::string_view kInput = "input.hcl:";

// "input.hcl:12,17-17" or "input.hcl:12,17-14,2" at `at`.
struct FlatPlace {
  std::size_t begin = 0;
  std::size_t end = 0;  // behind it
  std::size_t line = 0;
  std::size_t column = 0;
};

bool ReadNumber(std::string_view text, std::size_t& at, std::size_t& value) {
  const char* const begin = text.data() + std::min(at, text.size());
  const auto read = std::from_chars(begin, text.data() + text.size(), value);
  at += static_cast<std::size_t>(read.ptr - begin);
  return read.ec == std::errc();
}

std::optional<FlatPlace> FindPlace(std::string_view text, std::size_t from) {
  for (std::size_t at = text.find(kInput, from); at != std::string_view::npos;
       at = text.find(kInput, at + 1)) {
    FlatPlace place;
    place.begin = at;
    std::size_t end = at + kInput.size();
    if (!ReadNumber(text, end, place.line) || end >= text.size() || text[end++] != ',') continue;
    if (!ReadNumber(text, end, place.column)) continue;
    place.end = end;
    std::size_t ignored = 0;
    if (end < text.size() && text[end] == '-' && ReadNumber(text, ++end, ignored)) {
      place.end = end;
      if (end < text.size() && text[end] == ',' && ReadNumber(text, ++end, ignored))
        place.end = end;
    }
    return place;
  }
  return std::nullopt;
}

std::string_view LineOf(std::string_view text, std::size_t number) {
  for (; number > 1; --number) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  return text.substr(0, text.find('\n'));
}

std::optional<hcl::Span> AuthorsSpan(const JobSpec& spec, const FlatPlace& place) {
  if (place.line == 0 || place.line > spec.lines.size()) return std::nullopt;
  const LinePlace& line = spec.lines[place.line - 1];
  const std::string_view text = LineOf(spec.flat_hcl, place.line);
  const std::size_t tail = text.ends_with(" {") ? text.size() - 1 : text.find(" = ");
  return tail != std::string_view::npos && place.column > tail ? line.tail : line.head;
}

std::string PlaceText(const JobSpec& spec, const FlatPlace& place) {
  const std::optional<hcl::Span> span = AuthorsSpan(spec, place);
  if (!span) return fmt::format("line {} of `nmgr render {}`", place.line, spec.header.id);
  const hcl::SourcePos pos = spec.source->PosAt(span->begin);
  return fmt::format("{}:{}:{}", spec.path, pos.line, pos.column);
}

std::string WithPlaces(const JobSpec& spec, std::string_view text) {
  std::string out;
  std::size_t done = 0;
  while (const std::optional<FlatPlace> place = FindPlace(text, done)) {
    out += text.substr(done, place->begin - done);
    out += PlaceText(spec, *place);
    done = place->end;
  }
  out += text.substr(done);
  return out;
}

// The start of a fault, not a place that one mentions.
std::optional<FlatPlace> FindFault(std::string_view text, std::size_t from) {
  std::optional<FlatPlace> place = FindPlace(text, from);
  while (place && !text.substr(place->end).starts_with(": ")) place = FindPlace(text, place->end);
  return place;
}

hcl::Diagnostic Fault(const JobSpec& spec, std::string_view text) {
  hcl::Diagnostic fault;
  const std::size_t semicolon = text.find("; ");
  fault.summary = WithPlaces(spec, TrimBlanks(text.substr(0, semicolon)));
  if (semicolon != std::string_view::npos) {
    fault.detail = WithPlaces(spec, TrimBlanks(text.substr(semicolon + 2)));
  }
  if (fault.summary.empty()) std::swap(fault.summary, fault.detail);
  if (fault.summary.empty())
    fault.summary = "Nomad has something against it, and does not say what";
  fault.file = spec.source;
  return fault;
}

const EvaluatedBlock* FindBlock(const EvaluatedBody& body, std::string_view type,
                                std::string_view label) {
  for (const EvaluatedBlock& block : body.blocks) {
    if (block.type == type && !block.labels.empty() && block.labels.front() == label) return &block;
    if (const EvaluatedBlock* inner = FindBlock(block.body, type, label)) return inner;
  }
  return nullptr;
}

// The word behind `before`, up to `after`.
std::string_view Between(std::string_view text, std::string_view before, std::string_view after) {
  const std::size_t begin = text.find(before);
  if (begin == std::string_view::npos) return {};
  text.remove_prefix(begin + before.size());
  const std::size_t end = text.find(after);
  return end == std::string_view::npos ? std::string_view() : text.substr(0, end);
}

// How Nomad names a block inside the one it speaks of: by words, by "NAME 2 " counted from 1, or by
// "NAME (1)" counted from 0.
struct InnerName {
  std::string_view words;
  std::string_view type;
  int first = -1;  // the number of the first one; none: there is only one
};

constexpr std::array<InnerName, 18> kInnerNames = {{{"Constraint ", "constraint", 1},
                                                    {"Affinity ", "affinity", 1},
                                                    {"Spread ", "spread", 1},
                                                    {"Template ", "template", 1},
                                                    {"Artifact ", "artifact", 1},
                                                    {"Volume Mount (", "volume_mount", 0},
                                                    {"service[", "service", 0},
                                                    {"network validation failed", "network"},
                                                    {"Lifecycle validation failed", "lifecycle"},
                                                    {"reschedule policy", "reschedule"},
                                                    {"restart mode", "restart"},
                                                    {"DiskMB", "ephemeral_disk"},
                                                    {"MemoryMB", "resources"},
                                                    {"CPU value", "resources"},
                                                    {"cron spec", "periodic"},
                                                    {"time zone", "periodic"},
                                                    {"Periodic can", "periodic"},
                                                    {"Parameterized job", "parameterized"}}};

const EvaluatedBlock* Nth(const EvaluatedBody& body, std::string_view type, std::size_t n) {
  for (const EvaluatedBlock& block : body.blocks) {
    if (block.type == type && n-- == 0) return &block;
  }
  return nullptr;
}

const EvaluatedBlock* NamedInner(const EvaluatedBody& body, std::string_view words) {
  for (const InnerName& name : kInnerNames) {
    std::size_t at = words.find(name.words);
    if (at == std::string_view::npos) continue;
    if (name.first < 0) return Nth(body, name.type, 0);
    std::size_t number = 0;
    at += name.words.size();
    const auto first = static_cast<std::size_t>(name.first);
    if (ReadNumber(words, at, number) && number >= first)
      return Nth(body, name.type, number - first);
  }
  return nullptr;
}

// Of a fault in where the job is put: the attribute that says so, if the job has it.
std::optional<hcl::Span> NamedAttribute(const EvaluatedBody& job, std::string_view words) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 2> kNames = {
      {{"nonexistent namespace ", "namespace"}, {"nonexistent node pool ", "node_pool"}}};
  for (const auto& [said, name] : kNames) {
    if (words.find(said) == std::string_view::npos) continue;
    if (const EvaluatedAttribute* found = job.FindAttribute(name)) return found->place.tail;
  }
  return std::nullopt;
}

// The block that words such as "Task group web validation failed" name, else the job.
std::optional<hcl::Span> NamedBlock(const JobSpec& spec, std::string_view words) {
  if (spec.body.blocks.empty()) return std::nullopt;
  const EvaluatedBlock* place = &spec.body.blocks.front();
  if (const auto attribute = NamedAttribute(place->body, words)) return attribute;
  const std::string_view group = Between(words, "Task group ", " validation failed");
  if (const EvaluatedBlock* found = FindBlock(spec.body, "group", group)) place = found;
  std::string_view task = Between(words, "Task ", " validation failed");
  if (task.starts_with("group ")) {
    task =
        Between(words.substr(words.find(" validation failed") + 1), "Task ", " validation failed");
  }
  if (const EvaluatedBlock* found = FindBlock(place->body, "task", task)) place = found;
  if (const EvaluatedBlock* inner = NamedInner(place->body, words)) place = inner;
  return place->place.header;
}

// What a dynamic block made several times is wrong at one place of the author's.
void AddOnce(hcl::Diagnostic fault, hcl::Diagnostics& faults) {
  const auto place = [](const hcl::Diagnostic& item) {
    return item.subject ? std::optional(item.subject->begin) : std::nullopt;
  };
  for (const hcl::Diagnostic& told : faults.items()) {
    if (told.summary == fault.summary && told.detail == fault.detail &&
        place(told) == place(fault)) {
      return;
    }
  }
  faults.Add(std::move(fault));
}

}  // namespace

hcl::Diagnostics ServerFaults(const JobSpec& spec, std::string_view words) {
  hcl::Diagnostics faults;
  std::optional<FlatPlace> place = FindFault(words, 0);
  if (!place) {
    hcl::Diagnostic fault = Fault(spec, words);
    fault.subject = NamedBlock(spec, words);
    faults.Add(std::move(fault));
  }
  while (place) {
    const std::optional<FlatPlace> next = FindFault(words, place->end);
    const std::size_t begin = place->end + 2;
    const std::size_t end = next ? next->begin : words.size();
    hcl::Diagnostic fault = Fault(spec, words.substr(begin, end - begin));
    fault.subject = AuthorsSpan(spec, *place);
    if (!fault.subject) fault.detail += fmt::format(" ({})", PlaceText(spec, *place));
    AddOnce(std::move(fault), faults);
    place = next;
  }
  return faults;
}

std::string WithAuthorsPlaces(const JobSpec& spec, std::string_view words) {
  return WithPlaces(spec, words);
}

}  // namespace nmgr::jobspec
