#include "fake_nomad/job_spec.h"

#include <utility>

#include "fake_nomad/flat_body.h"
#include "fake_nomad/flat_hcl.h"
#include "fake_nomad/flat_json.h"
#include "fake_nomad/job_schema.h"
#include "fake_nomad/spec_decoder.h"

namespace nmgr::fake {
namespace {

void DefaultTo(Json& object, const char* key, Json value) {
  if (object[key].is_null()) object[key] = std::move(value);
}

Json Take(Json& object, const char* key) {
  Json value = Member(object, key);
  object.erase(key);
  return value;
}

void FinishVault(Json& vault) {
  if (!vault.is_object()) return;
  DefaultTo(vault, "Env", true);
  DefaultTo(vault, "DisableFile", false);
  DefaultTo(vault, "ChangeMode", "restart");
}

// Ports with a fixed number are reserved, the others dynamic.
void FinishNetworks(Json& networks) {
  if (!networks.is_array()) return;
  for (Json& network : networks) {
    if (IsEmpty(network["DynamicPorts"])) continue;
    Json dynamic;
    Json reserved;
    for (const Json& port : network["DynamicPorts"]) {
      (Number(port, "Value") > 0 ? reserved : dynamic).push_back(port);
    }
    network["DynamicPorts"] = std::move(dynamic);
    network["ReservedPorts"] = std::move(reserved);
  }
}

void FinishTemplates(Json& templates) {
  if (!templates.is_array()) return;
  for (Json& item : templates) {
    DefaultTo(item, "ChangeMode", "restart");
    DefaultTo(item, "Perms", "0644");
    DefaultTo(item, "Splay", 5 * kSecond);
    DefaultTo(item, "ErrMissingKey", false);
    Json& script = item["ChangeScript"];
    if (!script.is_object()) continue;
    DefaultTo(script, "Args", Json::array());
    DefaultTo(script, "Timeout", 5 * kSecond);
    DefaultTo(script, "FailOnError", false);
    DefaultTo(script, "RunOnFirstRender", false);
  }
}

// The first identity without another name is the task's own.
void FinishIdentities(Json& task) {
  Json& identities = task["Identities"];
  if (!identities.is_array()) return;
  for (std::size_t i = 0; i < identities.size(); ++i) {
    const std::string& name = Text(identities[i], "Name");
    if (!name.empty() && name != "default") continue;
    task["Identity"] = identities[i];
    identities.erase(i);
    return;
  }
}

void FinishScaling(Json& task) {
  if (!task["ScalingPolicies"].is_array()) return;
  for (Json& policy : task["ScalingPolicies"]) {
    const Json label = Take(policy, "*Label");
    if (Text(policy, "Type").empty())
      policy["Type"] = label == "mem" ? "vertical_mem" : "vertical_cpu";
  }
}

void FinishTask(Json& task, const Json& vault, const Json& secrets) {
  if (task["Resources"].is_object()) FinishNetworks(task["Resources"]["Networks"]);
  FinishTemplates(task["Templates"]);
  FinishVault(task["Vault"]);
  if (task["Vault"].is_null()) task["Vault"] = vault;
  if (task["Secrets"].is_null()) task["Secrets"] = secrets;
  FinishIdentities(task);
  FinishScaling(task);
  if (task["CSIPluginConfig"].is_null()) task.erase("CSIPluginConfig");
}

void FinishGroup(Json& group, const Json& job_vault, const Json& job_secrets) {
  Json vault = Take(group, "*Vault");
  FinishVault(vault);
  if (vault.is_null()) vault = job_vault;
  Json secrets = Take(group, "*Secrets");
  if (secrets.is_null()) secrets = job_secrets;
  FinishNetworks(group["Networks"]);
  if (group["Scaling"].is_object() && Text(group["Scaling"], "Type").empty()) {
    group["Scaling"]["Type"] = "horizontal";
  }
  if (!group["Tasks"].is_array()) return;
  for (Json& task : group["Tasks"]) FinishTask(task, vault, secrets);
}

// A task directly in the job stands for a group of its name.
void LiftTasks(Json& job) {
  const Json tasks = Take(job, "*Tasks");
  if (tasks.is_null()) return;
  static const Json kEmptyGroup = [] {
    SpecFaults none;
    const Body body;
    for (const Entry& entry : kJobSchema.entries) {
      if (std::string_view(entry.json) == "TaskGroups") return DecodeBody(body, *entry.block, none);
    }
    return Json::object();
  }();
  Json groups = Json::array();
  for (const Json& task : tasks) {
    Json group = kEmptyGroup;
    group["Name"] = task["Name"];
    group["Tasks"] = Json::array({task});
    groups.push_back(std::move(group));
  }
  if (job["TaskGroups"].is_array())
    groups.insert(groups.end(), job["TaskGroups"].begin(), job["TaskGroups"].end());
  job["TaskGroups"] = std::move(groups);
}

void FinishJob(Json& job, const std::string& label) {
  DefaultTo(job, "Name", label);
  DefaultTo(job, "ID", label);
  Json& periodic = job["Periodic"];
  if (periodic.is_object() && (!periodic["Spec"].is_null() || !periodic["Specs"].is_null())) {
    periodic["SpecType"] = "cron";
  }
  Json vault = Take(job, "*Vault");
  FinishVault(vault);
  const Json secrets = Take(job, "*Secrets");
  LiftTasks(job);
  if (!job["TaskGroups"].is_array()) return;
  for (Json& group : job["TaskGroups"]) FinishGroup(group, vault, secrets);
}

const Block* FindJob(const Body& file, SpecFaults& faults) {
  const Block* job = nullptr;
  for (const Attribute& attribute : file.attributes) {
    faults.push_back({attribute.name_range, "Unsupported argument",
                      "An argument named \"" + attribute.name + "\" is not expected here."});
  }
  for (const Block& block : file.blocks) {
    const bool unevaluated =
        block.type == "variable" || block.type == "variables" || block.type == "locals";
    if (unevaluated) {
      faults.push_back({block.type_range, "Not flat",
                        "A \"" + block.type + "\" block must have been resolved by the client."});
    } else if (block.type != "job") {
      faults.push_back({block.type_range, "Unsupported block type",
                        "Blocks of type \"" + block.type + "\" are not expected here."});
    } else if (block.labels.empty()) {
      faults.push_back({block.header_range, "Missing name for job",
                        "All job blocks must have 1 labels (name)."});
    } else if (block.labels.size() > 1) {
      faults.push_back({block.label_ranges[1], "Extraneous label for job",
                        "Only 1 labels (name) are expected for job blocks."});
    } else if (job != nullptr) {
      faults.push_back(
          {block.header_range, "Duplicate job block",
           "Only one block of type \"job\" is allowed. Previous definition was at input.hcl:" +
               job->header_range.Text() + "."});
    } else {
      job = &block;
    }
  }
  if (job == nullptr && faults.empty()) {
    faults.push_back({{}, "Missing job block", "A job block is required"});
  }
  return job;
}

std::string Join(const SpecFaults& faults) {
  std::string text;
  for (const SpecFault& fault : faults) {
    if (!text.empty()) text += '\n';
    text += fault.Text();
  }
  return text;
}

}  // namespace

Json ReadJobSpec(std::string_view source, std::string& error) {
  SpecFaults faults;
  const std::size_t begin = source.find_first_not_of(' ');
  const bool json_syntax = begin != std::string_view::npos && source[begin] == '{';
  const Body file = json_syntax ? ParseFlatJson(source, faults) : ParseFlatHcl(source, faults);
  Json job;
  if (faults.empty()) {
    const Block* block = FindJob(file, faults);
    if (block != nullptr) {
      job = DecodeBody(block->body.front(), kJobSchema, faults);
      FinishJob(job, block->labels.front());
    }
  }
  error = Join(faults);
  return faults.empty() ? job : Json();
}

}  // namespace nmgr::fake
