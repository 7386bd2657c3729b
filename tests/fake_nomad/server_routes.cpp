// Handlers about the server itself.
#include <utility>

#include "fake_nomad/records.h"
#include "fake_nomad/route_table.h"
#include "fake_nomad/task_logs.h"

namespace nmgr::fake {
namespace {

Json Namespace(const std::string& name) {
  return {{"Capabilities", nullptr},
          {"ConsulConfiguration", nullptr},
          {"CreateIndex", 1},
          {"Description", name == "default" ? "Default shared namespace" : ""},
          {"Hash", "C7UbjDwBK0dK8wQq7Izg7SJIzaV+lIo2X7wRtzY3pSw="},
          {"Meta", nullptr},
          {"ModifyIndex", 1},
          {"Name", name},
          {"NodePoolConfiguration", nullptr},
          {"OptionalExtraClaims", nullptr},
          {"Quota", ""},
          {"RequiredExtraClaims", nullptr},
          {"VaultConfiguration", nullptr}};
}

Json Driver(const char* name, bool healthy) {
  Json attributes = Json::object();
  if (healthy) attributes[std::string("driver.") + name] = "true";
  return {{"Attributes", std::move(attributes)},
          {"Detected", healthy},
          {"HealthDescription", healthy ? "Healthy" : ""},
          {"Healthy", healthy},
          {"UpdateTime", "2026-11-21T04:02:21.024600982Z"}};
}

Json Node() {
  return {{"Address", "127.0.0.1"},
          {"CreateIndex", 1},
          {"Datacenter", "dc1"},
          {"Drain", false},
          {"Drivers",
           {{"docker", Driver("docker", true)},
            {"exec", Driver("exec", true)},
            {"raw_exec", Driver("raw_exec", true)}}},
          {"HostVolumes", Json::object()},
          {"ID", kNodeId},
          {"LastDrain", nullptr},
          {"ModifyIndex", 1},
          {"Name", kNodeName},
          {"NodeClass", ""},
          {"NodePool", "default"},
          {"SchedulingEligibility", "eligible"},
          {"Status", "ready"},
          {"StatusDescription", ""},
          {"Version", "2.0.5"}};
}

Json BehaviourJson(const Behaviour& behaviour) {
  return {{"broken", behaviour.broken},
          {"busy", behaviour.busy},
          {"fail", behaviour.fail},
          {"gone_after_ms", behaviour.gone_after / kMillisecond},
          {"healthy_after_ms", behaviour.healthy_after / kMillisecond},
          {"kept_versions", behaviour.kept_versions},
          {"never", behaviour.never},
          {"sick", behaviour.sick}};
}

void Replace(const Json& body, const char* key, std::vector<std::string>& list) {
  if (Member(body, key).is_array()) list = body[key].get<std::vector<std::string>>();
}

}  // namespace

Reply AgentSelf(Call& /*call*/) {
  return JsonReply(
      {{"config",
        {{"ACL", {{"Enabled", false}}},
         {"Datacenter", "dc1"},
         {"Region", "global"},
         {"Server", {{"Enabled", true}}},
         {"Version",
          {{"Revision", ""},
           {"Version", "2.0.5"},
           {"VersionMetadata", ""},
           {"VersionPrerelease", ""}}}}},
       {"member",
        {{"Addr", "127.0.0.1"},
         {"Name", "vm.global"},
         {"Port", 4648},
         {"Status", "alive"},
         {"Tags", {{"build", "2.0.5"}, {"dc", "dc1"}, {"region", "global"}, {"role", "nomad"}}}}},
       {"stats", {{"nomad", {{"leader", "true"}, {"server", "true"}}}}}});
}

Reply Leader(Call& /*call*/) { return JsonReply("127.0.0.1:4647"); }

Reply ListNamespaces(Call& call) {
  Json list = Json::array();
  for (const std::string& name : call.cluster.namespaces()) list.push_back(Namespace(name));
  return ReadReply([list] { return list.dump(); }, 1);
}

Reply ReadNamespace(Call& call) {
  const std::string& name = call.ids.at(0);
  if (call.cluster.namespaces().count(name) == 0) {
    Reply reply = ErrorReply(404, "Namespace not found");
    reply.index = 1;
    reply.is_read = true;
    return reply;
  }
  return ReadReply([name] { return Namespace(name).dump(); }, 1);
}

Reply ListRegions(Call& /*call*/) { return JsonReply(Json::array({"global"})); }

Reply ListNodes(Call& /*call*/) {
  return ReadReply([] { return Json::array({Node()}).dump(); }, 1);
}

Reply TokenSelf(Call& call) {
  const Json token = {{"AccessorID", "46daa2c2-3180-5a3d-7201-bfa8b2442608"},
                      {"CreateIndex", 11},
                      {"CreateTime", "2026-11-21T04:12:52.530018844Z"},
                      {"ExpirationTTL", ""},
                      {"ExpirationTime", nullptr},
                      {"Global", true},
                      {"Hash", "BUJ3BerTfrqFVm1P+vZr1gz9ubOkd+JAvYjNAJyaU9Y="},
                      {"ModifyIndex", 11},
                      {"Name", "Bootstrap Token"},
                      {"Policies", nullptr},
                      {"Roles", nullptr},
                      {"SecretID", call.request.token},
                      {"Type", "management"}};
  return ReadReply([token] { return token.dump(); }, 11);
}

Reply ReadBehaviour(Call& call) { return JsonReply(BehaviourJson(call.cluster.behaviour())); }

Reply ChangeBehaviour(Call& call) {
  std::string error;
  const Json body = ParseBody(call.request, error);
  if (!error.empty()) return ErrorReply(400, error);
  Behaviour behaviour = call.cluster.behaviour();
  Replace(body, "broken", behaviour.broken);
  Replace(body, "busy", behaviour.busy);
  Replace(body, "fail", behaviour.fail);
  Replace(body, "never", behaviour.never);
  Replace(body, "sick", behaviour.sick);
  if (Member(body, "healthy_after_ms").is_number()) {
    behaviour.healthy_after = Number(body, "healthy_after_ms") * kMillisecond;
  }
  if (Member(body, "gone_after_ms").is_number()) {
    behaviour.gone_after = Number(body, "gone_after_ms") * kMillisecond;
  }
  if (Member(body, "kept_versions").is_number_unsigned()) {
    behaviour.kept_versions = body["kept_versions"].get<std::size_t>();
  }
  call.cluster.SetBehaviour(behaviour, call.now);
  return JsonReply(BehaviourJson(behaviour));
}

Reply FailAllocation(Call& call) {
  const Result<Written> written = call.cluster.FailAllocation(call.ids.at(0), call.now);
  if (!written) return ErrorReply(written.error().status, written.error().text);
  return WriteReply(Json::object(), written->index);
}

Reply WriteLog(Call& call) {
  std::string error;
  const Json body = ParseBody(call.request, error);
  return error.empty() ? WriteLogReply(body, call.cluster.logs()) : ErrorReply(400, error);
}

}  // namespace nmgr::fake
