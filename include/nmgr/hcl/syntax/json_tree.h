// HCL's JSON syntax: the text as a tree of JSON values. Which members are attributes, blocks or
// labels only a schema can say (shared reference, section 5), so that is left to the reader; so is
// reading strings as templates, for which JsonStringSource gives the text.
//
// Standard JSON, except that the text must be UTF-8. Members keep their order, duplicates stay.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "nmgr/hcl/syntax/diagnostics.h"
#include "nmgr/hcl/syntax/source.h"
#include "nmgr/hcl/value/value.h"

namespace nmgr::hcl {

enum class JsonKind : std::uint8_t {
  kNull,
  kBool,
  kNumber,
  kString,
  kArray,
  kObject,
  kInvalid,  // stands where the parser has reported an error
};

struct JsonMember;

// `text`: of a string decoded, of a number and bool as written.
struct JsonValue {
  JsonKind kind = JsonKind::kInvalid;
  Span span;
  std::string_view text = {};
  std::span<const JsonValue* const> items = {};  // kArray
  std::span<const JsonMember> members = {};      // kObject
};

struct JsonMember {
  std::string_view name;  // decoded
  Span name_span;         // with its quotes
  const JsonValue* value;
};

// Owner of one tree; views and pointers inside it point into this or into the source.
class ParsedJson {
 public:
  virtual ~ParsedJson() = default;
  const SourcePtr& source() const { return source_; }
  const JsonValue& root() const { return *root_; }

 protected:
  SourcePtr source_;
  const JsonValue* root_ = nullptr;
};

using JsonPtr = std::shared_ptr<const ParsedJson>;

// Reading stops at the first error; what was complete before it is in the tree. Nesting deeper than
// kMaxNesting is an error. The error's place is Nomad's, which for a missing comma is behind the
// object or array; the detail then says where the comma belongs.
JsonPtr ParseJson(SourcePtr source, Diagnostics& diagnostics);

// Whether Nomad takes the text for JSON: its first character after blanks (not line ends) is '{'.
bool LooksLikeJson(std::string_view text);

// A null, bool, number or string as a value; the string verbatim, as in a var file. Null for the
// rest.
Value JsonScalar(const JsonValue& value);

// The content of the string at `string` (quotes included) as a text of its own, to be parsed as a
// template or expression. Diagnostics about it come out at their places in `file`. Precondition: a
// string of a tree parsed from `file`.
SourcePtr JsonStringSource(const SourcePtr& file, Span string);

}  // namespace nmgr::hcl
