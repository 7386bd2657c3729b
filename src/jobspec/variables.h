// Input variables: `variable` and `variables` blocks, where their values come from, and what they
// must fulfil (shared reference 6.1). Private to jobspec.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "jobspec/section.h"

namespace nmgr::jobspec {

struct VariableValidation {
  std::optional<SpecExpr> condition;
  std::string message;
  hcl::Span header;
};

struct Variable {
  std::string name;
  hcl::Span header;
  // Nothing: no `type` and no default that could lend its own; values are then taken as text.
  std::optional<hcl::Type> type;
  std::vector<VariableValidation> validations;

  // The winning value so far, who set it ("default", "env", "varfile", "cmd") and where.
  std::optional<hcl::Value> value;
  std::string_view origin;
  hcl::SourcePtr value_file;
  hcl::Span value_span;

  // Texts for it are the value itself, not an expression.
  bool TakesText() const;
  // Goes to Nomad as a variable flag, not as a line of HCL.
  bool IsSimple() const;
};

// What the context gives values to; nothing where it has none.
const VariableInput& InputOf(const SpecContext& context);

// A file of `name = value` lines, in either syntax.
struct VariableFile {
  hcl::SourcePtr source;
  hcl::BodyPtr body;  // this or `json` keeps alive what `content` points into
  hcl::JsonPtr json;
  Section content;
};

// Null where one of them cannot be read or parsed.
using VariableFilesPtr = std::shared_ptr<const std::vector<VariableFile>>;

// Those of the context's input, of the context's memo where it has one; what is wrong with them is
// told each time.
VariableFilesPtr ReadVariableFiles(const SpecContext& context, hcl::Diagnostics& diagnostics);

class Variables {
 public:
  explicit Variables(const Session& session) : session_(session) {}

  // `sections` are the variable and variables blocks in source order.
  void Declare(const std::vector<Section>& sections, hcl::Diagnostics& diagnostics);
  // Later sources win: environment, files, flags.
  void Assign(const VariableInput& input, const std::vector<VariableFile>& files,
              hcl::Diagnostics& diagnostics);
  // Every variable has a value that fulfils its validations.
  void Check(hcl::Diagnostics& diagnostics) const;

  const Variable* Find(std::string_view name) const;
  hcl::Value AsObject() const;
  // The same with an unknown value for what has none, or one that its validations refuse.
  hcl::Value AsObjectWithUnknowns() const;

 private:
  void DeclareBlock(const Section& block, hcl::Diagnostics& diagnostics);
  void DeclareShort(const SectionAttribute& attribute, hcl::Diagnostics& diagnostics);
  bool IsDuplicate(std::string_view name, hcl::Span span, hcl::Diagnostics& diagnostics) const;
  void Add(Variable variable);

  void AssignText(Variable& variable, std::string_view text, std::string_view origin,
                  hcl::Diagnostics& diagnostics);
  bool AssignFile(const VariableFile& file, bool strict, hcl::Diagnostics& diagnostics);
  void Set(Variable& variable, hcl::Value value, std::string_view origin, const SpecExpr& place,
           hcl::Diagnostics& diagnostics);
  std::string Suggestion(std::string_view name, const hcl::Diagnostics& diagnostics) const;

  const Session& session_;
  std::vector<Variable> variables_;
  std::map<std::string, std::size_t, std::less<>> index_;
};

}  // namespace nmgr::jobspec
