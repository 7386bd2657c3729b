#include "nmgr/report/change_words.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "diff_names.h"
#include "nmgr/base/text.h"
#include "nmgr/nomad/json_fields.h"

namespace nmgr::report {
namespace {

using nlohmann::json;
using nomad::Member;

constexpr std::size_t kLongestValue = 24;

bool IsPlain(std::string_view value) {
  return value.size() <= kLongestValue && !value.empty() &&
         (value == "true" || value == "false" ||
          value.find_first_not_of("0123456789.smh") == std::string_view::npos);
}

// Where a name without its block says too little.
std::string Prefixed(const std::string& block, std::string name) {
  if (block.empty() || block == "config" || name.find('.') != std::string::npos) return name;
  return block + "." + name;
}

class Collector {
 public:
  explicit Collector(bool with_images) : with_images_(with_images) {}

  std::vector<std::string> Of(const json& diff) {
    Body(diff, "");
    for (const json& group : Member(diff, "TaskGroups")) {
      if (Whole(group, "group ")) continue;
      Body(group, "");
      for (const json& task : Member(group, "Tasks")) {
        if (!Whole(task, "task ")) Body(task, "");
      }
    }
    return std::move(changes_);
  }

 private:
  void Add(std::string change) {
    if (std::find(changes_.begin(), changes_.end(), change) == changes_.end()) {
      changes_.push_back(std::move(change));
    }
  }

  // A group or task that comes or goes is one change.
  bool Whole(const json& part, const char* what) {
    const std::string type = nomad::Text(part, "Type");
    if (type == "Added") Add(std::string("+ ") + what + nomad::Text(part, "Name"));
    if (type == "Deleted") Add(std::string("- ") + what + nomad::Text(part, "Name"));
    return type == "Added" || type == "Deleted" || type == "None";
  }

  void Body(const json& part, const std::string& block) {
    const json& fields = Member(part, "Fields");
    if (fields.is_array()) {
      for (const json& field : fields) Field(field, block);
    }
    const json& objects = Member(part, "Objects");
    if (!objects.is_array()) return;
    for (const json& object : objects) {
      if (nomad::Text(object, "Type") != "None")
        Body(object, SpecName(nomad::Text(object, "Name")));
    }
  }

  void Field(const json& field, const std::string& block) {
    if (nomad::Text(field, "Type") == "None") return;
    const std::string raw = nomad::Text(field, "Name");
    std::string name = SpecName(raw);
    if (block == "config" && name == "image" && !with_images_) return;
    // "args[0]", "args[1]": one change of the list.
    if (const std::size_t bracket = name.find('['); bracket != std::string::npos) {
      name.resize(bracket);
    }
    const std::string before = SpecValue(raw, nomad::Text(field, "Old"));
    const std::string after = SpecValue(raw, nomad::Text(field, "New"));
    std::string words = Prefixed(block, std::move(name));
    const bool shown = !IsSecret(block, raw, before, after) && IsPlain(before) && IsPlain(after) &&
                       words.find("env.") != 0 && words.find("meta.") != 0;
    if (shown) words += " " + before + " -> " + after;
    Add(std::move(words));
  }

  bool with_images_;
  std::vector<std::string> changes_;
};

struct Reference {
  std::string_view repository;
  std::string_view version;  // with ':' or '@'
};

Reference SplitReference(std::string_view image) {
  std::size_t at = image.find('@');
  if (at == std::string_view::npos) {
    const std::size_t colon = image.rfind(':');
    const std::size_t slash = image.rfind('/');
    const bool tag =
        colon != std::string_view::npos && (slash == std::string_view::npos || colon > slash);
    at = tag ? colon : image.size();
  } else if (const std::size_t colon = image.find(':', image.rfind('/', at) + 1); colon < at) {
    at = colon;
  }
  return {image.substr(0, at), image.substr(at)};
}

std::string VersionWords(std::string_view version) {
  if (version.empty()) return "(no tag)";
  constexpr std::size_t kDigest = 12;
  std::string words(version.substr(version.front() == ':' ? 1 : 0));
  const std::size_t digest = words.find("sha256:");
  if (digest != std::string::npos) words.resize(std::min(words.size(), digest + 7 + kDigest));
  return words;
}

}  // namespace

std::vector<std::string> ChangesIn(const json& diff, bool with_images) {
  return Collector(with_images).Of(diff);
}

std::string ShortList(const std::vector<std::string>& changes, std::size_t most) {
  if (changes.size() <= most) return Join(changes, ", ");
  const std::vector<std::string> first(changes.begin(),
                                       changes.begin() + static_cast<std::ptrdiff_t>(most));
  return Join(first, ", ") + " and " + std::to_string(changes.size() - most) + " more";
}

std::string ImageChangeWords(std::string_view before, std::string_view after) {
  if (before.empty()) return "+ " + std::string(after);
  if (after.empty()) return "- " + std::string(before);
  const Reference from = SplitReference(before);
  const Reference to = SplitReference(after);
  if (from.repository != to.repository || from.version == to.version) {
    return std::string(before) + " -> " + std::string(after);
  }
  const std::size_t slash = to.repository.rfind('/');
  const std::string_view name =
      slash == std::string_view::npos ? to.repository : to.repository.substr(slash + 1);
  return std::string(name) + " " + VersionWords(from.version) + " -> " + VersionWords(to.version);
}

}  // namespace nmgr::report
