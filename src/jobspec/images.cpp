#include "jobspec/images.h"

#include <algorithm>
#include <array>
#include <utility>

#include "nmgr/base/text.h"
#include "nmgr/hcl/value/convert.h"

namespace nmgr::jobspec {
namespace {

using Child = BodyReader::Child;

class NativeReader final : public BodyReader {
 public:
  explicit NativeReader(const EvaluatedBody& body) : body_(body) {}

  std::vector<Child> Blocks(const std::vector<std::string_view>& types) const override {
    std::vector<Child> children;
    for (const EvaluatedBlock& block : body_.blocks) {
      if (std::find(types.begin(), types.end(), block.type) == types.end()) continue;
      children.push_back(
          {block.type, FirstLabel(block), std::make_shared<NativeReader>(block.body)});
    }
    return children;
  }

  FieldText Text(std::string_view attribute) const override {
    const EvaluatedAttribute* found = body_.FindAttribute(attribute);
    if (found == nullptr) return {};
    FieldText text = FieldTextOf(found->value);
    text.place = found->place.tail;
    return text;
  }

 private:
  const EvaluatedBody& body_;
};

void AddImage(const BodyReader& task, Image image, std::vector<PlacedImage>& images) {
  for (const Child& config : task.Blocks({"config"})) {
    FieldText text = config.body->Text("image");
    if (text.known && text.text.empty()) continue;
    image.known = text.known;
    image.image = text.known ? std::move(text.text) : std::string(kUnknownImage);
    images.push_back({image, text.place});
  }
}

// The kind that Nomad gives the task which it runs for a connect block, without the service; "" for
// a block that makes it run none.
std::string_view KindOf(const BodyReader& connect) {
  for (const Child& gateway : connect.Blocks({"gateway"})) {
    for (const Child& form : gateway.body->Blocks({"ingress", "terminating", "mesh"})) {
      if (form.type == "ingress") return "connect-ingress";
      return form.type == "mesh" ? "connect-mesh" : "connect-terminating";
    }
  }
  return connect.Blocks({"sidecar_service"}).empty() ? "" : "connect-proxy";
}

void AddSidecars(const BodyReader& group, const std::string& group_name, const JobNames& job,
                 std::vector<PlacedImage>& images) {
  for (const Child& service : group.Blocks({"service"})) {
    for (const Child& connect : service.body->Blocks({"connect"})) {
      const std::string_view kind = KindOf(*connect.body);
      if (kind.empty()) continue;
      for (const Child& task : connect.body->Blocks({"sidecar_task"})) {
        FieldText name = service.body->Text("name");
        if (!name.known) name.text = std::string(kUnknownImage);
        const std::string of = ServiceName(name.text, job, group_name);
        Image image{group_name, std::string(kind) + "-" + of, {}};
        image.kind = std::string(kind) + ":" + of;
        const FieldText own = task.body->Text("name");
        if (!own.text.empty()) image.task = own.text;
        AddImage(*task.body, std::move(image), images);
      }
    }
  }
}

}  // namespace

std::string ServiceName(std::string text, const JobNames& job, const std::string& group,
                        const std::string& task) {
  const std::string base = job.name + "-" + group;
  if (text.empty()) return task.empty() ? base : base + "-" + task;
  const std::string of = task.empty() ? "group" : task;
  const std::array<std::pair<std::string_view, std::string>, 8> names = {
      {{"${NOMAD_JOB_NAME}", job.name},
       {"${NOMAD_JOB_ID}", job.id},
       {"${NOMAD_GROUP_NAME}", group},
       {"${NOMAD_TASK_NAME}", task.empty() ? "${NOMAD_TASK_NAME}" : task},
       {"${JOB}", job.name},
       {"${TASKGROUP}", group},
       {"${TASK}", of},
       {"${BASE}", base + "-" + of}}};
  for (const auto& [name, value] : names) {
    for (std::size_t at = text.find(name); at != text.npos; at = text.find(name, at)) {
      text.replace(at, name.size(), value);
      at += value.size();
    }
  }
  return text;
}

const EvaluatedAttribute* EvaluatedBody::FindAttribute(std::string_view name) const {
  for (const EvaluatedAttribute& attribute : attributes) {
    if (attribute.name == name) return &attribute;
  }
  return nullptr;
}

std::vector<PlacedImage> PlacedImagesOf(const BodyReader& job, const std::string& label) {
  const auto or_label = [&](std::string_view attribute) {
    const FieldText text = job.Text(attribute);
    return text.text.empty() ? label : text.text;
  };
  const JobNames names{or_label("id"), or_label("name")};
  std::vector<PlacedImage> images;
  for (const Child& child : job.Blocks({"task", "group"})) {
    if (child.type == "task") {
      AddImage(*child.body, {child.label, child.label, {}}, images);
      continue;
    }
    for (const Child& task : child.body->Blocks({"task"})) {
      AddImage(*task.body, {child.label, task.label, {}}, images);
    }
    AddSidecars(*child.body, child.label, names, images);
  }
  return images;
}

std::vector<PlacedImage> PlacedImagesOf(const EvaluatedBlock& job) {
  return PlacedImagesOf(NativeReader(job.body), FirstLabel(job));
}

std::vector<Image> ImagesOf(const BodyReader& job, const std::string& label) {
  std::vector<Image> images;
  for (PlacedImage& placed : PlacedImagesOf(job, label)) images.push_back(std::move(placed.image));
  return images;
}

std::vector<Image> ImagesOf(const EvaluatedBlock& job) {
  return ImagesOf(NativeReader(job.body), FirstLabel(job));
}

bool HasBlock(const EvaluatedBody& body, std::string_view type) {
  return std::any_of(body.blocks.begin(), body.blocks.end(),
                     [type](const EvaluatedBlock& block) { return block.type == type; });
}

FieldText FieldTextOf(const hcl::Value& value) {
  if (!value.is_known()) return {{}, false};
  return {TextOf(value)};
}

}  // namespace nmgr::jobspec
