#include "nmgr/repo/filter/spec_key.h"

#include <algorithm>
#include <array>

#include "nmgr/jobspec/partial.h"
#include "nmgr/jobspec/texts.h"
#include "nmgr/repo/evaluated.h"

namespace nmgr::repo {
namespace {

using jobspec::EvaluatedAttribute;
using jobspec::EvaluatedBlock;
using jobspec::EvaluatedBody;

constexpr std::array kFields = {
    SpecFieldRow{"image", SpecField::kImage, "an image of a task"},
    SpecFieldRow{"driver", SpecField::kDriver, "a task's driver"},
    SpecFieldRow{"type", SpecField::kType, "service, batch, system or sysbatch"},
    SpecFieldRow{"namespace", SpecField::kNamespace, "the namespace it goes to"},
    SpecFieldRow{"node_pool", SpecField::kNodePool, "its node pool"},
    SpecFieldRow{"datacenter", SpecField::kDatacenter, "one of its datacenters"},
    SpecFieldRow{"volume", SpecField::kVolume, "name or source of a volume"},
    SpecFieldRow{"host_path", SpecField::kHostPath, "a path of the host that a task mounts"},
    SpecFieldRow{"port", SpecField::kPort, "label, static or to of a port"},
    SpecFieldRow{"service", SpecField::kService, "name of a service"},
    SpecFieldRow{"meta", SpecField::kMeta, "a value of its meta", true, true},
    SpecFieldRow{"env", SpecField::kEnv, "a variable of a task's env", true, true},
    SpecFieldRow{"reads", SpecField::kReads, "a file that it reads"},
};

std::vector<std::string> TextsOf(const hcl::Value& value) {
  return jobspec::TextsOf(value, jobspec::Maps::kLeftOut);
}

std::string TextOf(const EvaluatedBody& body, std::string_view name) {
  const EvaluatedAttribute* attribute = body.FindAttribute(name);
  if (attribute == nullptr) return {};
  const std::vector<std::string> texts = TextsOf(attribute->value);
  return texts.empty() ? std::string() : texts.front();
}

std::string TextOf(const hcl::Value& object, std::string_view name) {
  if (!object.has_content()) return {};
  if (object.kind() != hcl::Kind::kMap && object.kind() != hcl::Kind::kObject) return {};
  for (const hcl::Field& field : object.fields()) {
    if (field.key != name) continue;
    const std::vector<std::string> texts = TextsOf(field.value);
    return texts.empty() ? std::string() : texts.front();
  }
  return {};
}

bool IsTask(std::string_view type) { return type == "task" || type == "sidecar_task"; }

// Collects the values of one key from the blocks of a job.
class Collector {
 public:
  Collector(const SpecKey& key, const jobspec::JobSpec& spec) : key_(key), spec_(spec) {}

  std::vector<HeldValue> Run(const EvaluatedBlock& job) {
    const auto or_label = [&](std::string_view name) {
      const std::string text = TextOf(job.body, name);
      return text.empty() ? jobspec::FirstLabel(job) : text;
    };
    names_ = {or_label("id"), or_label("name")};
    if (key_.field == SpecField::kNodePool) AddOfJob(job, "node_pool", "default");
    if (key_.field == SpecField::kDatacenter) AddOfJob(job, "datacenters", "*");
    Visit(job, "");
    return std::move(values_);
  }

 private:
  void Visit(const EvaluatedBlock& block, std::string_view parent) {
    if (block.type == "group") group_ = task_ = jobspec::FirstLabel(block);
    if (block.type == "group") task_.clear();
    if (block.type == "task") task_ = jobspec::FirstLabel(block);
    Take(block, parent);
    if (block.type == "config") return;
    for (const EvaluatedBlock& child : block.body.blocks) Visit(child, block.type);
    if (block.type == "task") task_.clear();
  }

  void Take(const EvaluatedBlock& block, std::string_view parent) {
    switch (key_.field) {
      case SpecField::kImage:
        if (block.type == "config" && IsTask(parent)) AddAttribute(block, "image");
        return;
      case SpecField::kDriver:
        if (IsTask(block.type)) AddAttribute(block, "driver");
        return;
      case SpecField::kVolume:
      case SpecField::kHostPath:
        return TakeMounts(block, parent);
      case SpecField::kPort:
        if (block.type != "port" || parent != "network") return;
        Add(jobspec::FirstLabel(block), block.place.header, "port");
        AddAttribute(block, "static");
        return AddAttribute(block, "to");
      case SpecField::kService:
        if (block.type == "service") TakeService(block);
        return;
      case SpecField::kMeta:
        return TakeEntry(block, "meta");
      case SpecField::kEnv:
        return TakeEntry(block, "env");
      default:
        return;
    }
  }

  void AddOfJob(const EvaluatedBlock& job, std::string_view name, const char* otherwise) {
    const std::size_t before = values_.size();
    AddAttribute(job, name);
    if (values_.size() == before) values_.push_back({otherwise, spec_.path, 0, {}});
  }

  void TakeService(const EvaluatedBlock& block) {
    const EvaluatedAttribute* name = block.body.FindAttribute("name");
    Add(jobspec::ServiceName(TextOf(block.body, "name"), names_, group_, task_),
        name != nullptr ? name->place.head : block.place.header, "service.name");
  }

  // A block of this type, or an attribute that holds a map.
  void TakeEntry(const EvaluatedBlock& block, std::string_view type) {
    if (block.type == type) {
      for (const EvaluatedAttribute& attribute : block.body.attributes) {
        if (attribute.name == key_.key) AddValue(attribute, block);
      }
      return;
    }
    const EvaluatedAttribute* map = block.body.FindAttribute(type);
    if (map == nullptr || !map->value.has_content()) return;
    const std::string text = TextOf(map->value, key_.key);
    if (!text.empty()) Add(text, map->place.head, std::string(type) + "." + key_.key);
  }

  void TakeMounts(const EvaluatedBlock& block, std::string_view parent) {
    const bool volumes = key_.field == SpecField::kVolume;
    if (volumes && block.type == "volume" && parent == "group") {
      Add(jobspec::FirstLabel(block), block.place.header, "volume");
      AddAttribute(block, "source");
    }
    if (block.type != "config" || !IsTask(parent)) return;
    for (const EvaluatedAttribute& attribute : block.body.attributes) {
      const hcl::Span place = attribute.place.head;
      if (attribute.name == "volumes" || attribute.name == "devices") {
        for (const std::string& text : TextsOf(attribute.value)) {
          const std::size_t colon = text.find(':');
          if (colon != text.npos || attribute.name == "devices") {
            AddSource(text.substr(0, colon), place, attribute.name);
          }
        }
      }
      if (attribute.name == "devices") AddObjects(attribute, "host_path");
      if (attribute.name == "mount" || attribute.name == "mounts") AddObjects(attribute, "source");
    }
    for (const EvaluatedBlock& child : block.body.blocks) {
      if (child.type == "mount") AddSource(TextOf(child.body, "source"), child, "source");
      if (child.type == "devices") AddSource(TextOf(child.body, "host_path"), child, "host_path");
    }
  }

  void AddObjects(const EvaluatedAttribute& attribute, std::string_view name) {
    const hcl::Value& value = attribute.value;
    AddSource(TextOf(value, name), attribute.place.head, attribute.name);
    if (!value.has_content()) return;
    const bool list = value.kind() == hcl::Kind::kTuple || value.kind() == hcl::Kind::kList ||
                      value.kind() == hcl::Kind::kSet;
    if (!list) return;
    for (const hcl::Value& element : value.elements()) {
      AddSource(TextOf(element, name), attribute.place.head, attribute.name);
    }
  }

  void AddSource(std::string text, const EvaluatedBlock& block, std::string_view attribute) {
    const EvaluatedAttribute* held = block.body.FindAttribute(attribute);
    if (held != nullptr) AddSource(std::move(text), held->place.head, block.type);
  }

  // What is mounted is a path of the host, a named volume, or something of the allocation.
  void AddSource(std::string text, hcl::Span place, std::string_view name) {
    if (text.empty()) return;
    const bool host = text.front() == '/' || text.front() == '~';
    const bool named = text.find('/') == text.npos && text != "." && text != "..";
    const bool wanted = key_.field == SpecField::kHostPath ? host : named;
    if (wanted) Add(std::move(text), place, "config." + std::string(name));
  }

  void AddAttribute(const EvaluatedBlock& block, std::string_view name) {
    if (const EvaluatedAttribute* found = block.body.FindAttribute(name)) AddValue(*found, block);
  }

  void AddValue(const EvaluatedAttribute& attribute, const EvaluatedBlock& block) {
    for (std::string& text : TextsOf(attribute.value)) {
      Add(std::move(text), attribute.place.head, block.type + "." + attribute.name);
    }
  }

  void Add(std::string text, hcl::Span place, std::string name) {
    const bool native = !spec_.body.blocks.empty();
    const std::size_t line = native ? spec_.source->PosAt(place.begin).line : 0;
    values_.push_back({std::move(text), spec_.path, line, std::move(name)});
  }

  const SpecKey& key_;
  const jobspec::JobSpec& spec_;
  jobspec::JobNames names_;
  std::string group_;
  std::string task_;
  std::vector<HeldValue> values_;
};

HeldValues OfHeader(const std::string& text, const std::string& otherwise, const SpecFile& spec) {
  return {{{text.empty() ? otherwise : text, spec.path(), 0, {}}}, !spec.faulty};
}

// Whether this attribute may give a value of the field.
bool MayGive(const SpecKey& key, const EvaluatedBlock& block, std::string_view attribute) {
  const auto is = [attribute](auto... names) { return ((attribute == names) || ...); };
  switch (key.field) {
    case SpecField::kImage:
      return is("image");
    case SpecField::kDriver:
      return is("driver");
    case SpecField::kNodePool:
      return is("node_pool");
    case SpecField::kDatacenter:
      return is("datacenters");
    case SpecField::kPort:
      return is("static", "to");
    case SpecField::kService:
      return is("name");
    case SpecField::kVolume:
    case SpecField::kHostPath:
      return is("volumes", "devices", "mount", "mounts", "host_path") ||
             (is("source") && block.type != "artifact" && block.type != "template");
    case SpecField::kMeta:
      return is("meta") || (block.type == "meta" && attribute == key.key);
    case SpecField::kEnv:
      return is("env") || (block.type == "env" && attribute == key.key);
    default:
      return true;
  }
}

bool IsKnownIn(const SpecKey& key, const EvaluatedBlock& block) {
  const EvaluatedBody& body = block.body;
  return std::find(block.labels.begin(), block.labels.end(), jobspec::kUnknownImage) ==
             block.labels.end() &&
         std::all_of(body.attributes.begin(), body.attributes.end(),
                     [&](const EvaluatedAttribute& one) {
                       return !MayGive(key, block, one.name) || one.value.IsWhollyKnown();
                     }) &&
         std::all_of(body.blocks.begin(), body.blocks.end(),
                     [&](const EvaluatedBlock& child) { return IsKnownIn(key, child); });
}

// What is known of it, and whether that is all there is.
HeldValues OfUnevaluated(const SpecKey& key, const SpecFile& spec, const Repo& repo) {
  HeldValues held;
  const auto part = jobspec::EvaluateKnownPart(spec.parsed, repo.access.spec);
  const EvaluatedBlock* const job = part ? part->job() : nullptr;
  held.complete = false;
  if (job == nullptr) return held;
  if (key.field == SpecField::kReads) {
    for (const Path& path : part->inputs) held.values.push_back({path, path, 0, {}});
    held.complete = jobspec::ReadsAreKnown(spec.parsed, part->inputs);
    return held;
  }
  held.values = Collector(key, *part).Run(*job);
  std::erase_if(held.values, [](const HeldValue& value) {
    return value.text.find(jobspec::kUnknownImage) != std::string::npos;
  });
  held.complete = IsKnownIn(key, *job);
  return held;
}

}  // namespace

std::span<const SpecFieldRow> SpecFields() { return kFields; }

const SpecFieldRow& RowOf(SpecField field) {
  return *std::find_if(kFields.begin(), kFields.end(),
                       [field](const SpecFieldRow& row) { return row.field == field; });
}

std::string SpecKey::name() const {
  const SpecFieldRow& row = RowOf(field);
  return row.has_key ? std::string(row.name) + "." + key : std::string(row.name);
}

std::optional<SpecKey> ParseSpecKey(std::string_view name) {
  for (const SpecFieldRow& row : kFields) {
    if (!row.has_key) {
      if (name == row.name) return SpecKey{row.field, {}};
      continue;
    }
    const std::string prefix = std::string(row.name) + ".";
    if (name.starts_with(prefix) && name.size() > prefix.size()) {
      return SpecKey{row.field, std::string(name.substr(prefix.size()))};
    }
  }
  return std::nullopt;
}

HeldValues ValuesOf(const SpecKey& key, const SpecFile& spec, const Repo& repo) {
  const jobspec::JobHeader& header = spec.parsed.header;
  if (key.field == SpecField::kType) return OfHeader(header.type, "service", spec);
  if (key.field == SpecField::kNamespace) {
    return OfHeader(header.name_space, repo.options.default_namespace, spec);
  }
  const EvaluatedPtr evaluated = Evaluated(spec, repo.access.spec);
  if (!evaluated->spec) return OfUnevaluated(key, spec, repo);
  HeldValues held;
  if (key.field == SpecField::kReads) {
    for (const Path& path : evaluated->spec->inputs) held.values.push_back({path, path, 0, {}});
  } else if (const EvaluatedBlock* job = evaluated->spec->job()) {
    held.values = Collector(key, *evaluated->spec).Run(*job);
  }
  return held;
}

}  // namespace nmgr::repo
