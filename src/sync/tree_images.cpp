#include "nmgr/sync/tree_images.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "nmgr/base/text.h"
#include "nmgr/jobspec/change.h"
#include "nmgr/jobspec/texts.h"
#include "nmgr/repo/evaluated.h"
#include "nmgr/rollout/pulls.h"

namespace nmgr::sync {
namespace {

using jobspec::EvaluatedAttribute;
using jobspec::EvaluatedBlock;
using jobspec::EvaluatedBody;

constexpr std::string_view kOnPushKey = "nmgr.on_push";
constexpr std::string_view kMetaVariable = "${NOMAD_META_";

std::string Quoted(const std::string& name) {
  const bool plain = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return IsAsciiLetter(c) || IsAsciiDigit(c) || c == '_' || c == '-';
  });
  return plain ? name : "\"" + name + "\"";
}

// As Nomad writes a key in the name of a variable.
std::string VariableName(std::string_view key) {
  std::string name;
  for (const char c : key) {
    const bool small = c >= 'a' && c <= 'z';
    const bool kept = small || IsAsciiLetter(c) || IsAsciiDigit(c);
    name += small ? static_cast<char>(c - 'a' + 'A') : kept ? c : '_';
  }
  return name;
}

std::string TextAt(const EvaluatedBody& body, std::string_view attribute) {
  const EvaluatedAttribute* const found = body.FindAttribute(attribute);
  return found == nullptr ? std::string() : jobspec::TextOf(found->value);
}

using Meta = std::map<std::string, MetaPlace>;  // by VariableName

void AddMeta(const EvaluatedBody& body, const std::string& prefix, Meta& meta) {
  const auto add = [&](const std::string& key, std::string value) {
    meta[VariableName(key)] = {key, prefix + "meta." + Quoted(key), std::move(value)};
  };
  for (const EvaluatedBlock& block : body.blocks) {
    if (block.type != "meta") continue;
    for (const EvaluatedAttribute& one : block.body.attributes) {
      add(one.name, jobspec::TextOf(one.value));
    }
  }
  const EvaluatedAttribute* const object = body.FindAttribute("meta");
  if (object == nullptr || !object->value.has_content()) return;
  if (!hcl::IsRecord(object->value.kind())) return;
  for (const hcl::Field& field : object->value.fields()) {
    add(field.key, jobspec::TextOf(field.value));
  }
}

const Meta::mapped_type* Find(const Meta& meta, std::string_view key) {
  const auto found = meta.find(VariableName(key));
  return found == meta.end() ? nullptr : &found->second;
}

// "a:1" of "a:${NOMAD_META_VERSION}"; which keys were put in.
std::string Interpolated(std::string image, const Meta& meta, std::vector<MetaPlace>& used) {
  for (std::size_t at = image.find(kMetaVariable); at != std::string::npos;
       at = image.find(kMetaVariable, at)) {
    const std::size_t end = image.find('}', at);
    if (end == std::string::npos) return image;
    const std::size_t start = at + kMetaVariable.size();
    const MetaPlace* const place = Find(meta, image.substr(start, end - start));
    if (place == nullptr) {
      at = end;
      continue;
    }
    used.push_back(*place);
    image.replace(at, end + 1 - at, place->value);
    at += place->value.size();
  }
  return image;
}

bool IsWholeTag(std::string_view written) {
  const std::size_t at = written.find(std::string(":") + std::string(kMetaVariable));
  return at != std::string_view::npos && written.find('}', at) + 1 == written.size();
}

class Reader {
 public:
  Reader(const Source& source, std::vector<ImageUse>& uses) : source_(source), uses_(uses) {}

  void Read(const JobKey& key, const std::string& name, const EvaluatedBlock& job) {
    key_ = key;
    name_ = name;
    Meta meta;
    AddMeta(job.body, "", meta);
    for (const EvaluatedBlock& block : job.body.blocks) {
      const std::string& label = jobspec::FirstLabel(block);
      if (block.type == "task") ReadTask(label, block, "task.", meta);
      if (block.type != "group") continue;
      const std::string prefix = "group." + Quoted(label) + ".";
      Meta inner = meta;
      AddMeta(block.body, prefix, inner);
      for (const EvaluatedBlock& task : block.body.blocks) {
        if (task.type == "task") ReadTask(label, task, prefix + "task.", inner);
      }
    }
  }

 private:
  void ReadTask(const std::string& group, const EvaluatedBlock& task, const std::string& prefix,
                Meta meta) {
    const std::string& name = jobspec::FirstLabel(task);
    AddMeta(task.body, prefix + Quoted(name) + ".", meta);
    for (const EvaluatedBlock& config : task.body.blocks) {
      if (config.type != "config") continue;
      const std::string written = TextAt(config.body, "image");
      if (written.empty()) continue;
      std::vector<MetaPlace> used;
      ImageUse use;
      use.job = key_;
      use.name = name_;
      use.group = group;
      use.task = name;
      use.image = Interpolated(written, meta, used);
      use.reference = registry::ParseReference(use.image);
      nomad::TaskImage row{group, name, use.image, {}, TextAt(task.body, "driver")};
      row.force_pull = TextAt(config.body, "force_pull") == "true";
      use.pulls = rollout::PullsAtStart(row);
      Decide(written, meta, used, use);
      uses_.push_back(std::move(use));
    }
  }

  void Decide(const std::string& written, const Meta& meta, const std::vector<MetaPlace>& used,
              ImageUse& use) {
    const ImagePolicy policy = PolicyOf(source_, use.image);
    use.on_push = policy.on_push;
    use.min_age = policy.min_age;
    if (const MetaPlace* const own = Find(meta, kOnPushKey)) {
      constexpr std::array<std::string_view, 3> kWords = {"notify", "restart", "off"};
      const auto found = std::find(kWords.begin(), kWords.end(), own->value);
      if (found == kWords.end()) {
        use.problem = fmt::format("{} = \"{}\" in its meta is none of notify, restart, off",
                                  kOnPushKey, own->value);
      } else {
        use.on_push = static_cast<OnPush>(found - kWords.begin());
      }
    }
    if (policy.follow.empty()) return;
    if (used.size() != 1 || !IsWholeTag(written) ||
        VariableName(used.front().key) != VariableName(policy.follow_key)) {
      use.problem = fmt::format(
          "`follow` is for images like \"repo/name:${{NOMAD_META_{}}}\" with that key in meta, not "
          "for {}",
          VariableName(policy.follow_key), written);
      return;
    }
    use.follow = policy.follow;
    use.meta = used.front();
  }

  const Source& source_;
  std::vector<ImageUse>& uses_;
  JobKey key_;
  std::string name_;
};

}  // namespace

ImagePolicy PolicyOf(const Source& source, const std::string& image) {
  std::vector<std::string> names = {image};
  if (const auto reference = registry::ParseReference(image)) {
    names.push_back(reference->Name());
    names.push_back(reference->host + "/" + reference->repository);
    const std::size_t colon = image.rfind(':');
    if (colon != std::string::npos && image.find('/', colon) == std::string::npos) {
      names.push_back(image.substr(0, colon));
    }
  }
  const ImagePolicy* best = nullptr;
  for (const ImagePolicy& policy : source.images) {
    const bool takes = std::any_of(names.begin(), names.end(), [&](const std::string& name) {
      return GlobMatch(policy.images, name);
    });
    if (!takes) continue;
    if (best == nullptr || policy.images.size() > best->images.size()) best = &policy;
  }
  return best == nullptr ? ImagePolicy() : *best;
}

std::vector<ImageUse> ImagesOf(const Tree& tree, const Source& source) {
  std::vector<ImageUse> uses;
  Reader reader(source, uses);
  for (const repo::SelectedJob& job : tree.selection.jobs) {
    if (!job.duplicates.empty() || job.spec->faulty) continue;
    const repo::EvaluatedSpec evaluated = repo::TakeEvaluated(*job.spec, tree.context);
    if (!evaluated.spec || evaluated.spec->job() == nullptr) continue;
    reader.Read(KeyOf(*job.spec, tree.repo), job.name, *evaluated.spec->job());
  }
  return uses;
}

std::optional<std::string> PutMeta(Tree& tree, const JobKey& job,
                                   const std::vector<MetaChange>& changes) {
  const auto found = std::find_if(
      tree.selection.jobs.begin(), tree.selection.jobs.end(),
      [&](const repo::SelectedJob& one) { return KeyOf(*one.spec, tree.repo) == job; });
  if (found == tree.selection.jobs.end()) return "no file describes it";
  const auto [own, is_new] = tree.of_git.try_emplace(job, found->spec);
  found->spec = own->second;
  tree.put_in.erase(job);
  if (changes.empty()) return std::nullopt;
  auto changed = std::make_shared<repo::SpecFile>();
  changed->parsed = own->second->parsed;
  for (const MetaChange& change : changes) {
    hcl::Diagnostics diagnostics;
    const auto text = jobspec::ChangeSpec(changed->parsed, tree.context,
                                          {change.place.path, change.value, true}, diagnostics);
    if (!text) {
      const auto& items = diagnostics.items();
      return fmt::format("{} cannot be set: {}", change.place.path,
                         items.empty() ? "it is computed" : hcl::ToLine(items.front()));
    }
    hcl::Diagnostics parsing;
    changed->parsed = jobspec::ParseSpec(own->second->path(), text->text, tree.context, parsing);
    if (parsing.HasErrors()) return change.place.path + " cannot be set: the spec is then broken";
    changed->diagnostics = std::move(parsing);
  }
  found->spec = changed.get();
  tree.put_in[job] = std::move(changed);
  return std::nullopt;
}

}  // namespace nmgr::sync
