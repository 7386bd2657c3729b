#include "jobspec/submission.h"

#include "nmgr/base/text.h"

namespace nmgr::jobspec {
namespace {

std::string_view WithoutNewlinesAtEnd(std::string_view text) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  return text;
}

}  // namespace

// Texts of the environment and of flags, declared or not: strings, numbers and bools as flags;
// lists, maps and objects as lines of HCL after the texts of the var files.
Submission MakeSubmission(const ParsedSpec& spec, const VariableInput& input,
                          const std::vector<VariableFile>& files, const Variables& variables) {
  Submission submission;
  submission.source = spec.source->text();
  submission.format = spec.json == nullptr ? "hcl2" : "json";

  std::map<std::string, std::string> texts = input.environment;
  for (const auto& [name, text] : input.flags) texts[name] = text;
  std::vector<std::string> lines;
  for (const auto& [name, text] : texts) {
    const Variable* variable = variables.Find(name);
    if (variable == nullptr || variable->IsSimple()) {
      submission.variable_flags[name] = text;
    } else {
      lines.push_back(name + " = " + text);
    }
  }

  for (const VariableFile& file : files) {
    submission.variables += file.source->text();
    submission.variables += '\n';
  }
  if (lines.empty()) return submission;
  if (!submission.variables.empty()) {
    submission.variables = std::string(WithoutNewlinesAtEnd(submission.variables)) + "\n\n";
  }
  submission.variables += Join(lines, "\n");
  return submission;
}

}  // namespace nmgr::jobspec
