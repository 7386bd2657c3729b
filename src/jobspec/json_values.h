// Reading JSON syntax by what a schema would say (shared reference 5). Private to jobspec.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "nmgr/hcl/eval/evaluate.h"
#include "nmgr/hcl/syntax/json_tree.h"

namespace nmgr::jobspec {

// An attribute's value: strings and keys of objects are templates, or verbatim where `context` has
// no scope. The context's file is the JSON text.
hcl::Value EvaluateJson(const hcl::JsonValue& value, const hcl::EvalContext& context,
                        hcl::Diagnostics& diagnostics);

// The string in `span` as a template.
hcl::Value EvaluateJsonString(hcl::Span span, const hcl::EvalContext& context,
                              hcl::Diagnostics& diagnostics);

// The text of a key that is a template; nothing and a diagnostic where it has no text.
std::optional<std::string> EvaluateJsonKey(const hcl::JsonMember& member,
                                           const hcl::EvalContext& context,
                                           hcl::Diagnostics& diagnostics);

// A string that holds a type in native syntax.
std::optional<hcl::Type> EvaluateJsonType(const hcl::JsonValue& value, const hcl::SourcePtr& file,
                                          hcl::Diagnostics& diagnostics);

// The members of a body or of one level of labels: of an object, or of all objects of an array.
std::vector<const hcl::JsonMember*> JsonMembers(const hcl::JsonValue& body,
                                                const hcl::SourcePtr& file,
                                                hcl::Diagnostics& diagnostics);

// The blocks that a member stands for, with `labels` levels of labels.
struct JsonBlock {
  std::vector<std::string> labels;
  std::vector<hcl::Span> label_spans;
  hcl::Span open;  // the bracket that opens its body
  const hcl::JsonValue* body;
};
std::vector<JsonBlock> JsonBlocks(const hcl::JsonMember& member, std::size_t labels,
                                  const hcl::SourcePtr& file, hcl::Diagnostics& diagnostics);

}  // namespace nmgr::jobspec
