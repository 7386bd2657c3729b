// The 284 real specs: what they come to, their images, where those that fail do so, and that their
// flat text means the same once more.
#include <catch2/catch.hpp>

#include "conformance/shared_data.h"
#include "nmgr/hcl/eval/evaluate.h"
#include "nmgr/hcl/syntax/parse.h"
#include "nmgr/jobspec/jobspec.h"

namespace nmgr::conformance {
namespace {

struct Spec {
  std::string id;  // repository and path
  std::string repository;
  Path path;
  Path golden;
};

void Collect(const Path& folder, const std::string& prefix, std::vector<std::string>& paths) {
  const Expected<std::vector<FolderEntry>> entries = RealFileSystem().ListFolder(folder);
  if (!entries) FAIL(entries.error().message);
  for (const FolderEntry& entry : *entries) {
    if (entry.kind == FileKind::kFolder) {
      Collect(folder + "/" + entry.name, prefix + entry.name + "/", paths);
    } else {
      paths.push_back(prefix + entry.name);
    }
  }
}

std::vector<Spec> AllSpecs(const Path& shared) {
  std::vector<std::string> paths;
  Collect(shared + "/corpus/golden", "", paths);
  std::vector<Spec> specs;
  for (const std::string& path : paths) {
    const std::string id = path.substr(0, path.size() - std::string(".json").size());
    specs.push_back({id, id.substr(0, id.find('/')), shared + "/corpus/repos/" + id,
                     shared + "/corpus/golden/" + path});
  }
  return specs;
}

std::string CompareImages(const jobspec::JobSpec& spec, const nlohmann::json& golden) {
  nlohmann::json images = nlohmann::json::array();
  for (const jobspec::Image& image : spec.images) {
    images.push_back({{"group", image.group}, {"task", image.task}, {"image", image.image}});
  }
  if (images == golden.value("images", nlohmann::json::array())) return {};
  return "images are " + images.dump();
}

std::string CompareBody(const hcl::Body& body, const hcl::SourcePtr& source,
                        const jobspec::EvaluatedBody& expected);

// The flat text read with nothing but literals in force: no names, no functions.
std::string CompareItems(const hcl::BodyItem& item, const hcl::SourcePtr& source,
                         const jobspec::EvaluatedBody& expected, std::size_t& attributes,
                         std::size_t& blocks) {
  if (item.block != nullptr) {
    if (blocks == expected.blocks.size()) return "too many blocks";
    const jobspec::EvaluatedBlock& block = expected.blocks[blocks++];
    if (item.block->type != block.type || item.block->labels.size() != block.labels.size()) {
      return "block " + block.type + " differs";
    }
    for (std::size_t i = 0; i < block.labels.size(); ++i) {
      if (item.block->labels[i].text != block.labels[i]) return "label " + block.labels[i];
    }
    return CompareBody(*item.block->body, source, block.body);
  }
  if (attributes == expected.attributes.size()) return "too many attributes";
  const jobspec::EvaluatedAttribute& attribute = expected.attributes[attributes++];
  hcl::EvalContext context;
  context.file = source;
  hcl::Diagnostics diagnostics;
  const hcl::Value value = hcl::Evaluate(*item.attribute->expr, context, diagnostics);
  if (diagnostics.HasErrors()) return FirstErrorText(diagnostics);
  if (item.attribute->name != attribute.name || Canon(value) != Canon(attribute.value)) {
    return "attribute " + attribute.name + " is " + Canon(value);
  }
  const bool is_object = value.has_content() && value.kind() == hcl::Kind::kObject;
  if (is_object &&
      (item.attribute->expr->kind == hcl::ExprKind::kObject) != attribute.constructor) {
    return "parentheses around " + attribute.name;
  }
  return {};
}

std::string CompareBody(const hcl::Body& body, const hcl::SourcePtr& source,
                        const jobspec::EvaluatedBody& expected) {
  std::size_t attributes = 0;
  std::size_t blocks = 0;
  for (const hcl::BodyItem& item : body.items) {
    const std::string difference = CompareItems(item, source, expected, attributes, blocks);
    if (!difference.empty()) return difference;
  }
  if (attributes != expected.attributes.size() || blocks != expected.blocks.size()) {
    return "something is missing";
  }
  return {};
}

std::string CompareFlat(const jobspec::JobSpec& spec) {
  const auto source = std::make_shared<hcl::SourceFile>("flat.hcl", spec.flat_hcl);
  hcl::Diagnostics diagnostics;
  const hcl::BodyPtr body = hcl::ParseBody(source, diagnostics);
  if (diagnostics.HasErrors()) return "flat text: " + FirstErrorText(diagnostics);
  const std::string difference = CompareBody(body->root(), source, spec.body);
  return difference.empty() ? difference : "flat text: " + difference + "\n" + spec.flat_hcl;
}

std::string CompareGood(const jobspec::JobSpec& spec, const nlohmann::json& golden) {
  if (spec.header.id != golden["id"]) return "ID is " + spec.header.id;
  const std::string type = spec.header.type.empty() ? "service" : spec.header.type;
  if (golden.value("type", nlohmann::json("service")) != nlohmann::json(type) &&
      !golden["type"].is_null()) {
    return "type is " + spec.header.type;
  }
  const std::string images = CompareImages(spec, golden);
  if (!images.empty()) return images;
  const Expected<std::string> body = jobspec::BodyToJson(spec);
  if (!body) return body.error().message;
  if (golden.value("deterministic", true) && nlohmann::json::parse(*body) != golden["body"]) {
    return "body should be " + golden["body"].dump() + ", is " + *body;
  }
  return CompareFlat(spec);
}

std::string RunSpec(const Spec& spec, const nlohmann::json& variables) {
  const nlohmann::json golden = ReadJson(spec.golden);
  jobspec::VariableInput input;
  for (const auto& [name, value] : variables.items()) input.environment[name] = value;
  const jobspec::SpecContext context{&input, &RealFileSystem(), "/home/operator"};
  hcl::Diagnostics diagnostics;
  const jobspec::ParsedSpec parsed =
      jobspec::ParseSpec(spec.path, ReadText(spec.path), context, diagnostics);
  if (parsed.valid) diagnostics = {};  // evaluation finds those of the header once more
  const std::optional<jobspec::JobSpec> evaluated =
      jobspec::EvaluateSpec(parsed, context, diagnostics);

  if (!golden["ok"].get<bool>() && golden["stage"] == "local") {
    if (evaluated) return "should fail: " + golden["text"].get<std::string>();
    const nlohmann::json& first = golden["diagnostics"][0];
    const std::string wanted =
        std::to_string(first["line"].get<int>()) + ":" + std::to_string(first["column"].get<int>());
    if (FirstErrorPlace(diagnostics) == wanted) return {};
    return "error should be at " + wanted + ", is " + FirstErrorText(diagnostics);
  }
  if (!evaluated) return "fails: " + FirstErrorText(diagnostics);
  return golden["ok"].get<bool>() ? CompareGood(*evaluated, golden) : CompareFlat(*evaluated);
}

}  // namespace

TEST_CASE("Real job specs come to what Nomad makes of them") {
  const std::optional<Path> shared = SharedFolder("the corpus of real job specs");
  if (!shared) return;
  const nlohmann::json variables = ReadJson(*shared + "/corpus/env.json");
  Tally tally("corpus");
  for (const Spec& spec : AllSpecs(*shared)) {
    tally.Add(spec.id, RunSpec(spec, variables.at(spec.repository)));
  }
  tally.Finish();
}

}  // namespace nmgr::conformance
