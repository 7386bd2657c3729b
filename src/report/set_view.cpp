#include "nmgr/report/set_view.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "nmgr/base/shown_values.h"
#include "nmgr/base/text.h"
#include "nmgr/report/source_diff.h"

namespace nmgr::report {
namespace {

std::string ShownChangedValue(const jobspec::ChangedValue& value, const Redactor* secrets) {
  const std::string shown = value.list.empty()
                                ? HideUnder(value.name, value.text)
                                : HideUnder(value.name, value.list, value.programs)[value.index];
  return secrets == nullptr ? shown : secrets->HideValues(shown);
}

std::string DiffOf(const ChangedSpec& spec, const Painter& paint, const Redactor* secrets) {
  return UnifiedDiff(spec.path, spec.before, spec.after, paint, [&](std::string_view text) {
    std::vector<std::string> lines = HideLines(text, TextKind::kSource, secrets);
    for (std::string& line : lines) line = EscapeControls(line, "\t\n");
    return lines;
  });
}

}  // namespace

void ReportChangedSpec(Reporter& out, const ChangedSpec& spec, const Redactor* secrets) {
  nlohmann::json changes = nlohmann::json::array();
  for (const MadeChange& one : spec.changes) {
    const std::string before = ShownChangedValue(one.change.before, secrets);
    const std::string after = ShownChangedValue(one.change.after, secrets);
    nlohmann::json row = {{"key", one.key},
                          {"argument", one.change.argument},
                          {"before", before},
                          {"after", after},
                          {"changed", one.change.changed}};
    if (one.change.changed) {
      row["line"] = one.place.line;
      row["column"] = one.place.column;
      out.Line(fmt::format("{}{}:{}: {} {} -> {}", spec.dry_run ? "[DRY RUN] would change " : "",
                           spec.path, one.place.line, one.change.argument, before, after));
    } else {
      out.Line(fmt::format("{}: {} is {} already", spec.path, one.change.argument, after));
    }
    changes.push_back(std::move(row));
  }
  const std::string diff = DiffOf(spec, out.json() ? Painter(Plain) : OutPainter(out), secrets);
  if (spec.dry_run && !out.json()) out.Raw(diff);
  out.Json({{"id", spec.id},
            {"path", spec.path},
            {"dry_run", spec.dry_run},
            {"written", spec.written},
            {"changes", std::move(changes)},
            {"diff", diff}});
}

std::vector<JsonShape> SetShapes() {
  const JsonFields change = {
      shape::Text("key", "as it was given"),
      shape::Text("argument", "the path of what it names"),
      shape::Text("before", "what it came to; hidden where it may be a secret"),
      shape::Text("after", "what it comes to"),
      shape::Flag("changed", "the text changes; it was this value already where not"),
      shape::Optional(shape::Whole("line", "of what changes")),
      shape::Optional(shape::Whole("column", "of what changes"))};
  return {{.fields = {shape::Text("id", "the job's ID"), shape::Text("path", "its spec"),
                      shape::Flag("dry_run", "-n was given"),
                      shape::Flag("written", "the file has been replaced"),
                      shape::Objects("changes", "one for each KEY=VALUE", change),
                      shape::Text("diff", "of the text, as patch reads it")}}};
}

}  // namespace nmgr::report
