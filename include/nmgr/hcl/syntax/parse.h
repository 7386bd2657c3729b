// Text to tree. Every function returns a usable tree even after errors (kInvalid nodes where
// nothing could be read), so that callers can still find a job's name in a broken spec; whether
// there were errors is in the diagnostics alone.
//
// Lexical errors of the whole text come first, then the parser's in order. After the first error
// the parser looks for a place to go on and is silent about what may only be a consequence; where
// it goes on, and so which place the first error has, is as in HashiCorp's parser. At most
// kMaxErrors of each sort are kept.
//
// Nesting (brackets, blocks, templates in templates, unary operators) deeper than kMaxNesting is an
// error and ends the parse. So is an expression whose tree is higher than kMaxTreeHeight: a chain
// of operators, `1 + 1 + ...`, or of computed indices leans to the left, a level for each. Neither
// parser nor a walk over its tree can exhaust the stack (8 MiB, under AddressSanitizer too). Time
// and memory are linear in the text's length.
#pragma once

#include <string_view>

#include "nmgr/hcl/syntax/diagnostics.h"
#include "nmgr/hcl/syntax/tree.h"

namespace nmgr::hcl {

inline constexpr int kMaxNesting = 500;
inline constexpr int kMaxTreeHeight = 1000;
inline constexpr int kMaxErrors = 100;

// A whole file: attributes and blocks.
BodyPtr ParseBody(SourcePtr source, Diagnostics& diagnostics);

// One expression and nothing else (a --var value, a conformance case). Line ends mean nothing, as
// if it stood in parentheses.
ExpressionPtr ParseExpression(SourcePtr source, Diagnostics& diagnostics);

// The text as a template without quotes (strings of JSON-syntax specs). One interpolation alone
// keeps its type, as in "${x}".
ExpressionPtr ParseTemplate(SourcePtr source, Diagnostics& diagnostics);

bool IsIdentifier(std::string_view text);

}  // namespace nmgr::hcl
