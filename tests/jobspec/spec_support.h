// What the tests of job specs share.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "nmgr/jobspec/jobspec.h"
#include "support/memory_file_system.h"

namespace nmgr::jobspec {

// One spec with its surroundings; every call parses and evaluates anew.
struct Trial {
  std::string text;
  VariableInput variables = {};
  testing::MemoryFileSystem files = testing::MemoryFileSystem();
  Path path = "jobs/x.hcl";
  Path home = "/home/me";
  hcl::Diagnostics diagnostics = {};

  ParsedSpec Parse() {
    diagnostics = {};
    return ParseSpec(path, text, SpecContext{&variables, &files, home}, diagnostics);
  }
  std::optional<JobSpec> Evaluate() {
    const ParsedSpec parsed = Parse();
    if (parsed.valid) diagnostics = {};
    return EvaluateSpec(parsed, SpecContext{&variables, &files, home}, diagnostics);
  }
  // The flat text, else "LINE:COLUMN summary" of the first error.
  std::string Flat() {
    const std::optional<JobSpec> spec = Evaluate();
    return spec ? spec->flat_hcl : FirstError();
  }
  std::string FirstError() const {
    for (const hcl::Diagnostic& diagnostic : diagnostics.items()) {
      if (diagnostic.severity != hcl::Severity::kError) continue;
      if (diagnostic.file == nullptr || !diagnostic.subject) return diagnostic.summary;
      const hcl::SourcePos place = diagnostic.file->PosAt(diagnostic.subject->begin);
      return std::to_string(place.line) + ":" + std::to_string(place.column) + " " +
             diagnostic.summary;
    }
    return "no error";
  }
};

inline std::string FlatOf(std::string text) {
  Trial trial{std::move(text)};
  return trial.Flat();
}

}  // namespace nmgr::jobspec
