// Every recorded native body: structure, ranges, types and values, or where the first error points.
#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "conformance/shared_data.h"
#include "nmgr/hcl/eval/evaluate.h"
#include "nmgr/hcl/syntax/parse.h"
#include "nmgr/hcl/value/json.h"

namespace nmgr::conformance {
namespace {

using nlohmann::json;

// Compares a tree with its recording and keeps the first difference.
class BodyComparison {
 public:
  BodyComparison(const hcl::SourcePtr& source, const hcl::Scope& scope,
                 hcl::Diagnostics& diagnostics)
      : source_(source), diagnostics_(diagnostics) {
    context_.file = source;
    context_.scope = &scope;
  }

  void Compare(const hcl::Body& body, const json& items, const std::string& where) {
    if (body.items.size() != items.size()) {
      return Differ(where, fmt::format("{} items", items.size()),
                    fmt::format("{}", body.items.size()));
    }
    for (std::size_t i = 0; i < items.size(); ++i) {
      const hcl::BodyItem& item = body.items[i];
      const std::string inner = fmt::format("{}/{}", where, i);
      const bool is_attribute = items[i]["kind"] == "attr";
      if (is_attribute != (item.attribute != nullptr)) {
        Differ(inner, items[i]["kind"], is_attribute ? "block" : "attr");
      } else if (is_attribute) {
        CompareAttribute(*item.attribute, items[i], inner);
      } else {
        CompareBlock(*item.block, items[i], inner);
      }
    }
  }

  const std::string& difference() const { return difference_; }

 private:
  void Differ(const std::string& where, const std::string& wanted, const std::string& got) {
    if (difference_.empty()) difference_ = where + ": should be " + wanted + ", is " + got;
  }
  void Expect(const std::string& where, const json& wanted, const json& got) {
    if (wanted != got) Differ(where, wanted.dump(), got.dump());
  }
  json Range(hcl::Span span) const {
    const hcl::SourcePos begin = source_->PosAt(span.begin);
    const hcl::SourcePos end = source_->PosAt(span.end);
    return {begin.line, begin.column, end.line, end.column};
  }

  void CompareAttribute(const hcl::Attribute& attribute, const json& wanted,
                        const std::string& where) {
    Expect(where + " name", wanted["name"], attribute.name);
    Expect(where + " name range", wanted["name_range"], Range(attribute.name_span));
    Expect(where + " expression range", wanted["expr_range"], Range(attribute.expr->span));
    const hcl::Value value = hcl::Evaluate(*attribute.expr, context_, diagnostics_);
    if (diagnostics_.HasErrors()) return;
    Expect(where + " type", wanted["type"], json::parse(value.type().ToJson()));
    Expect(where + " value", wanted["canon"], Canon(value));
  }

  void CompareBlock(const hcl::Block& block, const json& wanted, const std::string& where) {
    Expect(where + " type", wanted["type"], block.type);
    json labels = json::array();
    for (const hcl::Label& label : block.labels) labels.push_back(label.text);
    Expect(where + " labels", wanted["labels"], labels);
    Expect(where + " type range", wanted["type_range"], Range(block.type_span));
    Expect(where + " open", wanted["open"], Range(block.open_span));
    Expect(where + " close", wanted["close"], Range(block.close_span));
    Compare(*block.body, wanted["body"], where);
  }

  const hcl::SourcePtr& source_;
  hcl::Diagnostics& diagnostics_;
  hcl::EvalContext context_;
  std::string difference_;
};

std::string CompareError(const json& wanted, const hcl::Diagnostics& diagnostics) {
  const json& first = wanted["first"];
  const std::string name = first["summary"].get<std::string>();
  if (!diagnostics.HasErrors()) return "should fail: " + name;
  const hcl::Diagnostic& got = diagnostics.items().front();
  if (!got.subject) return "has no place: " + got.summary;
  const hcl::SourcePos begin = got.file->PosAt(got.subject->begin);
  const hcl::SourcePos end = got.file->PosAt(got.subject->end);
  const json place = {begin.line, begin.column, begin.byte, end.line, end.column, end.byte};
  const json right = {first["line"],     first["col"],     first["byte"],
                      first["end_line"], first["end_col"], first["end_byte"]};
  if (place == right) return {};
  return fmt::format("{} should be at {}, is {} at {}", name, right.dump(), got.summary,
                     place.dump());
}

void EvaluateAttributes(const hcl::Body& body, const hcl::EvalContext& context,
                        hcl::Diagnostics& diagnostics) {
  for (const hcl::BodyItem& item : body.items) {
    if (item.attribute != nullptr) {
      hcl::Evaluate(*item.attribute->expr, context, diagnostics);
    } else {
      EvaluateAttributes(*item.block->body, context, diagnostics);
    }
  }
}

std::string Run(const Path& text_path, const json& wanted) {
  hcl::Diagnostics diagnostics;
  const auto source = std::make_shared<const hcl::SourceFile>("t.hcl", ReadText(text_path));
  const hcl::BodyPtr body = hcl::ParseBody(source, diagnostics);
  if (wanted.value("error", false)) {
    if (wanted["stage"] == "eval") {
      if (diagnostics.HasErrors()) return "does not parse: " + FirstErrorText(diagnostics);
      const hcl::Scope scope;
      hcl::EvalContext context;
      context.file = source;
      context.scope = &scope;
      EvaluateAttributes(body->root(), context, diagnostics);
    }
    return CompareError(wanted, diagnostics);
  }
  hcl::Scope scope;
  if (wanted.contains("vars")) {
    for (const auto& [name, variable] : wanted["vars"].items()) {
      scope.Set(name, ValueFromJson(variable["value"], TypeFromJson(variable["type"])));
    }
  }
  BodyComparison comparison(source, scope, diagnostics);
  comparison.Compare(body->root(), wanted["body"], "body");
  return diagnostics.HasErrors() ? "fails: " + FirstErrorText(diagnostics)
                                 : comparison.difference();
}

}  // namespace

TEST_CASE("Recorded bodies parse and evaluate as Nomad's do") {
  const std::optional<Path> shared = SharedFolder("recorded bodies");
  if (!shared) return;
  const Path folder = *shared + "/conformance/body";
  const auto entries = RealFileSystem().ListFolder(folder);
  REQUIRE(entries);
  Tally tally("body");
  for (const FolderEntry& entry : *entries) {
    if (!entry.name.ends_with(".json")) continue;
    const std::string id = entry.name.substr(0, entry.name.size() - 5);
    tally.Add(id, Run(JoinPath(folder, id + ".hcl"), ReadJson(JoinPath(folder, entry.name))));
  }
  tally.Finish();
}

}  // namespace nmgr::conformance
