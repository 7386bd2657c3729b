// What a JSON document of ours holds, as a table: docs/json.md is made from it (`nmgr __json`), and
// a test holds the output of every action to it. The shape of a document stands beside the code
// that makes it; the row of an action names those that it prints.
//
//   {.when = "--orphans",
//    .fields = {shape::Objects("orphans", "jobs without a spec", {shape::Text("id", "its ID")})}}
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace nmgr::report {

enum class JsonKind {
  kText,
  kWhole,  // a whole number
  kNumber,
  kFlag,    // true or false
  kObject,  // with these fields and no others
  kMap,     // of any names; its one field says what stands under them
  kAny,     // what somebody else says
};

// One member of an object; made by the functions of namespace shape.
struct JsonField {
  std::string_view name;
  JsonKind kind = JsonKind::kText;
  std::string_view means = {};
  bool list = false;      // a list of that kind
  bool optional = false;  // left out where there is nothing to say
  bool nullable = false;
  std::vector<JsonField> fields = {};
};
using JsonFields = std::vector<JsonField>;

namespace shape {
JsonField Text(std::string_view name, std::string_view means);
JsonField Whole(std::string_view name, std::string_view means);
JsonField Number(std::string_view name, std::string_view means);
JsonField Flag(std::string_view name, std::string_view means);
JsonField Any(std::string_view name, std::string_view means);
JsonField Object(std::string_view name, std::string_view means, JsonFields fields);
JsonField Map(std::string_view name, std::string_view means, JsonField value);
JsonField Texts(std::string_view name, std::string_view means);
JsonField Objects(std::string_view name, std::string_view means, JsonFields fields);
JsonField Optional(JsonField field);
JsonField OrNull(JsonField field);
// One after the other.
JsonFields All(std::vector<JsonFields> parts);
}  // namespace shape

enum class JsonForm {
  kDocument,  // one object, with "exit_code" beside these fields
  kLines,     // an object a line, as long as there are some
  kForeign,   // an object of somebody else's making: the body of a spec
};

struct JsonShape {
  std::string_view when = {};   // the words that lead to it: "--orphans"; "": those of the action
  std::string_view means = {};  // a sentence about the whole
  JsonFields fields = {};
  JsonForm form = JsonForm::kDocument;
  std::string_view type = {};  // kLines: of the lines whose member "type" says so
};

// "list of texts, or null"
std::string KindText(const JsonField& field);

// Every field with its path ("jobs[].images[].live"), each before those inside it.
struct JsonRow {
  std::string path;
  const JsonField* field = nullptr;
};
std::vector<JsonRow> RowsOf(const JsonFields& fields);

// The document of a run that ended before it had a result.
const JsonShape& FailureShape();
// What Reporter::Finish adds to every document.
JsonField ExitCodeField();

// Of a job, in every document that has some: id, namespace, region, path, infra.
JsonFields JobFields();
// What ToJson(hcl::Diagnostics) and ToJson(Error) make (report/diagnostics.h).
JsonField DiagnosticsField();
JsonField ErrorField(std::string_view means);

}  // namespace nmgr::report
