#include "fake_nomad/job_diff.h"

#include <algorithm>
#include <array>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "fake_nomad/diff_parts.h"

namespace nmgr::fake {
namespace {

using ShapeKind = ChildShape::Kind;

ChildShape Scalars(const char* key, const char* name, Keys without = {}) {
  return {ShapeKind::kScalars, key, name, std::move(without), {}, nullptr, false};
}
ChildShape BlockShape(const char* key, const char* name, const ObjectShape* shape = nullptr) {
  return {ShapeKind::kBlock, key, name, {}, {}, shape, false};
}
ChildShape Strings(const char* key, bool keep_unchanged = true) {
  return {ShapeKind::kStrings, key, key, {}, {}, nullptr, keep_unchanged};
}
ChildShape Set(const char* key, const char* name, Keys id = {}, Keys without = {}) {
  return {ShapeKind::kScalarSet, key, name, std::move(without), std::move(id), nullptr, false};
}
ChildShape Blocks(const char* key, const char* name, Keys id, const ObjectShape* shape = nullptr) {
  return {ShapeKind::kBlocks, key, name, {}, std::move(id), shape, false};
}
ChildShape Free(const char* key, const char* name) {
  return {ShapeKind::kFree, key, name, {}, {}, nullptr, false};
}

const Keys kConstraintId = {"LTarget", "Operand", "RTarget"};
const Keys kAffinityId = {"LTarget", "Operand", "RTarget", "Weight"};

const ObjectShape kIdentity = {{}, {Strings("Audience")}};

const ObjectShape kNetwork = {
    {"Device", "CIDR", "IP", "MBits"},
    {Set("ReservedPorts", "Static Port", {"Label"}),
     Set("DynamicPorts", "Dynamic Port", {"Label"}, {"Value", "IgnoreCollision"}),
     BlockShape("DNS", "DNS"), Scalars("CNI", "CNIConfig")}};

const ObjectShape kResources = {
    {},
    {Blocks("Networks", "Network", {"Mode", "Hostname", "DynamicPorts", "ReservedPorts", "DNS"},
            &kNetwork),
     Blocks("Devices", "Device", {"Name"}), BlockShape("NUMA", "NUMA")}};

const ObjectShape kCheck = {{},
                            {Free("Header", "Header"), BlockShape("CheckRestart", "CheckRestart")}};

const ObjectShape kExpose = {{"Path"}, {Set("Paths", "Paths")}};
const ObjectShape kUpstream = {{}, {Scalars("MeshGateway", "MeshGateway")}};
const ObjectShape kTransparentProxy = {
    {},
    {Strings("ExcludeInboundPorts", false), Strings("ExcludeOutboundPorts", false),
     Strings("ExcludeOutboundCIDRs", false), Strings("ExcludeUIDs", false)}};
const ObjectShape kProxy = {
    {},
    {Blocks("Upstreams", "ConsulUpstreams", {"Datacenter", "DestinationName"}, &kUpstream),
     BlockShape("Expose", "Expose", &kExpose),
     BlockShape("TransparentProxy", "TransparentProxy", &kTransparentProxy),
     Free("Config", "Config")}};
const ObjectShape kSidecarService = {{}, {BlockShape("Proxy", "ConsulProxy", &kProxy)}};
const ObjectShape kSidecarTask = {
    {},
    {Free("Config", "Config"), BlockShape("Resources", "Resources", &kResources),
     Blocks("Identities", "Identity", {"Name"}, &kIdentity), Scalars("LogConfig", "LogConfig"),
     Blocks("VolumeMounts", "VolumeMount", {})}};
const ObjectShape kConnect = {
    {},
    {BlockShape("SidecarService", "SidecarService", &kSidecarService),
     BlockShape("SidecarTask", "SidecarTask", &kSidecarTask), Free("Gateway", "Gateway")}};

const ObjectShape kService = {
    {},
    {Strings("CanaryTags"), Strings("Tags"), Blocks("Checks", "Check", {"Name"}, &kCheck),
     BlockShape("Connect", "ConsulConnect", &kConnect),
     BlockShape("Identity", "Identity", &kIdentity), BlockShape("Weights", "Weights")}};
const ChildShape kServices = {
    ShapeKind::kServices, "Services", "Service", {}, {}, &kService, false};

const ObjectShape kTemplate = {
    {}, {BlockShape("Wait", "Template"), BlockShape("ChangeScript", "ChangeScript", nullptr)}};

const ObjectShape kVolume = {{}, {BlockShape("MountOptions", "MountOptions")}};
const ObjectShape kAction = {{}, {Strings("Args")}};
const ObjectShape kScaling = {{"CreateIndex", "ModifyIndex", "ID", "Type"},
                              {Free("Policy", "Policy")}};

const std::vector<ChildShape> kTaskChildren = {
    Set("Constraints", "Constraint", kConstraintId),
    Set("Affinities", "Affinity", kAffinityId),
    Free("Config", "Config"),
    BlockShape("Resources", "Resources", &kResources),
    Scalars("LogConfig", "LogConfig"),
    Scalars("DispatchPayload", "DispatchPayload"),
    Set("Artifacts", "Artifact", {"RelativeDest"}),
    kServices,
    BlockShape("Vault", "Vault"),
    Blocks("Secrets", "Secret", {"Name"}),
    Scalars("Consul", "Consul"),
    Blocks("Templates", "Template", {"DestPath"}, &kTemplate),
    BlockShape("Identity", "Identity", &kIdentity),
    Blocks("Identities", "Identity", {"Name"}, &kIdentity),
    Blocks("Actions", "Action", {}, &kAction),
    Blocks("VolumeMounts", "VolumeMount", {}),
    BlockShape("Schedule", "Schedule"),
};

const std::vector<ChildShape> kGroupChildren = {
    Set("Constraints", "Constraint", kConstraintId),
    Set("Affinities", "Affinity", kAffinityId),
    Scalars("RestartPolicy", "RestartPolicy"),
    Scalars("Migrate", "Migrate"),
    Scalars("ReschedulePolicy", "ReschedulePolicy"),
    Scalars("EphemeralDisk", "EphemeralDisk"),
    Scalars("Consul", "Consul"),
    Scalars("Update", "Update", {"Stagger"}),
    BlockShape("Disconnect", "Disconnect"),
    Blocks("Networks", "Network", {"Mode", "Hostname", "DynamicPorts", "ReservedPorts", "DNS"},
           &kNetwork),
    BlockShape("Scaling", "Scaling", &kScaling),
    kServices,
    Blocks("Volumes", "Volume", {"Name"}, &kVolume),
};

const ObjectShape kPeriodic = {{}, {Strings("Specs", false)}};
const ObjectShape kParameterized = {{}, {Strings("MetaOptional"), Strings("MetaRequired")}};
const ObjectShape kUi = {{}, {Blocks("Links", "Link", {})}};

const std::vector<ChildShape> kJobChildren = {
    Strings("Datacenters", false),
    Set("Constraints", "Constraint", kConstraintId),
    Set("Affinities", "Affinity", kAffinityId),
    BlockShape("Periodic", "Periodic", &kPeriodic),
    BlockShape("ParameterizedJob", "ParameterizedJob", &kParameterized),
    Free("Multiregion", "Multiregion"),
    BlockShape("UI", "UI", &kUi),
};

const Keys kJobWithout = {"ID",         "Status",      "StatusDescription", "Version",
                          "Stable",     "CreateIndex", "ModifyIndex",       "JobModifyIndex",
                          "SubmitTime", "NomadTokenID"};

const char* TypeOf(const Json& before, const Json& after) {
  return before.is_null()  ? "Added"
         : after.is_null() ? "Deleted"
         : before != after ? "Edited"
                           : "None";
}

Json ListOrNull(Json list) { return IsEmpty(list) ? Json() : list; }

Json DiffOwnFields(const Json& before, const Json& after) {
  if (before == after) return nullptr;
  return DiffFields(FlattenScalars(before, {"Name"}), FlattenScalars(after, {"Name"}), false);
}

Json DiffTask(const Json& before, const Json& after) {
  Json objects = Json::array();
  DiffChildren(before, after, kTaskChildren, objects);
  return {{"Annotations", nullptr},
          {"Fields", DiffOwnFields(before, after)},
          {"Name", Text(after.is_null() ? before : after, "Name")},
          {"Objects", ListOrNull(std::move(objects))},
          {"Type", TypeOf(before, after)}};
}

// Applies `diff` to the items of both lists that have the same name, in the order of names.
template <class Diff>
Json DiffByName(const Json& before, const Json& after, Diff diff) {
  static const Json kNone;
  std::map<std::string_view, std::pair<const Json*, const Json*>> pairs;
  for (const Json& item : before)
    pairs.try_emplace(Text(item, "Name"), &kNone, &kNone).first->second.first = &item;
  for (const Json& item : after)
    pairs.try_emplace(Text(item, "Name"), &kNone, &kNone).first->second.second = &item;
  Json list = Json::array();
  for (const auto& entry : pairs) list.push_back(diff(*entry.second.first, *entry.second.second));
  return ListOrNull(std::move(list));
}

Json DiffGroup(const Json& before, const Json& after) {
  Json objects = Json::array();
  DiffChildren(before, after, kGroupChildren, objects);
  return {{"Fields", DiffOwnFields(before, after)},
          {"Name", Text(after.is_null() ? before : after, "Name")},
          {"Objects", ListOrNull(std::move(objects))},
          {"Tasks", DiffByName(Member(before, "Tasks"), Member(after, "Tasks"), DiffTask)},
          {"Type", TypeOf(before, after)},
          {"Updates", nullptr}};
}

bool AnyChanged(const Json& list) {
  return std::any_of(list.begin(), list.end(),
                     [](const Json& item) { return Text(item, "Type") != "None"; });
}

const Json& NamedIn(const Json& list, const std::string& name) {
  static const Json kNone;
  for (const Json& item : list) {
    if (Text(item, "Name") == name) return item;
  }
  return kNone;
}

// A task's change leaves it running only if nothing but these differ.
bool TaskIsDestructive(const Json& diff) {
  constexpr std::array<std::string_view, 4> kInPlace = {"Service", "Constraint", "Affinity",
                                                        "Spread"};
  for (const Json& field : Member(diff, "Fields")) {
    if (Text(field, "Name") != "KillTimeout") return true;
  }
  for (const Json& object : Member(diff, "Objects")) {
    const std::string& name = Text(object, "Name");
    if (std::find(kInPlace.begin(), kInPlace.end(), name) != kInPlace.end()) continue;
    if (name != "LogConfig") return true;
    for (const Json& field : Member(object, "Fields")) {
      if (Text(field, "Name") == "Disabled" && Text(field, "Type") != "None") return true;
    }
  }
  return false;
}

bool GroupIsDestructive(const Json& diff) {
  for (const Json& field : Member(diff, "Fields")) {
    if (Text(field, "Name").starts_with("Meta[")) return true;
  }
  for (const Json& object : Member(diff, "Objects")) {
    const std::string& name = Text(object, "Name");
    if (name == "Network" || name == "Volume" || name == "Consul") return true;
    if (name != "EphemeralDisk") continue;
    for (const Json& field : Member(object, "Fields")) {
      if (Text(field, "Name") == "SizeMB" && Text(field, "Type") != "None") return true;
    }
  }
  for (const Json& task : Member(diff, "Tasks")) {
    if (Text(task, "Type") == "Added" || Text(task, "Type") == "Deleted") return true;
    if (Text(task, "Type") == "Edited" && TaskIsDestructive(task)) return true;
  }
  return false;
}

void AnnotateCount(Json& group) {
  if (!group["Fields"].is_array()) return;
  for (Json& field : group["Fields"]) {
    if (Text(field, "Name") != "Count") continue;
    const auto number = [&field](const char* key) {
      return Text(field, key).empty() ? 0 : std::stol(Text(field, key));
    };
    if (number("Old") < number("New")) field["Annotations"] = {"forces create"};
    if (number("Old") > number("New")) field["Annotations"] = {"forces destroy"};
  }
}

void AnnotateTasks(Json& group) {
  if (!group["Tasks"].is_array()) return;
  const bool whole = Text(group, "Type") == "Added" || Text(group, "Type") == "Deleted";
  for (Json& task : group["Tasks"]) {
    const std::string& type = Text(task, "Type");
    if (type == "None") continue;
    const char* mark =
        TaskIsDestructive(task) ? "forces create/destroy update" : "forces in-place update";
    if (whole && type == "Added") mark = "forces create";
    if (whole && type == "Deleted") mark = "forces destroy";
    task["Annotations"] = {mark};
  }
}

constexpr std::array<std::pair<const char*, const char*>, 7> kUpdateWords = {{
    {"Ignore", "ignore"},
    {"Place", "create"},
    {"Migrate", "migrate"},
    {"Stop", "destroy"},
    {"Canary", "canary"},
    {"InPlaceUpdate", "in-place update"},
    {"DestructiveUpdate", "create/destroy update"},
}};

}  // namespace

Json DiffJobs(const Json& before, const Json& after) {
  Json objects = Json::array();
  DiffChildren(before, after, kJobChildren, objects);
  Json diff = {{"Fields", DiffFields(FlattenScalars(before, kJobWithout),
                                     FlattenScalars(after, kJobWithout), false)},
               {"ID", Text(after.is_null() ? before : after, "ID")},
               {"Objects", ListOrNull(std::move(objects))},
               {"TaskGroups",
                DiffByName(Member(before, "TaskGroups"), Member(after, "TaskGroups"), DiffGroup)},
               {"Type", "None"}};
  if (before.is_null() || after.is_null()) {
    diff["Type"] = before.is_null() ? "Added" : "Deleted";
  } else if (AnyChanged(diff["Fields"]) || AnyChanged(diff["Objects"]) ||
             AnyChanged(diff["TaskGroups"])) {
    diff["Type"] = "Edited";
  }
  return diff;
}

bool IsDestructive(const Json& before, const Json& after, const std::string& group) {
  const auto combined = [&group](const Json& job) {
    Json meta = Member(job, "Meta").is_object() ? Member(job, "Meta") : Json::object();
    const Json& own = Member(NamedIn(Member(job, "TaskGroups"), group), "Meta");
    if (own.is_object()) meta.update(own);
    return meta;
  };
  if (combined(before) != combined(after)) return true;
  return GroupIsDestructive(DiffGroup(NamedIn(Member(before, "TaskGroups"), group),
                                      NamedIn(Member(after, "TaskGroups"), group)));
}

void Annotate(Json& diff, const Json& updates) {
  if (!diff["TaskGroups"].is_array()) return;
  for (Json& group : diff["TaskGroups"]) {
    const Json& counts = Member(updates, Text(group, "Name"));
    if (counts.is_object()) {
      group["Updates"] = Json::object();
      for (const auto& word : kUpdateWords) {
        if (Number(counts, word.first) != 0)
          group["Updates"][word.second] = Number(counts, word.first);
      }
    }
    AnnotateCount(group);
    AnnotateTasks(group);
  }
}

}  // namespace nmgr::fake
