// `dynamic "TYPE" { for_each, iterator, labels, content {} }`. Private to jobspec.
#pragma once

#include <string>
#include <vector>

#include "jobspec/session.h"

namespace nmgr::jobspec {

// One block that a dynamic block makes: its labels, and the iterator's name and value for its body.
struct Expansion {
  std::vector<std::string> labels;
  std::string_view iterator;
  hcl::Value item;  // { key, value }
};

struct DynamicBlock {
  std::string_view type;
  const hcl::Body* content = nullptr;  // null after an error
  const hcl::Block* place = nullptr;   // its `content` block
  std::vector<Expansion> expansions;
};

// Reads and expands. In a session that goes only partly, what cannot be expanded is one expansion
// whose labels and item are unknown. How many labels the type takes only the schema knows: too many
// or too few are the server's to refuse.
DynamicBlock ExpandDynamic(const hcl::Block& block, const hcl::Scope& scope, const Session& session,
                           hcl::Diagnostics& diagnostics);

// The elements of a for_each value as key and value; nothing and a diagnostic where it has none.
struct Iteration {
  hcl::Value key;
  hcl::Value value;
};
std::optional<std::vector<Iteration>> IterationsOf(const hcl::Value& value,
                                                   const hcl::SourcePtr& file, hcl::Span place,
                                                   hcl::Diagnostics& diagnostics);

// A label from its value; nothing and a diagnostic where it cannot be one.
std::optional<std::string> LabelOf(const hcl::Value& value, const hcl::SourcePtr& file,
                                   hcl::Span place, hcl::Diagnostics& diagnostics);

}  // namespace nmgr::jobspec
