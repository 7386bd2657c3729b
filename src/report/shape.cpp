#include "nmgr/report/shape.h"

#include <utility>

namespace nmgr::report {
namespace {

std::string_view KindName(const JsonField& field) {
  switch (field.kind) {
    case JsonKind::kText:
      return field.list ? "list of texts" : "text";
    case JsonKind::kWhole:
      return "whole number";
    case JsonKind::kNumber:
      return "number";
    case JsonKind::kFlag:
      return "true or false";
    case JsonKind::kObject:
      return field.list ? "list of objects" : "object";
    case JsonKind::kMap:
      return "object of any names";
    case JsonKind::kAny:
      return "anything";
  }
  return "";
}

void AddRows(const JsonFields& fields, const std::string& above, std::vector<JsonRow>& rows) {
  for (const JsonField& field : fields) {
    const std::string path = above + std::string(field.name) + (field.list ? "[]" : "");
    rows.push_back({path, &field});
    AddRows(field.fields, path + ".", rows);
  }
}

JsonField PositionField(std::string_view name, std::string_view means) {
  return shape::Object(name, means,
                       {shape::Whole("line", "from 1"),
                        shape::Whole("column", "from 1, in characters as they are seen"),
                        shape::Whole("byte", "from 0, in the file")});
}

}  // namespace

namespace shape {

JsonField Text(std::string_view name, std::string_view means) {
  return {name, JsonKind::kText, means};
}
JsonField Whole(std::string_view name, std::string_view means) {
  return {name, JsonKind::kWhole, means};
}
JsonField Number(std::string_view name, std::string_view means) {
  return {name, JsonKind::kNumber, means};
}
JsonField Flag(std::string_view name, std::string_view means) {
  return {name, JsonKind::kFlag, means};
}
JsonField Any(std::string_view name, std::string_view means) {
  return {name, JsonKind::kAny, means};
}
JsonField Object(std::string_view name, std::string_view means, JsonFields fields) {
  return {name, JsonKind::kObject, means, false, false, false, std::move(fields)};
}
JsonField Map(std::string_view name, std::string_view means, JsonField value) {
  return {name, JsonKind::kMap, means, false, false, false, {std::move(value)}};
}
JsonField Texts(std::string_view name, std::string_view means) {
  return {name, JsonKind::kText, means, true};
}
JsonField Objects(std::string_view name, std::string_view means, JsonFields fields) {
  return {name, JsonKind::kObject, means, true, false, false, std::move(fields)};
}

JsonField Optional(JsonField field) {
  field.optional = true;
  return field;
}

JsonField OrNull(JsonField field) {
  field.nullable = true;
  return field;
}

JsonFields All(std::vector<JsonFields> parts) {
  JsonFields all;
  for (JsonFields& part : parts) {
    for (JsonField& field : part) all.push_back(std::move(field));
  }
  return all;
}

}  // namespace shape

std::string KindText(const JsonField& field) {
  std::string text(KindName(field));
  if (field.nullable) text += ", or null";
  if (field.optional) text += "; optional";
  return text;
}

std::vector<JsonRow> RowsOf(const JsonFields& fields) {
  std::vector<JsonRow> rows;
  AddRows(fields, "", rows);
  return rows;
}

JsonField ExitCodeField() { return shape::Whole("exit_code", "that of the process"); }

const JsonShape& FailureShape() {
  static const JsonShape kShape = {
      .means = "Of every action, where the run ended before it had a result.",
      .fields = {ErrorField("the first one; null where the run was only interrupted, or had "
                            "nothing to do"),
                 shape::Optional(DiagnosticsField())}};
  return kShape;
}

JsonFields JobFields() {
  return {shape::Text("id", "the job's ID; empty where nobody knows it"),
          shape::Text("namespace", "empty: that of the connection"),
          shape::Text("region", "empty: that of the connection"),
          shape::Text("path", "its spec; empty where none describes it"),
          shape::Flag("infra", "one of --infra-jobs")};
}

JsonField ErrorField(std::string_view means) {
  return shape::OrNull(shape::Object(
      "error", means,
      {shape::Text("code",
                   "usage, invalid, not_found, unreachable, forbidden, conflict, rejected, "
                   "timed_out, config, io, interrupted, internal"),
       shape::Text("message", "what, and where"),
       shape::Text("hint", "what to do; may be empty")}));
}

JsonField DiagnosticsField() {
  return shape::Objects(
      "diagnostics", "faults of specs and variable files, with their places",
      {shape::Text("severity", "error or warning"), shape::Text("summary", "a few words"),
       shape::Text("detail", "whole sentences; may be empty"),
       shape::Optional(shape::Text("file", "where there is a place")),
       shape::Optional(shape::Object("range", "the text that is meant",
                                     {PositionField("start", "where it begins"),
                                      PositionField("end", "behind its last character")}))});
}

}  // namespace nmgr::report
