// A job in JSON syntax. Which members are blocks and which attributes only Nomad's schema can say,
// so it stays JSON: every string is evaluated, dynamic blocks are expanded, and what comes out
// holds no expression any more (shared reference 10, point 4). Private to jobspec.
#pragma once

#include <string>
#include <vector>

#include "jobspec/images.h"
#include "jobspec/json_values.h"
#include "jobspec/section.h"

namespace nmgr::jobspec {

struct EvaluatedJsonMember;

// A JSON value after evaluation: an object, an array, or a leaf. Leaves may be whole objects and
// lists that an expression came to.
struct EvaluatedJson {
  enum class Kind { kLeaf, kNumberText, kArray, kObject } kind = Kind::kLeaf;
  hcl::Value leaf;
  std::string_view number;  // kNumberText: the digits as written
  std::vector<EvaluatedJson> items;
  std::vector<EvaluatedJsonMember> members;
  hcl::Span place = {};  // of the value in the spec
};

struct EvaluatedJsonMember {
  std::string name;
  bool template_key = false;  // the server will read the name as a template
  EvaluatedJson value;
};

struct EvaluatedJsonJob {
  std::string label;
  EvaluatedJson body;
};

EvaluatedJsonJob EvaluateJsonJob(const JsonBlock& block, Session& session,
                                 hcl::Diagnostics& diagnostics);

// {"job":{"LABEL":...}}; strings and keys with `$${` and `%%{`, so that they are read back as they
// are.
std::string JsonJobText(const EvaluatedJsonJob& job);

// Block types of the job schema with one label: the members of such a value are named by labels.
bool HasLabel(std::string_view type);

// The job by blocks and attributes. Numbers are texts, and nothing has a place.
EvaluatedBlock BlockOf(const EvaluatedJsonJob& job);

JobHeader HeaderOf(const EvaluatedJsonJob& job);
std::vector<Image> ImagesOf(const EvaluatedJsonJob& job);
std::vector<PlacedImage> PlacedImagesOf(const EvaluatedJsonJob& job);
bool HasBlock(const EvaluatedJsonJob& job, std::string_view type);

}  // namespace nmgr::jobspec
