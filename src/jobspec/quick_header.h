// The header of a spec without its tree. Most specs are plain: blocks, strings, lists, references.
// Those are recognised in one pass over the bytes, several times as fast as they are parsed, and
// nothing is kept of them. A text that holds anything else (templates that are more than a
// reference, operators, `for`, bytes beyond ASCII, any fault) is left to the parser. Private to
// jobspec.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "nmgr/jobspec/jobspec.h"

namespace nmgr::jobspec {

struct QuickHeader {
  JobHeader header;
  std::vector<std::string> variables;  // as ParsedSpec::variables
};

// Nothing unless the text surely parses without a diagnostic and holds one job block whose id,
// namespace, region and type are plain strings or absent. tests/fuzz/header.cpp holds it to that.
std::optional<QuickHeader> ReadQuickHeader(const hcl::SourceFile& source);

}  // namespace nmgr::jobspec
