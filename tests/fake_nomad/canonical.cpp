#include "fake_nomad/canonical.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "fake_nomad/canonical_defaults.h"

namespace nmgr::fake {
namespace {

void Fill(Json& object, const Json& defaults) {
  for (const auto& [key, value] : defaults.items()) {
    Json& member = object[key];
    if (member.is_null()) member = value;
  }
}

void FillEach(Json& list, const Json& defaults) {
  if (!list.is_array()) return;
  for (Json& item : list) Fill(item, defaults);
}

void FillIfSet(Json& object, const Json& defaults) {
  if (object.is_object()) Fill(object, defaults);
}

void DefaultText(Json& object, const char* key, const char* value) {
  if (Text(object, key).empty()) object[key] = value;
}

// Values of `upper` stand where `lower` has none.
Json Inherit(const Json& upper, Json lower) {
  if (!lower.is_object()) return upper;
  if (upper.is_object()) Fill(lower, upper);
  return lower;
}

bool IsService(const Json& job) { return Text(job, "Type") == "service"; }
bool HasUpdate(const Json& job) { return IsService(job) || Text(job, "Type") == "system"; }

void FillCheck(Json& check, const Json& service) {
  const Json own = Member(check, "CheckRestart");
  check["CheckRestart"] = Inherit(Member(service, "CheckRestart"), own);
  Fill(check, kCheckDefaults);
  FillIfSet(check["CheckRestart"], kCheckRestartDefaults);
  DefaultText(check, "OnUpdate", Text(service, "OnUpdate").c_str());
}

void FillConnect(Json& connect) {
  Fill(connect, kConnectDefaults);
  if (connect["SidecarService"].is_object()) {
    Json& sidecar = connect["SidecarService"];
    Fill(sidecar, kSidecarServiceDefaults);
    if (!sidecar["Proxy"].is_object()) sidecar["Proxy"] = Json::object();
    Fill(sidecar["Proxy"], kProxyDefaults);
    FillEach(sidecar["Proxy"]["Upstreams"], kUpstreamDefaults);
  }
  if (connect["SidecarTask"].is_object()) {
    Json& task = connect["SidecarTask"];
    Fill(task, kSidecarTaskDefaults);
    Fill(task["Resources"], kResourcesDefaults);
    Fill(task["LogConfig"], kLogDefaults);
    FillEach(task["VolumeMounts"], kVolumeMountDefaults);
  }
}

void FillService(Json& service, const Json& job, const std::string& owner) {
  DefaultText(service, "Name", (Text(job, "Name") + "-" + owner).c_str());
  DefaultText(service, "AddressMode", "auto");
  DefaultText(service, "OnUpdate", "require_healthy");
  DefaultText(service, "Provider", "consul");
  DefaultText(service, "Cluster", "default");
  if (service["Checks"].is_array()) {
    for (Json& check : service["Checks"]) FillCheck(check, service);
  }
  service.erase("CheckRestart");
  Fill(service, kServiceDefaults);
  DefaultText(service, "Namespace", "default");
  if (service["Connect"].is_object()) FillConnect(service["Connect"]);
  FillIfSet(service["Identity"], kIdentityDefaults);
}

void FillNetwork(Json& network) {
  Fill(network, kNetworkDefaults);
  if (Text(network, "Hostname").empty()) network.erase("Hostname");
  for (const char* ports : {"DynamicPorts", "ReservedPorts"}) {
    if (!network[ports].is_array()) continue;
    for (Json& port : network[ports]) {
      Fill(port, kPortDefaults);
      DefaultText(port, "HostNetwork", "default");
    }
  }
}

void FillNetworks(Json& networks) {
  if (!networks.is_array()) return;
  for (Json& network : networks) FillNetwork(network);
}

void FillArtifact(Json& artifact) {
  const bool placed = !Member(artifact, "RelativeDest").is_null();
  Fill(artifact, kArtifactDefaults);
  if (placed || Text(artifact, "GetterMode") != "file") return;
  const std::string source = Text(artifact, "GetterSource");
  artifact["RelativeDest"] = "local/" + source.substr(source.rfind('/') + 1);
}

void FillTemplate(Json& item) {
  Fill(item, kTemplateDefaults);
  std::string signal = Text(item, "ChangeSignal");
  for (char& c : signal) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  if (signal.empty() && Text(item, "ChangeMode") == "signal") signal = "SIGHUP";
  item["ChangeSignal"] = signal;
  FillIfSet(item["ChangeScript"], kChangeScriptDefaults);
}

void FillResources(Json& resources) {
  if (!resources.is_object()) resources = Json::object();
  if (Member(resources, "CPU").is_null()) {
    resources["CPU"] = Member(resources, "Cores").is_null() ? 100 : 0;
  }
  Fill(resources, kResourcesDefaults);
  FillNetworks(resources["Networks"]);
  FillEach(resources["Devices"], kDeviceDefaults);
  FillIfSet(resources["NUMA"], kNumaDefaults);
}

void FillTask(Json& task, const Json& group, const Json& job) {
  Fill(task, kTaskDefaults);
  FillResources(task["Resources"]);
  if (!task["LogConfig"].is_object()) task["LogConfig"] = Json::object();
  Fill(task["LogConfig"], kLogDefaults);
  task["LogConfig"].erase("Enabled");
  task["RestartPolicy"] = Inherit(Member(group, "RestartPolicy"), Member(task, "RestartPolicy"));
  if (task["Artifacts"].is_array()) {
    for (Json& artifact : task["Artifacts"]) FillArtifact(artifact);
  }
  if (task["Templates"].is_array()) {
    for (Json& item : task["Templates"]) FillTemplate(item);
  }
  if (task["Services"].is_array()) {
    const std::string owner = Text(group, "Name") + "-" + Text(task, "Name");
    for (Json& service : task["Services"]) FillService(service, job, owner);
  }
  FillIfSet(task["Vault"], kVaultDefaults);
  FillIfSet(task["Consul"], kConsulDefaults);
  FillIfSet(task["Lifecycle"], kLifecycleDefaults);
  FillIfSet(task["CSIPluginConfig"], kCsiPluginDefaults);
  FillEach(task["Affinities"], kAffinityDefaults);
  FillEach(task["VolumeMounts"], kVolumeMountDefaults);
  if (!task["Identity"].is_object()) task["Identity"] = Json{{"Name", "default"}};
  DefaultText(task["Identity"], "Name", "default");
  if (IsEmpty(Member(task["Identity"], "Audience"))) {
    task["Identity"]["Audience"] = {"nomadproject.io"};
  }
  Fill(task["Identity"], kIdentityDefaults);
  FillEach(task["Identities"], kIdentityDefaults);
}

// What the server adds for Connect: one proxy task beside the group's own.
void InjectSidecars(Json& group) {
  if (!group["Services"].is_array()) return;
  for (const Json& service : group["Services"]) {
    const Json& connect = Member(service, "Connect");
    if (!Member(connect, "SidecarService").is_object()) continue;
    const std::string kind = "connect-proxy:" + Text(service, "Name");
    bool present = false;
    for (const Json& task : group["Tasks"]) present = present || Text(task, "Kind") == kind;
    if (present) continue;
    Json task = kSidecarInjected;
    task["Name"] = "connect-proxy-" + Text(service, "Name");
    task["Kind"] = kind;
    const Json& wishes = Member(connect, "SidecarTask");
    for (const char* key :
         {"Name", "Driver", "User", "Config", "Env", "Resources", "Meta", "KillTimeout",
          "LogConfig", "ShutdownDelay", "KillSignal", "VolumeMounts"}) {
      const Json& wish = Member(wishes, key);
      if (!IsEmpty(wish) && wish != Json("")) task[key] = wish;
    }
    group["Tasks"].push_back(std::move(task));
    const std::string label = "connect-proxy-" + Text(service, "Name");
    if (!group["Networks"].is_array() || group["Networks"].empty()) continue;
    group["Networks"][0]["DynamicPorts"].push_back(
        Json{{"Label", label}, {"To", -1}, {"HostNetwork", "default"}});
  }
}

bool UsesNomadServices(const Json& group) {
  const auto any = [](const Json& services) {
    if (!services.is_array()) return false;
    for (const Json& service : services) {
      if (Text(service, "Provider") == "nomad") return true;
    }
    return false;
  };
  if (any(Member(group, "Services"))) return true;
  for (const Json& task : Member(group, "Tasks")) {
    if (any(Member(task, "Services"))) return true;
  }
  return false;
}

void AddImpliedConstraints(Json& group) {
  if (!UsesNomadServices(group)) return;
  const Json implied = {
      {"LTarget", "${attr.nomad.service_discovery}"}, {"Operand", "="}, {"RTarget", "true"}};
  if (!group["Constraints"].is_array()) group["Constraints"] = Json::array();
  for (const Json& constraint : group["Constraints"]) {
    if (constraint == implied) return;
  }
  group["Constraints"].push_back(implied);
}

void FillPolicies(Json& group, const Json& job) {
  const bool batch = !HasUpdate(job);
  const std::string& type = Text(job, "Type");
  if (HasUpdate(job) || Member(job, "Update").is_object()) {
    group["Update"] = Inherit(Member(job, "Update"), Member(group, "Update"));
    if (!group["Update"].is_object()) group["Update"] = Json::object();
  }
  FillIfSet(group["Update"], kUpdateDefaults);
  group["ReschedulePolicy"] = Inherit(Member(job, "Reschedule"), Member(group, "ReschedulePolicy"));
  if (group["ReschedulePolicy"].is_null() && (type == "service" || type == "batch")) {
    group["ReschedulePolicy"] = Json::object();
  }
  FillIfSet(group["ReschedulePolicy"], type == "service" ? kServiceRescheduleDefaults
                                       : type == "batch" ? kBatchRescheduleDefaults
                                                         : kNoRescheduleDefaults);
  group["Migrate"] = Inherit(Member(job, "Migrate"), Member(group, "Migrate"));
  if (group["Migrate"].is_null() && type == "service") group["Migrate"] = Json::object();
  FillIfSet(group["Migrate"], kMigrateDefaults);
  if (!group["RestartPolicy"].is_object()) group["RestartPolicy"] = Json::object();
  Fill(group["RestartPolicy"], batch ? kBatchRestartDefaults : kServiceRestartDefaults);
}

void FillGroup(Json& group, const Json& job) {
  if (Member(group, "Count").is_null()) {
    const Json& least = Member(Member(group, "Scaling"), "Min");
    group["Count"] = least.is_null() ? Json(1) : least;
  }
  Fill(group, kGroupDefaults);
  if (group["Scaling"].is_object() && Member(group["Scaling"], "Min").is_null()) {
    group["Scaling"]["Min"] = group["Count"];
  }
  FillIfSet(group["Scaling"], kScalingDefaults);
  FillPolicies(group, job);
  Fill(group["EphemeralDisk"], kDiskDefaults);
  FillIfSet(group["Consul"], kConsulDefaults);
  FillIfSet(group["Disconnect"], kDisconnectDefaults);
  FillNetworks(group["Networks"]);
  FillEach(group["Affinities"], kAffinityDefaults);
  FillEach(group["Spreads"], kSpreadDefaults);
  if (group["Volumes"].is_object()) {
    for (Json& volume : group["Volumes"]) Fill(volume, kVolumeDefaults);
  }
  if (group["Services"].is_array()) {
    for (Json& service : group["Services"]) FillService(service, job, Text(group, "Name"));
  }
  if (!group["Tasks"].is_array()) return;
  InjectSidecars(group);
  for (Json& task : group["Tasks"]) FillTask(task, group, job);
  AddImpliedConstraints(group);
}

// Only these two parts of a job's update block stay at the job; the rest moves into the groups.
Json StoredUpdate(const Json& job) {
  Json stored = kJobUpdateStored;
  if (!HasUpdate(job) && !Member(job, "Update").is_object()) return stored;
  const Json update = Inherit(kUpdateDefaults, Member(job, "Update"));
  stored["MaxParallel"] = update["MaxParallel"];
  stored["Stagger"] = update["Stagger"];
  return stored;
}

constexpr std::array<std::string_view, 9> kServerSet = {
    "CreateIndex", "ModifyIndex", "JobModifyIndex", "Version",          "Status",
    "Stable",      "SubmitTime",  "VersionTag",     "StatusDescription"};

}  // namespace

Json Canonical(Json job) {
  if (!job.is_object()) job = Json::object();
  Fill(job, kJobDefaults);
  DefaultText(job, "Namespace", "default");
  DefaultText(job, "NodePool", "default");
  if (IsEmpty(job["Datacenters"])) job["Datacenters"] = {"*"};
  if (Text(job, "Name").empty()) job["Name"] = Text(job, "ID");
  FillIfSet(job["Periodic"], kPeriodicDefaults);
  FillIfSet(job["ParameterizedJob"], kParameterizedDefaults);
  FillEach(job["Affinities"], kAffinityDefaults);
  FillEach(job["Spreads"], kSpreadDefaults);
  if (job["TaskGroups"].is_array()) {
    for (Json& group : job["TaskGroups"]) FillGroup(group, job);
  }
  job["Update"] = StoredUpdate(job);
  job.erase("Reschedule");
  job.erase("Migrate");
  return job;
}

bool SameSpec(const Json& a, const Json& b) {
  if (a.size() != b.size()) return false;
  for (const auto& [key, value] : a.items()) {
    if (std::find(kServerSet.begin(), kServerSet.end(), key) != kServerSet.end()) continue;
    if (!b.contains(key) || b[key] != value) return false;
  }
  return true;
}

}  // namespace nmgr::fake
