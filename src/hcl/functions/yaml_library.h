// The libyaml library behind two small classes: events read and events written. Only
// yaml_library.cpp sees yaml.h.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "nmgr/hcl/functions/function.h"

namespace nmgr::hcl::functions {

enum class YamlEventKind {
  kStreamStart,
  kStreamEnd,
  kDocumentStart,
  kDocumentEnd,
  kAlias,
  kScalar,
  kSequenceStart,
  kSequenceEnd,
  kMappingStart,
  kMappingEnd,
};

struct YamlEvent {
  YamlEventKind kind = YamlEventKind::kStreamEnd;
  std::string anchor;    // of an alias: its target
  std::string tag;       // in full: "tag:yaml.org,2002:int"; "" if none
  std::string value;     // scalar
  bool quoted = false;   // scalar in single or double quotes
  bool plain = false;    // untagged scalar without quotes, on its own line or not: to be resolved
  std::size_t line = 0;  // of its start, from 1
  std::size_t column = 0;
};

class YamlReader {
 public:
  explicit YamlReader(std::string_view text);  // `text` must outlive the reader
  ~YamlReader();
  YamlReader(const YamlReader&) = delete;
  YamlReader& operator=(const YamlReader&) = delete;

  FunctionOutcome<YamlEvent> Next();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

enum class YamlStyle { kPlain, kDoubleQuoted, kLiteral };

// Writes one document. Texts are UTF-8.
class YamlWriter {
 public:
  YamlWriter();
  ~YamlWriter();
  YamlWriter(const YamlWriter&) = delete;
  YamlWriter& operator=(const YamlWriter&) = delete;

  void Scalar(std::string_view text, YamlStyle style);
  void StartSequence();
  void EndSequence();
  void StartMapping();
  void EndMapping();

  // The document, or why libyaml could not write it.
  FunctionOutcome<std::string> Finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace nmgr::hcl::functions
