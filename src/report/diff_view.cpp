#include "nmgr/report/diff_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "diff_names.h"
#include "nmgr/base/secrets.h"
#include "nmgr/base/shown_values.h"
#include "nmgr/base/text.h"
#include "nmgr/nomad/json_fields.h"
#include "text_diff.h"

namespace nmgr::report {
namespace {

using Json = nlohmann::json;
using nomad::Member;

constexpr std::size_t kContext = 3;
constexpr int kMaxDepth = 64;

std::vector<Json> Elements(const Json& object, const char* key) {
  const Json& value = Member(object, key);
  return value.is_array() ? std::vector<Json>(value.begin(), value.end()) : std::vector<Json>();
}

enum class Kind { kNone, kAdded, kDeleted, kEdited };

Kind KindOf(const Json& object) {
  const std::string type = nomad::Text(object, "Type");
  if (type == "Added") return Kind::kAdded;
  if (type == "Deleted") return Kind::kDeleted;
  return type == "Edited" ? Kind::kEdited : Kind::kNone;
}

char SignOf(Kind kind) {
  constexpr std::array<char, 4> kSigns = {' ', '+', '-', '~'};
  return kSigns[static_cast<std::size_t>(kind)];
}

Style SignStyle(char sign) {
  switch (sign) {
    case '+':
      return Style::kGreen;
    case '-':
    case '!':
      return Style::kRed;
    case '~':
      return Style::kYellow;
    default:
      return Style::kPlain;
  }
}

struct Field {
  Kind kind = Kind::kNone;
  std::string name;
  std::string before;
  std::string after;
  std::string annotations;
  std::string shown_before;  // without what is a secret in them
  std::string shown_after;
};

std::string AnnotationsOf(const Json& object) {
  std::vector<std::string> texts;
  for (const Json& text : Elements(object, "Annotations")) {
    if (text.is_string()) texts.push_back(EscapeControls(text.get<std::string>()));
  }
  return Join(texts, ", ");
}

std::vector<Field> FieldsOf(const Json& object) {
  std::vector<Field> fields;
  for (const Json& value : Elements(object, "Fields")) {
    Field field;
    field.kind = KindOf(value);
    field.name = nomad::Text(value, "Name");
    field.before = field.shown_before = nomad::Text(value, "Old");
    field.after = field.shown_after = nomad::Text(value, "New");
    field.annotations = AnnotationsOf(value);
    fields.push_back(std::move(field));
  }
  return fields;
}

// "volumes[12]" as "volumes" and 12.
std::optional<std::pair<std::string, std::size_t>> ListElement(const std::string& name) {
  const std::size_t bracket = name.rfind('[');
  if (bracket == std::string::npos || bracket == 0 || !name.ends_with(']')) return std::nullopt;
  std::size_t index = 0;
  const char* const end = name.data() + name.size() - 1;
  const auto parsed = std::from_chars(name.data() + bracket + 1, end, index);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return std::pair(name.substr(0, bracket), index);
}

// The elements of one list in their order, as arguments of a command: a value may follow its name.
void HideInList(const std::string& name, const std::map<std::size_t, Field*>& elements,
                std::string Field::*value, std::string Field::*shown,
                const std::vector<std::string>& programs) {
  std::vector<std::string> arguments;
  for (const auto& [index, field] : elements) arguments.push_back(field->*value);
  const std::vector<std::string> hidden = HideUnder(name, arguments, programs);
  std::size_t next = 0;
  for (const auto& [index, field] : elements) field->*shown = hidden[next++];
}

// What may run the arguments of the same block; an entrypoint wins over the image.
std::vector<std::string> ProgramsIn(const std::vector<Field>& fields, std::string Field::*value) {
  std::vector<std::string> programs;
  for (const std::string_view name : {"image", "command", "entrypoint[0]"}) {
    for (const Field& field : fields) {
      if (field.name == name) programs.push_back(field.*value);
    }
  }
  return programs;
}

void HideInFields(std::vector<Field>& fields) {
  std::map<std::string, std::map<std::size_t, Field*>> lists;
  for (Field& field : fields) {
    if (const auto element = ListElement(field.name)) {
      lists[element->first][element->second] = &field;
    } else {
      field.shown_before = HideUnder(field.name, field.before);
      field.shown_after = HideUnder(field.name, field.after);
    }
  }
  for (const auto& [name, elements] : lists) {
    HideInList(name, elements, &Field::before, &Field::shown_before,
               ProgramsIn(fields, &Field::before));
    HideInList(name, elements, &Field::after, &Field::shown_after,
               ProgramsIn(fields, &Field::after));
  }
}

// What stands for a whole block among others of its kind.
const Field* LabelOf(const std::vector<Field>& fields) {
  for (const std::string_view key : {"DestPath", "Label", "Name", "Volume", "GetterSource"}) {
    for (const Field& field : fields) {
      if (field.name == key && !(field.before.empty() && field.after.empty())) return &field;
    }
  }
  return nullptr;
}

std::string Shown(std::string_view name, std::string_view value) {
  std::string out;
  for (const char c : SpecValue(name, value)) {
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else {
      out += c;
    }
  }
  const bool blank = out.empty() || out.front() == ' ' || out.back() == ' ';
  return blank ? fmt::format("\"{}\"", EscapeControls(out)) : EscapeControls(out);
}

// "1 warning:\n\n* text" as "text".
std::vector<std::string> WarningsOf(const nomad::JobPlan& plan) {
  std::vector<std::string> warnings;
  for (std::string_view line : Split(plan.warnings, '\n')) {
    line = TrimBlanks(line);
    const bool counts = line.ends_with(" warning:") || line.ends_with(" warnings:");
    if (line.empty() || counts) continue;
    if (line.starts_with("* ")) {
      line.remove_prefix(2);
    } else if (!warnings.empty()) {
      warnings.back().append(" ").append(line);
      continue;
    }
    warnings.emplace_back(line);
  }
  return warnings;
}

class PlanWriter {
 public:
  explicit PlanWriter(const DiffViewOptions& options) : options_(options) {}

  std::string Write(const std::string& title, const nomad::JobPlan& plan,
                    const std::vector<std::string>& problems);

 private:
  void Add(int depth, char sign, std::string_view text, std::string_view note = {});
  void Job(const Json& diff);
  void Group(const Json& group);
  void Task(const Json& task);
  // Fields and blocks of `object`. `path` ("update.") stands before the names of fields. Of a new
  // block the field `label` is left out, since its header tells it.
  void Content(const Json& object, int depth, const std::string& path, Kind parent, int nesting,
               const std::string& label = {});
  std::vector<Field> ShownFields(const Json& object) const;
  void Block(const Json& block, int depth, const std::string& path, Kind parent, int nesting);
  void Fields(const std::string& block, const std::vector<Field>& fields, int depth,
              const std::string& path, Kind parent);
  void OneField(const std::string& block, const Field& field, int depth, const std::string& path);
  void TextField(const Field& field, int depth, const std::string& label, bool hidden);
  bool ListField(const std::string& block, const std::vector<Field>& elements, int depth,
                 const std::string& path);
  void Hidden(int depth, char sign, const std::string& label, const std::string& what,
              const std::string& annotations);

  const DiffViewOptions& options_;
  std::string out_;
  bool told_ = false;  // how hidden values can be seen
};

void PlanWriter::Add(int depth, char sign, std::string_view text, std::string_view note) {
  out_.append(static_cast<std::size_t>(depth) * 2, ' ');
  if (sign != ' ') {
    out_ += options_.paint(SignStyle(sign), std::string_view(&sign, 1));
    out_ += ' ';
  } else {
    out_ += "  ";
  }
  out_ += text;
  if (!note.empty()) {
    out_ += fmt::format(" {}", options_.paint(Style::kDim, fmt::format("({})", note)));
  }
  out_ += '\n';
}

void PlanWriter::Hidden(int depth, char sign, const std::string& label, const std::string& what,
                        const std::string& annotations) {
  std::string note = what.empty() ? "hidden" : what + ", hidden";
  if (!told_ && !options_.reveal_hint.empty()) note += "; " + options_.reveal_hint;
  told_ = true;
  Add(depth, sign, label + ": " + options_.paint(Style::kDim, "(" + note + ")"), annotations);
}

void PlanWriter::TextField(const Field& field, int depth, const std::string& label, bool hidden) {
  auto items = DiffLists(TextLines(field.before), TextLines(field.after));
  const char sign = SignOf(field.kind);
  if (hidden) {
    const std::size_t lines = ChangedLines(items);
    const std::string what = Count(lines, "line") + (field.kind == Kind::kEdited ? " changed" : "");
    return Hidden(depth, sign, label, what, field.annotations);
  }
  const bool ends_differ =
      field.kind == Kind::kEdited && field.before.ends_with('\n') != field.after.ends_with('\n');
  Add(depth, sign, label + ":", field.annotations);
  std::vector<std::string> before;
  std::vector<std::string> after;
  if (!options_.show_secrets) {
    before = HideLines(field.before, TextKind::kSource);
    after = HideLines(field.after, TextKind::kSource);
    ShowInstead(before, after, items);
  }
  std::size_t expected = 0;
  for (const DiffItem& item : WithContext(items, kContext)) {
    if (item.change == Change::kSame && item.new_line == 0) continue;
    if (field.kind == Kind::kEdited && item.new_line != expected) {
      const std::string place = fmt::format("@@ line {} @@", item.new_line);
      Add(depth + 1, ' ', options_.paint(Style::kCyan, place));
    }
    expected = item.new_line + (item.change == Change::kRemoved ? 0 : 1);
    std::string text(item.text);
    const bool ends = text.ends_with('\n');
    if (ends) text.pop_back();
    const char mark = static_cast<char>(item.change);
    const std::string shown = EscapeControls(text, "\t");
    Add(depth + 1, mark, mark == ' ' ? shown : options_.paint(SignStyle(mark), shown),
        ends || !ends_differ ? "" : "no line break at the end");
  }
}

void PlanWriter::OneField(const std::string& block, const Field& field, int depth,
                          const std::string& path) {
  // A set of strings is a block whose fields all have its own name.
  const bool in_set = field.name == block && !path.empty();
  const std::string label =
      in_set ? path.substr(0, path.size() - 1) : path + EscapeControls(SpecName(field.name));
  const char sign = SignOf(field.kind);
  const bool hidden =
      !options_.show_secrets && IsSecret(block, field.name, field.before, field.after);
  const bool is_text =
      field.before.find('\n') != std::string::npos || field.after.find('\n') != std::string::npos;
  const bool whole = field.shown_before == kHidden || field.shown_after == kHidden;
  if (is_text) return TextField(field, depth, label, hidden || whole);
  if (hidden) return Hidden(depth, sign, label, "", field.annotations);
  const std::string before = Shown(field.name, field.shown_before);
  const std::string after = Shown(field.name, field.shown_after);
  std::string text = label + ": ";
  if (field.kind == Kind::kAdded) {
    text += options_.paint(Style::kGreen, after);
  } else if (field.kind == Kind::kDeleted) {
    text += options_.paint(Style::kRed, before);
  } else {
    text += options_.paint(Style::kRed, before) + " -> " + options_.paint(Style::kGreen, after);
  }
  Add(depth, sign, text, field.annotations);
}

// A list whose elements moved, told by element. False where no element changed its place: the
// fields themselves say it better.
bool PlanWriter::ListField(const std::string& block, const std::vector<Field>& elements, int depth,
                           const std::string& path) {
  std::vector<std::string_view> before;
  std::vector<std::string_view> after;
  for (const Field& field : elements) {
    if (field.kind != Kind::kAdded) before.push_back(field.before);
    if (field.kind != Kind::kDeleted) after.push_back(field.after);
  }
  const auto items = DiffLists(before, after);
  const auto changes = std::count_if(items.begin(), items.end(), [](const DiffItem& item) {
    return item.change != Change::kSame;
  });
  const auto fields_changed =
      std::count_if(elements.begin(), elements.end(),
                    [](const Field& field) { return field.kind != Kind::kNone; });
  const bool in_place = before.size() == after.size() && changes == 2 * fields_changed;
  if (changes == 0 || in_place || before.empty() || after.empty()) return false;
  const std::string base = ListElement(elements.front().name)->first;
  const std::string label = path + EscapeControls(SpecName(base));
  std::map<std::string_view, std::string_view> shown;
  // What is hidden at one place of the list is hidden at each.
  const auto note = [&shown](std::string_view value, std::string_view as) {
    const auto [known, is_new] = shown.emplace(value, as);
    if (!is_new && as != value) known->second = as;
  };
  bool secret = false;
  for (const Field& field : elements) {
    note(field.before, field.shown_before);
    note(field.after, field.shown_after);
    secret = secret || IsSecret(block, field.name, field.before, field.after);
  }
  if (!options_.show_secrets && secret) {
    Hidden(depth, '~', label, "", "");
    return true;
  }
  Add(depth, '~', label + ":");
  for (const DiffItem& item : items) {
    if (item.change == Change::kSame) continue;
    const char mark = static_cast<char>(item.change);
    Add(depth + 1, mark, options_.paint(SignStyle(mark), Shown(base, shown[item.text])));
  }
  return true;
}

void PlanWriter::Fields(const std::string& block, const std::vector<Field>& fields, int depth,
                        const std::string& path, Kind parent) {
  std::map<std::string, std::map<std::size_t, Field>> lists;
  for (const Field& field : fields) {
    if (const auto element = ListElement(field.name))
      lists[element->first][element->second] = field;
  }
  std::map<std::string, bool> told;  // lists that were tried, and whether they were told by element
  for (const Field& field : fields) {
    if (field.kind == Kind::kNone) continue;
    const bool is_default =
        parent == Kind::kAdded && field.kind == Kind::kAdded && IsDefault(field.name, field.after);
    if (is_default && !options_.all_fields) continue;
    const auto element = ListElement(field.name);
    if (element && !told.contains(element->first)) {
      std::vector<Field> elements;
      for (const auto& [index, value] : lists[element->first]) elements.push_back(value);
      told[element->first] = ListField(block, elements, depth, path);
    }
    if (element && told[element->first]) continue;
    OneField(block, field, depth, path);
  }
}

std::vector<Field> PlanWriter::ShownFields(const Json& object) const {
  std::vector<Field> fields = FieldsOf(object);
  if (!options_.show_secrets) HideInFields(fields);
  return fields;
}

void PlanWriter::Block(const Json& block, int depth, const std::string& path, Kind parent,
                       int nesting) {
  const Kind kind = KindOf(block);
  const std::string name = nomad::Text(block, "Name");
  if (parent == Kind::kAdded && IsDefaultBlock(name) && !options_.all_fields) return;
  const std::vector<Field> fields = ShownFields(block);
  const Field* const label = name == "Config" ? nullptr : LabelOf(fields);
  const std::string title = path + EscapeControls(SpecName(name));
  if (label == nullptr && kind != Kind::kDeleted) {
    return Content(block, depth, title + ".", kind, nesting);
  }
  const std::size_t start = out_.size();
  std::string header = title;
  if (label != nullptr) {
    header += fmt::format(
        " {}", EscapeControls(label->after.empty() ? label->shown_before : label->shown_after));
  }
  Add(depth, kind == Kind::kNone ? '~' : SignOf(kind), header);
  const std::size_t header_end = out_.size();
  if (kind != Kind::kDeleted || options_.all_fields) {
    Content(block, depth + 1, "", kind, nesting, label == nullptr ? "" : label->name);
  }
  if (kind == Kind::kNone && out_.size() == header_end) out_.resize(start);
}

void PlanWriter::Content(const Json& object, int depth, const std::string& path, Kind parent,
                         int nesting, const std::string& label) {
  if (nesting > kMaxDepth) return;
  std::vector<Field> fields = ShownFields(object);
  fields.erase(std::remove_if(fields.begin(), fields.end(),
                              [&](const Field& field) {
                                return field.name == label && field.kind == parent &&
                                       !options_.all_fields;
                              }),
               fields.end());
  Fields(nomad::Text(object, "Name"), fields, depth, path, parent);
  for (const Json& block : Elements(object, "Objects"))
    Block(block, depth, path, parent, nesting + 1);
}

void PlanWriter::Task(const Json& task) {
  const Kind kind = KindOf(task);
  const std::size_t start = out_.size();
  const std::string notes = AnnotationsOf(task);
  Add(2, SignOf(kind),
      fmt::format("task {}",
                  options_.paint(Style::kBold, EscapeControls(nomad::Text(task, "Name")))),
      notes);
  const std::size_t header_end = out_.size();
  if (kind != Kind::kDeleted || options_.all_fields) Content(task, 3, "", kind, 0);
  if (kind == Kind::kNone && out_.size() == header_end && notes.empty()) out_.resize(start);
}

// "1 create/destroy update, 2 creates", without what is left as it is.
std::string UpdatesOf(const Json& group) {
  std::vector<std::string> texts;
  const Json& updates = Member(group, "Updates");
  if (!updates.is_object()) return {};
  for (const auto& [name, count] : updates.items()) {
    if (name == "ignore" || !count.is_number_unsigned() || count.get<std::size_t>() == 0) continue;
    texts.push_back(Count(count.get<std::size_t>(), EscapeControls(name)));
  }
  return Join(texts, ", ");
}

void PlanWriter::Group(const Json& group) {
  const Kind kind = KindOf(group);
  const std::size_t start = out_.size();
  const std::string notes = UpdatesOf(group);
  Add(1, SignOf(kind),
      fmt::format("group {}",
                  options_.paint(Style::kBold, EscapeControls(nomad::Text(group, "Name")))),
      notes);
  const std::size_t header_end = out_.size();
  if (kind != Kind::kDeleted || options_.all_fields) {
    Content(group, 2, "", kind, 0);
    for (const Json& task : Elements(group, "Tasks")) Task(task);
  }
  if (kind == Kind::kNone && out_.size() == header_end && notes.empty()) out_.resize(start);
}

void PlanWriter::Job(const Json& diff) {
  const Kind kind = KindOf(diff);
  if (kind == Kind::kDeleted && !options_.all_fields) return;
  Content(diff, 1, "", kind, 0);
  for (const Json& group : Elements(diff, "TaskGroups")) Group(group);
}

std::string PlanWriter::Write(const std::string& title, const nomad::JobPlan& plan,
                              const std::vector<std::string>& problems) {
  static const Json none;
  const Json& diff = plan.diff != nullptr ? *plan.diff : none;
  const Kind kind = KindOf(diff);
  constexpr std::array<std::string_view, 4> kWords = {"no changes", "new", "deleted", "edited"};
  Add(0, SignOf(kind), options_.paint(Style::kBold, EscapeControls(title)),
      kWords[static_cast<std::size_t>(kind)]);
  if (kind != Kind::kNone) Job(diff);
  for (const std::string& problem : problems) {
    Add(1, '!', options_.paint(Style::kRed, EscapeControls(problem)));
  }
  for (const std::string& warning : WarningsOf(plan)) {
    Add(1, '!', options_.paint(Style::kYellow, "warning: ") + EscapeControls(warning));
  }
  return std::move(out_);
}

}  // namespace

std::string RenderPlan(const std::string& title, const nomad::JobPlan& plan,
                       const std::vector<std::string>& problems, const DiffViewOptions& options) {
  return PlanWriter(options).Write(title, plan, problems);
}

}  // namespace nmgr::report
