#include "jobspec/variables.h"

#include <fmt/format.h>

#include <mutex>

#include "jobspec/json_values.h"
#include "jobspec/validation.h"
#include "nmgr/base/text.h"
#include "nmgr/hcl/syntax/parse.h"
#include "nmgr/hcl/value/convert.h"

namespace nmgr::jobspec {
namespace {

const SectionSchema& VariableSchema() {
  static const SectionSchema schema{{"description", "default", "type"}, {}, {"validation"}};
  return schema;
}

// A value that was given as text: what its place in messages is called.
std::string SourceName(std::string_view origin, std::string_view name) {
  return origin == "env" ? fmt::format("NOMAD_VAR_{}", name) : fmt::format("--var {}", name);
}

hcl::Span WholeOf(const hcl::SourceFile& file) {
  return {0, static_cast<std::uint32_t>(file.text().size())};
}

// Every member is a value, but `variable` as a block is a mistake that deserves its own message.
Section JsonVariableFile(const hcl::JsonValue& root, const hcl::SourcePtr& file,
                         hcl::Diagnostics& diagnostics) {
  Section content = SectionOf(root, {}, file, diagnostics);
  for (const hcl::JsonMember& member : root.members) {
    if (member.name != "variable") continue;
    hcl::Diagnostics ignored;
    for (const JsonBlock& block : JsonBlocks(member, 1, file, ignored)) {
      Section& made = content.blocks.emplace_back();
      made.type = member.name;
      made.type_span = member.name_span;
      made.labels = block.labels;
    }
  }
  return content;
}

// Faults of a text that nobody may see: what they are and where, but not the words about it, which
// quote.
void AppendWithoutQuotes(const hcl::Diagnostics& faults, hcl::Diagnostics& diagnostics) {
  for (hcl::Diagnostic diagnostic : faults.items()) {
    diagnostic.detail = "The text is not shown, it may be a secret.";
    diagnostics.Add(std::move(diagnostic));
  }
}

std::optional<VariableFile> ParseVariableFile(const Path& path, std::string text,
                                              hcl::Diagnostics& diagnostics) {
  VariableFile file;
  file.source = hcl::SourceFile::Hidden(path, std::move(text));
  hcl::Diagnostics faults;
  if (hcl::LooksLikeJson(file.source->text())) {
    file.json = hcl::ParseJson(file.source, faults);
    if (!faults.HasErrors()) {
      file.content = JsonVariableFile(file.json->root(), file.source, faults);
    }
  } else {
    file.body = hcl::ParseBody(file.source, faults);
    if (!faults.HasErrors()) file.content = SectionOf(file.body->root(), file.source);
  }
  const bool failed = faults.HasErrors();
  AppendWithoutQuotes(faults, diagnostics);
  if (failed) return std::nullopt;
  return file;
}

VariableNames NamesIn(const VariableFile& file, const Path& path) {
  VariableNames names{path, {}, {}};
  for (const SectionAttribute& attribute : file.content.attributes) {
    names.names.push_back(attribute.name);
  }
  return names;
}

// The variable files of a run, and what is wrong with them.
struct FilesRead {
  VariableFilesPtr files;            // null where one of them cannot be used
  std::vector<VariableNames> names;  // to the first that cannot be read
  hcl::Diagnostics diagnostics;
};

FilesRead ReadAnew(const std::vector<Path>& paths, FileSystem* files) {
  FilesRead read;
  std::vector<VariableFile> result;
  for (const Path& path : paths) {
    Expected<std::string> text =
        files == nullptr ? Error{ErrorCode::kIo, fmt::format("{}: files cannot be read here", path)}
                         : files->ReadFile(path, kMaxFileSize);
    if (!text) {
      read.diagnostics.Add({hcl::Severity::kError, "Failed to read variable file",
                            text.error().message, nullptr, std::nullopt, std::nullopt});
      read.names.push_back({path, {}, text.error()});
      return read;
    }
    if (auto file = ParseVariableFile(path, *std::move(text), read.diagnostics)) {
      read.names.push_back(NamesIn(*file, path));
      result.push_back(*std::move(file));
    }
  }
  if (result.size() == paths.size()) {
    read.files = std::make_shared<const std::vector<VariableFile>>(std::move(result));
  }
  return read;
}

}  // namespace

const VariableInput& InputOf(const SpecContext& context) {
  static const VariableInput kNone;
  return context.variables == nullptr ? kNone : *context.variables;
}

struct VariableFiles::State {
  std::mutex mutex;
  bool known = false;
  std::vector<Path> paths;
  FilesRead read;
};

VariableFiles::VariableFiles() : state_(std::make_unique<State>()) {}
VariableFiles::~VariableFiles() = default;

namespace {

// `take` sees what was read, of the context's memo where it has one.
template <class Take>
auto WithFiles(const SpecContext& context, Take take) {
  static const std::vector<Path> kNone;
  const std::vector<Path>& paths = context.variables == nullptr ? kNone : context.variables->files;
  if (context.variable_files == nullptr || paths.empty()) {
    return take(ReadAnew(paths, context.files));
  }
  VariableFiles::State& memo = context.variable_files->state();
  const std::lock_guard lock(memo.mutex);
  if (!memo.known || memo.paths != paths) memo.read = ReadAnew(paths, context.files);
  memo.paths = paths;
  memo.known = true;
  return take(memo.read);
}

}  // namespace

VariableFilesPtr ReadVariableFiles(const SpecContext& context, hcl::Diagnostics& diagnostics) {
  return WithFiles(context, [&](const FilesRead& read) {
    diagnostics.Append(read.diagnostics);
    return read.files;
  });
}

std::vector<VariableNames> NamesInVariableFiles(const SpecContext& context,
                                                hcl::Diagnostics& diagnostics) {
  return WithFiles(context, [&](const FilesRead& read) {
    diagnostics.Append(read.diagnostics);
    return read.names;
  });
}

VariableTexts TextsInVariableFile(std::string text) {
  hcl::Diagnostics ignored;
  VariableTexts texts;
  const std::optional<VariableFile> file = ParseVariableFile({}, std::move(text), ignored);
  if (!file) return texts;
  for (const SectionAttribute& attribute : file->content.attributes) {
    texts[attribute.name] = file->source->TextOf(attribute.expr.span);
  }
  return texts;
}

bool Variable::TakesText() const {
  return !type || *type == hcl::Type::String() || *type == hcl::Type::Number();
}

bool Variable::IsSimple() const { return TakesText() || *type == hcl::Type::Bool(); }

const Variable* Variables::Find(std::string_view name) const {
  const auto found = index_.find(name);
  return found == index_.end() ? nullptr : &variables_[found->second];
}

void Variables::Add(Variable variable) {
  index_.emplace(variable.name, variables_.size());
  variables_.push_back(std::move(variable));
}

hcl::Value Variables::AsObject() const {
  hcl::Fields fields;
  fields.reserve(variables_.size());
  for (const Variable& variable : variables_) {
    if (variable.value) fields.push_back({variable.name, *variable.value});
  }
  return hcl::Value::Object(std::move(fields));
}

hcl::Value Variables::AsObjectWithUnknowns() const {
  hcl::Fields fields;
  fields.reserve(variables_.size());
  for (const Variable& variable : variables_) {
    hcl::Diagnostics faults;
    if (variable.value) CheckVariable(variable, session_, faults);
    const bool usable = variable.value && !faults.HasErrors();
    fields.push_back({variable.name, usable ? *variable.value : hcl::Value::Unknown()});
  }
  return hcl::Value::Object(std::move(fields));
}

bool Variables::IsDuplicate(std::string_view name, hcl::Span span,
                            hcl::Diagnostics& diagnostics) const {
  const Variable* known = Find(name);
  if (known == nullptr) return false;
  const hcl::SourcePos place = session_.source->PosAt(known->header.begin);
  diagnostics.Error(session_.source, span, "Duplicate variable",
                    fmt::format("A variable named \"{}\" was already declared at {}:{}.", name,
                                place.line, place.column));
  return true;
}

void Variables::Declare(const std::vector<Section>& sections, hcl::Diagnostics& diagnostics) {
  for (const Section& section : sections) {
    if (section.type == "variable") {
      DeclareBlock(section, diagnostics);
      continue;
    }
    CheckAttributesOnly(section, session_.source, diagnostics);
    for (const SectionAttribute& attribute : section.attributes) {
      DeclareShort(attribute, diagnostics);
    }
  }
}

void Variables::DeclareShort(const SectionAttribute& attribute, hcl::Diagnostics& diagnostics) {
  if (IsDuplicate(attribute.name, attribute.name_span, diagnostics)) return;
  const std::size_t before = diagnostics.error_count();
  hcl::Value value =
      EvaluateExpr(attribute.expr, session_.ForConstant(session_.source), diagnostics);
  if (diagnostics.error_count() != before) return;
  Variable variable;
  variable.name = attribute.name;
  variable.header = attribute.name_span;
  variable.type = value.type();
  Set(variable, std::move(value), "default", attribute.expr, diagnostics);
  Add(std::move(variable));
}

void Variables::DeclareBlock(const Section& block, hcl::Diagnostics& diagnostics) {
  const std::string& name = block.labels.front();
  if (IsDuplicate(name, block.label_spans.front(), diagnostics)) return;
  CheckSection(block, VariableSchema(), session_.source, diagnostics);
  if (!hcl::IsIdentifier(name)) {
    diagnostics.Error(session_.source, block.label_spans.front(), "Invalid variable name",
                      "A name must start with a letter or underscore and may contain only letters, "
                      "digits, underscores, and dashes.");
  }
  Variable variable;
  variable.name = name;
  variable.header = block.header;
  if (const SectionAttribute* description = block.Find("description")) {
    ReadConstantString(description->expr, session_, diagnostics);
  }
  if (const SectionAttribute* type = block.Find("type")) {
    variable.type = EvaluateTypeExpr(type->expr, diagnostics);
    if (!variable.type) return;
  }
  if (const SectionAttribute* value = block.Find("default")) {
    const std::size_t before = diagnostics.error_count();
    hcl::Value given =
        EvaluateExpr(value->expr, session_.ForConstant(session_.source), diagnostics);
    if (diagnostics.error_count() != before) return;
    if (!variable.type) variable.type = given.type();
    Set(variable, std::move(given), "default", value->expr, diagnostics);
  }
  for (const Section& validation : block.blocks) {
    if (validation.type != "validation" || !validation.labels.empty()) continue;
    variable.validations.push_back(ReadValidation(validation, name, session_, diagnostics));
  }
  Add(std::move(variable));
}

void Variables::Set(Variable& variable, hcl::Value value, std::string_view origin,
                    const SpecExpr& place, hcl::Diagnostics& diagnostics) {
  if (variable.type) {
    hcl::Converted converted = hcl::Convert(value, *variable.type);
    if (converted) {
      value = *std::move(converted);
    } else {
      diagnostics.Error(
          place.file, place.span, fmt::format("Invalid value for variable \"{}\"", variable.name),
          fmt::format("The {} is not compatible with the variable's type: {}.",
                      origin == "default" ? "default value" : "given value", converted.error()));
      value = hcl::Value::Unknown();
    }
  }
  variable.value = std::move(value);
  variable.origin = origin;
  variable.value_file = place.file;
  variable.value_span = place.span;
}

void Variables::AssignText(Variable& variable, std::string_view text, std::string_view origin,
                           hcl::Diagnostics& diagnostics) {
  const hcl::SourcePtr source =
      hcl::SourceFile::Hidden(SourceName(origin, variable.name), std::string(text));
  const SpecExpr place{source, WholeOf(*source), nullptr, nullptr};
  if (!IsValidUtf8(text)) {
    diagnostics.Error(source, place.span, "Invalid character encoding",
                      "The value of a variable must be text in UTF-8.");
    return;
  }
  if (variable.TakesText()) {
    Set(variable, hcl::Value::Of(text), origin, place, diagnostics);
    return;
  }
  hcl::Diagnostics faults;
  const hcl::ExpressionPtr parsed = hcl::ParseExpression(source, faults);
  if (!faults.HasErrors()) {
    const SpecExpr expr = ExprOf(parsed->root(), source);
    Set(variable, EvaluateExpr(expr, session_.ForConstant(source), faults), origin, expr,
        diagnostics);
  }
  AppendWithoutQuotes(faults, diagnostics);
}

// Only for the first faults of many.
std::string Variables::Suggestion(std::string_view name,
                                  const hcl::Diagnostics& diagnostics) const {
  constexpr std::size_t kMost = 20;
  if (diagnostics.error_count() >= kMost) return {};
  std::vector<std::string> names;
  for (const Variable& variable : variables_) names.push_back(variable.name);
  return DidYouMean(name, names);
}

// False after a fault that makes the rest of the file and all flags meaningless.
bool Variables::AssignFile(const VariableFile& file, bool strict, hcl::Diagnostics& diagnostics) {
  const std::size_t before = diagnostics.error_count();
  for (const Section& block : file.content.blocks) {
    if (block.type != "variable" || block.labels.size() != 1) continue;
    diagnostics.Error(
        file.source, block.type_span, "Variable declaration in a variable file",
        fmt::format(
            "A variable file gives values to variables that a spec declares. Declare \"{0}\" in "
            "the spec, and write here: {0} = <value>",
            block.labels.front()));
  }
  if (diagnostics.error_count() != before) return false;
  CheckAttributesOnly(file.content, file.source, diagnostics);
  for (const SectionAttribute& attribute : file.content.attributes) {
    const auto found = index_.find(attribute.name);
    if (found != index_.end()) {
      hcl::Diagnostics faults;
      hcl::Value value = EvaluateExpr(attribute.expr, session_.ForConstant(file.source), faults);
      AppendWithoutQuotes(faults, diagnostics);
      Set(variables_[found->second], std::move(value), "varfile", attribute.expr, diagnostics);
    } else if (strict) {
      diagnostics.Error(file.source, attribute.name_span, "Undefined variable",
                        fmt::format("The spec declares no variable \"{}\".{}", attribute.name,
                                    Suggestion(attribute.name, diagnostics)));
    }
  }
  return true;
}

void Variables::Assign(const VariableInput& input, const std::vector<VariableFile>& files,
                       hcl::Diagnostics& diagnostics) {
  for (const auto& [name, text] : input.environment) {
    const auto found = index_.find(name);
    if (found != index_.end()) AssignText(variables_[found->second], text, "env", diagnostics);
  }
  for (const VariableFile& file : files) {
    if (!AssignFile(file, input.strict, diagnostics)) return;
  }
  std::map<std::string_view, std::string_view> last;
  for (const auto& [name, text] : input.flags) last[name] = text;
  for (const auto& [name, text] : last) {
    const auto found = index_.find(name);
    if (found != index_.end()) {
      AssignText(variables_[found->second], text, "cmd", diagnostics);
    } else if (input.strict) {
      const hcl::SourcePtr source =
          hcl::SourceFile::Hidden(SourceName("cmd", name), std::string(text));
      diagnostics.Error(source, WholeOf(*source), "Undefined variable",
                        fmt::format("The spec declares no variable \"{}\".{}", name,
                                    Suggestion(name, diagnostics)));
    }
  }
}

void Variables::Check(hcl::Diagnostics& diagnostics) const {
  for (const Variable& variable : variables_) {
    if (variable.value) {
      CheckVariable(variable, session_, diagnostics);
      continue;
    }
    diagnostics.Error(
        session_.source, variable.header, fmt::format("Unset variable \"{}\"", variable.name),
        fmt::format("The variable has no default. Give it a value with --var {0}=..., a "
                    "--var-file or NOMAD_VAR_{0}.",
                    variable.name));
  }
}

}  // namespace nmgr::jobspec
