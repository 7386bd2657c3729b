// What nmgr itself needs to know of an evaluated job. Private to jobspec.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "nmgr/jobspec/texts.h"

namespace nmgr::jobspec {

// A field of type string: the text that Nomad makes of its value ("" for null and what has none),
// or nothing that is known, where the value hangs on something that has none.
struct FieldText {
  std::string text = {};
  bool known = true;
  hcl::Span place = {};  // of its expression in the spec
};

// The blocks and attributes of a body in either syntax, as far as images need them.
class BodyReader {
 public:
  struct Child;
  virtual ~BodyReader() = default;

  // Blocks of these types in their order; `label` is the first one ("" where the type has none).
  virtual std::vector<Child> Blocks(const std::vector<std::string_view>& types) const = 0;
  virtual FieldText Text(std::string_view attribute) const = 0;
};

struct BodyReader::Child {
  std::string type;
  std::string label;
  std::shared_ptr<const BodyReader> body;
};

// config.image of each task that has one, in the order of the spec, and behind the tasks of a group
// those that its services ask Nomad to run beside them (sidecar_task). `label` is the job's.
std::vector<Image> ImagesOf(const BodyReader& job, const std::string& label);

// The same with the place of the expression that gives the image.
struct PlacedImage {
  Image image;
  hcl::Span place;
};
std::vector<PlacedImage> PlacedImagesOf(const BodyReader& job, const std::string& label);
std::vector<PlacedImage> PlacedImagesOf(const EvaluatedBlock& job);
std::vector<Image> ImagesOf(const EvaluatedBlock& job);

bool HasBlock(const EvaluatedBody& body, std::string_view type);

FieldText FieldTextOf(const hcl::Value& value);

}  // namespace nmgr::jobspec
