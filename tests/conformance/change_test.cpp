// Every image of the real specs that has a literal is set to another: that literal changes and no
// other byte, and the evaluated image is the new one.
#include "nmgr/jobspec/change.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "conformance/shared_data.h"

namespace nmgr::conformance {
namespace {

constexpr std::string_view kNew = "registry.example/changed:9.9";

void CollectSpecs(const Path& folder, std::vector<Path>& paths) {
  const Expected<std::vector<FolderEntry>> entries = RealFileSystem().ListFolder(folder);
  if (!entries) FAIL(entries.error().message);
  for (const FolderEntry& entry : *entries) {
    const Path path = folder + "/" + entry.name;
    if (entry.kind == FileKind::kFolder) {
      CollectSpecs(path, paths);
    } else if (entry.name.ends_with(".hcl") || entry.name.ends_with(".nomad")) {
      paths.push_back(path);
    }
  }
}

std::string CompareBytes(std::string_view before, const jobspec::ChangedText& changed) {
  const std::string_view after = changed.text;
  const std::size_t tail = before.size() - changed.place.end;
  if (after.substr(0, changed.place.begin) != before.substr(0, changed.place.begin)) return "head";
  if (after.size() < changed.place.begin + tail) return "length";
  if (after.substr(after.size() - tail) != before.substr(changed.place.end)) return "tail";
  const std::string_view written =
      after.substr(changed.place.begin, after.size() - tail - changed.place.begin);
  return written == "\"" + std::string(kNew) + "\"" ? "" : "wrote " + std::string(written);
}

struct Counts {
  std::size_t changed = 0;
  std::size_t refused = 0;
};

bool IsRightRefusal(const std::string& why) {
  for (const char* reason : {"is used by others, too", "is set from elsewhere",
                             "A dynamic block makes several of this"}) {
    if (why.find(reason) != std::string::npos) return true;
  }
  return false;
}

// Of an image made of several parts the last one can change.
bool CanChangeTag(const jobspec::ParsedSpec& parsed, const jobspec::SpecContext& context,
                  const std::string& key, const std::string& image) {
  hcl::Diagnostics faults;
  const std::string wanted = image.substr(0, image.rfind(':') + 1) + "9.9";
  const auto changed = jobspec::ChangeSpec(parsed, context, {key, wanted}, faults);
  return (changed && changed->after.text == wanted) || IsRightRefusal(FirstErrorText(faults));
}

std::string ChangeImages(const Path& path, const jobspec::SpecContext& context, Counts& counts) {
  hcl::Diagnostics diagnostics;
  const std::string text = ReadText(path);
  const jobspec::ParsedSpec parsed = jobspec::ParseSpec(path, text, context, diagnostics);
  if (!parsed.valid || !parsed.has_job) return {};
  const auto before = jobspec::EvaluateSpec(parsed, context, diagnostics);
  if (!before) return {};
  for (std::size_t i = 0; i < before->images.size(); ++i) {
    const jobspec::Image& image = before->images[i];
    const std::string key = image.group + "/" + image.task;
    hcl::Diagnostics faults;
    const auto changed = jobspec::ChangeSpec(parsed, context, {key, std::string(kNew)}, faults);
    if (!changed) {
      // What is said of a refusal has a place, and a literal is never refused.
      if (!faults.HasErrors()) return key + ": refused in silence";
      const std::string why = FirstErrorText(faults);
      const bool is_literal = text.find("\"" + image.image + "\"") != std::string::npos;
      const bool computed = why.find("The value is computed") != std::string::npos;
      if (computed && is_literal) return key + ": " + why;
      if (computed && !CanChangeTag(parsed, context, key, image.image)) return key + ": " + why;
      if (!computed && !IsRightRefusal(why)) return key + ": " + why;
      ++counts.refused;
      continue;
    }
    ++counts.changed;
    const std::string difference = CompareBytes(text, *changed);
    if (!difference.empty()) return key + ": " + difference;
    const auto after = jobspec::EvaluateSpec(
        jobspec::ParseSpec(path, changed->text, context, faults), context, faults);
    if (!after || after->images.size() != before->images.size()) return key + ": does not evaluate";
    for (std::size_t j = 0; j < after->images.size(); ++j) {
      const std::string_view wanted = j == i ? kNew : std::string_view(before->images[j].image);
      if (after->images[j].image != wanted) return key + ": image is " + after->images[j].image;
    }
  }
  return {};
}

}  // namespace

TEST_CASE("Every image literal of the real specs can be changed alone") {
  const std::optional<Path> shared = SharedFolder("the corpus of real job specs");
  if (!shared) return;
  const nlohmann::json variables = ReadJson(*shared + "/corpus/env.json");
  const auto repositories = RealFileSystem().ListFolder(*shared + "/corpus/repos");
  REQUIRE(repositories);
  Tally tally("set");
  Counts counts;
  for (const FolderEntry& repository : *repositories) {
    jobspec::VariableInput input;
    const nlohmann::json values = variables.value(repository.name, nlohmann::json::object());
    for (const auto& [name, value] : values.items()) input.environment[name] = value;
    const jobspec::SpecContext context{&input, &RealFileSystem(), "/home/operator"};
    std::vector<Path> paths;
    CollectSpecs(*shared + "/corpus/repos/" + repository.name, paths);
    for (const Path& path : paths) tally.Add(path, ChangeImages(path, context, counts));
  }
  WARN("set: " << counts.changed << " images changed, " << counts.refused << " refused");
  CHECK(counts.changed > 200);
  tally.Finish();
}

}  // namespace nmgr::conformance
