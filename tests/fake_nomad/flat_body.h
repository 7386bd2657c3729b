// What both syntaxes of a flat spec are read into: blocks, attributes and literal values, each with
// its place.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fake_nomad/json.h"

namespace nmgr::fake {

struct Position {
  int line = 1;
  int column = 1;  // in code points
};

struct Range {
  Position start;
  Position end;  // the first position after it

  std::string Text() const;  // "2,2-8", "3,10-4,1"
};

struct ObjectMember;

struct Value {
  enum class Kind { kNull, kBool, kNumber, kString, kList, kObject };
  Kind kind = Kind::kNull;
  bool flag = false;
  std::string text;  // of a string; of a number its decimal digits
  std::vector<Value> items;
  std::vector<ObjectMember> members;
  bool is_constructor = false;  // an object written as a bare `{...}`, not in parentheses
  Range range;

  Json ToJson() const;  // numbers as integers where they are whole
};

struct ObjectMember {
  std::string name;
  Value value;
};

struct Attribute {
  std::string name;
  Range name_range;
  Value value;
};

struct Body;

struct Block {
  std::string type;
  Range type_range;
  std::vector<std::string> labels;
  std::vector<Range> label_ranges;
  std::vector<Body> body;  // exactly one; a vector because Body is not complete here
  Range header_range;
};

struct Body {
  std::vector<Attribute> attributes;
  std::vector<Block> blocks;
  Range open;  // where it begins, without width: HCL reports there what is missing

  const Attribute* Find(std::string_view name) const;
};

// A fault of the spec, in the words of HCL.
struct SpecFault {
  Range range;
  std::string summary;
  std::string detail;

  std::string Text() const;  // "input.hcl:2,2-8: Summary; Detail"
};

// Collects faults; several may be found in one pass.
using SpecFaults = std::vector<SpecFault>;

}  // namespace nmgr::fake
