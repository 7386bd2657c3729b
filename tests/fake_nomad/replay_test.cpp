// Holds the stand-in to a real Nomad 2.0.5: asks it what ../shared/nomad-api recorded, in the order
// of the recording, and compares status, headers, texts and JSON. Identifiers, times and indexes
// may have other values, and must stand where the recorded ones stand.
#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "fake_nomad/route_driver.h"

#ifndef NMGR_SOURCE_FOLDER
#error "NMGR_SOURCE_FOLDER must name the project's folder"
#endif

namespace nmgr::fake {
namespace {

// What the stand-in does not do, or not so.
const std::map<std::string, std::string> kNotCovered = {
    {"blocking-query-timeout", "waits for real: server_test.cpp"},
    {"event-stream", "its order of events is compared below"},
    {"job-plan-all-nodes-ineligible", "one node, always eligible"},
    {"jobs-parse-variables", "variables are refused: a spec must come flat"},
    {"logs-stdout", "tasks write other text: compared by shape below"},
    {"logs-stdout-plain", "tasks write other text"},
    {"node-eligibility", "one node, always eligible"},
    {"node-eligible-again", "one node, always eligible"},
    {"nodes-list", "other drivers"},
};

std::filesystem::path Shared() {
  const char* shared = std::getenv("NMGR_SHARED");
  return shared != nullptr && *shared != '\0' ? shared : NMGR_SOURCE_FOLDER "/../shared";
}

std::filesystem::path Recordings() { return Shared() / "nomad-api"; }

bool Absent() {
  if (std::filesystem::is_directory(Recordings())) return false;
  std::printf("SKIPPED: no recordings of a real Nomad at %s\n", Recordings().c_str());
  return true;
}

Json Load(const std::string& name) {
  std::ifstream file(Recordings() / (name + ".json"));
  if (!file) file = std::ifstream(Shared() / "nomad-api-more" / (name + ".json"));
  REQUIRE(file);
  return Json::parse(file);
}

bool IsId(const Json& value) {
  static const std::regex kId("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
  return value.is_string() && std::regex_match(value.get_ref<const std::string&>(), kId);
}

bool IsTime(const Json& value) {
  static const std::regex kTime(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z)");
  return value.is_string() && std::regex_match(value.get_ref<const std::string&>(), kTime);
}

bool IsIndexOrTime(const std::string& key) {
  constexpr std::array<std::string_view, 7> kKeys = {
      "Index", "SubmitTime", "CreateTime", "ModifyTime", "Time", "AllocationTime", "Offset"};
  return key.ends_with("Index") || std::find(kKeys.begin(), kKeys.end(), key) != kKeys.end();
}

// Lists come in the order of their IDs, which are drawn: both are brought into the order of
// creation.
void InOrderOfCreation(Json& json) {
  if (json.is_array() && !json.empty() && json[0].is_object() && json[0].contains("CreateIndex")) {
    std::stable_sort(json.begin(), json.end(), [](const Json& a, const Json& b) {
      return a["CreateIndex"] < b["CreateIndex"];
    });
  }
}

class Replay {
 public:
  explicit Replay(Behaviour behaviour = {}, Tokens tokens = {})
      : nomad(std::move(behaviour), std::move(tokens)) {}

  RouteDriver nomad;

  Json Step(const std::string& name, const std::string& token = {}) {
    INFO(name);
    const Json recording = Load(name);
    const Json& request = recording["request"];
    const Json body = WithKnownIndex(request["body"]);
    const std::string text = body.is_null()     ? ""
                             : body.is_string() ? body.get<std::string>()
                                                : body.dump();
    Answer answer =
        nomad.Ask(Text(request, "method"), WithKnownCas(WithKnownIds(Text(request, "path"))),
                  WithKnownIds(text), token);
    differences_.clear();
    const Json& response = recording["response"];
    if (answer.status != response["status"]) Differ("status", response["status"], answer.status);
    CompareHeaders(response["headers"], answer);
    // Nomad says so of a document that comes with a refusal.
    if (response.contains("json") && answer.json.is_null() && !answer.text.empty())
      answer.json = Json::parse(answer.text);
    if (response.contains("text")) {
      if (Steady(Text(response, "text")) != Steady(answer.text))
        Differ("text", response["text"], answer.text);
    } else {
      Json recorded = response["json"];
      InOrderOfCreation(recorded);
      InOrderOfCreation(answer.json);
      Compare(recorded, answer.json, "");
    }
    CHECK(differences_ == "");
    covered_.insert(name);
    return answer.json;
  }

  // That `own` stands for an ID that was recorded.
  void Know(const std::string& recorded, const std::string& own) { ids_[recorded] = own; }

  const std::set<std::string>& covered() const { return covered_; }

  // Written by the test itself; `recorded`: the index that it had then.
  void PutVariable(const std::string& path, const Json& items, std::int64_t recorded) {
    const Answer answer = nomad.Ask("PUT", "/v1/var/" + path, Json{{"Items", items}}.dump());
    REQUIRE(answer.status == 200);
    variable_indexes_[recorded] = Number(answer.json, "ModifyIndex");
  }

 private:
  void Differ(const std::string& where, const Json& recorded, const Json& got) {
    differences_ += where + ": recorded " + recorded.dump() + ", got " + got.dump() + "\n";
  }

  std::string WithKnownIds(std::string path) const {
    for (const auto& id : ids_) {
      const std::size_t at = path.find(id.first);
      if (at != std::string::npos) path.replace(at, id.first.size(), id.second);
    }
    return path;
  }

  std::string WithKnownCas(std::string path) const {
    const std::size_t at = path.find("?cas=");
    if (at == std::string::npos) return path;
    const auto known = variable_indexes_.find(std::atoll(path.c_str() + at + 5));
    return known == variable_indexes_.end()
               ? path
               : path.substr(0, at + 5) + std::to_string(known->second);
  }

  Json WithKnownIndex(Json body) const {
    const auto known = indexes_.find(Number(body, "JobModifyIndex"));
    if (Flag(body, "EnforceIndex") && known != indexes_.end())
      body["JobModifyIndex"] = known->second;
    return body;
  }

  static std::string Steady(const std::string& text) {
    static const std::regex kIndex("(job modify index:? )[0-9]+");
    return std::regex_replace(text, kIndex, "$1N");
  }

  void CompareHeaders(const Json& recorded, const Answer& answer) {
    const Reply& reply = answer.reply;
    std::map<std::string, std::string> got;
    if (!reply.content_type.empty()) got["Content-Type"] = reply.content_type;
    if (reply.index.has_value()) got["X-Nomad-Index"] = *reply.index == 0 ? "0" : "N";
    if (reply.is_read) got["X-Nomad-Knownleader"] = reply.knows_leader ? "true" : "false";
    if (reply.is_read) got["X-Nomad-Lastcontact"] = "0";
    std::map<std::string, std::string> wanted = recorded.get<std::map<std::string, std::string>>();
    if (wanted.count("X-Nomad-Index") != 0 && wanted["X-Nomad-Index"] != "0")
      wanted["X-Nomad-Index"] = "N";
    if (wanted != got) Differ("headers", wanted, got);
  }

  void Compare(const Json& recorded, const Json& got, const std::string& path) {
    if (recorded.is_object() && got.is_object()) return CompareObjects(recorded, got, path);
    if (recorded.is_array() && got.is_array()) {
      if (recorded.size() != got.size()) Differ(path + " size", recorded.size(), got.size());
      for (std::size_t i = 0; i < std::min(recorded.size(), got.size()); ++i) {
        Compare(recorded[i], got[i], path + "[" + std::to_string(i) + "]");
      }
      return;
    }
    if (IsId(recorded) && IsId(got)) {
      ids_[recorded.get<std::string>()] = got.get<std::string>();
    } else if (!(IsTime(recorded) && IsTime(got)) && recorded != got) {
      Differ(path, recorded, got);
    }
  }

  void CompareObjects(const Json& recorded, const Json& got, const std::string& path) {
    for (const auto& [key, value] : recorded.items()) {
      const std::string below = path + "." + key;
      if (!got.contains(key)) {
        Differ(below, value, "(missing)");
      } else if (IsIndexOrTime(key) && value.is_number() && got[key].is_number()) {
        if ((value == 0) != (got[key] == 0)) Differ(below, value, got[key]);
        if (key == "ModifyIndex" && value != 0)
          variable_indexes_[value.get<std::int64_t>()] = got[key].get<std::int64_t>();
        if (key == "JobModifyIndex")
          indexes_[value.get<std::int64_t>()] = got[key].get<std::int64_t>();
      } else {
        Compare(value, got[key], below);
      }
    }
    for (const auto& [key, value] : got.items()) {
      if (!recorded.contains(key)) Differ(path + "." + key, "(none)", value);
    }
  }

  std::map<std::string, std::string> ids_;        // recorded to own
  std::map<std::int64_t, std::int64_t> indexes_;  // of jobs
  std::map<std::int64_t, std::int64_t> variable_indexes_;
  std::set<std::string> covered_;
  std::string differences_;
};

void FirstLife(Replay& replay) {
  for (const char* name :
       {"job-not-found", "job-stop-not-found", "job-plan-new", "job-register-new",
        "deployment-running", "evaluation-complete", "evaluation-allocations"}) {
    replay.Step(name);
  }
  // Read before the deployment ended: the job that an allocation shows is its own copy.
  replay.nomad.Settle();
  for (const char* name :
       {"job-read", "job-allocations", "deployment-successful", "jobs-list",
        "jobs-list-all-namespaces", "jobs-statuses", "job-summary", "job-submission",
        "job-evaluations", "allocation-read", "logs-unknown-task", "job-plan-no-changes",
        "job-plan-in-place", "job-plan-destructive-update", "job-register-index-conflict",
        "job-register-invalid", "validate-job"}) {
    replay.Step(name);
  }
  Behaviour never = replay.nomad.cluster().behaviour();
  never.never = {"web"};
  replay.nomad.cluster().SetBehaviour(never, replay.nomad.now());
  replay.Step("job-plan-no-placement");
  never.never = {};
  replay.nomad.cluster().SetBehaviour(never, replay.nomad.now());
}

void Updates(Replay& replay) {
  RouteDriver& nomad = replay.nomad;
  replay.Step("job-register-update");
  nomad.Settle();
  replay.Step("job-deployments");
  replay.Step("job-versions");
  Behaviour behaviour = nomad.cluster().behaviour();
  behaviour.fail = {"web"};
  nomad.cluster().SetBehaviour(behaviour, nomad.now());
  replay.Step("job-register-failing");
  nomad.Settle();
  replay.Step("deployment-failed");
  replay.Step("job-allocations-failed");
  behaviour.fail = {};
  behaviour.gone_after = 3600 * kSecond;
  nomad.cluster().SetBehaviour(behaviour, nomad.now());
  replay.Step("job-revert");
  nomad.Pass(5 * kSecond);
  replay.Step("job-register-canary");
  replay.Step("deployment-needs-promotion");
  nomad.Pass(5 * kSecond);
  const std::string id = Text(nomad.Get("/v1/job/web/deployment"), "ID");
  REQUIRE(nomad.Ask("PUT", "/v1/deployment/promote/" + id, R"({"All":true})").status == 200);
  replay.Step("deployment-promoted");
  nomad.Pass(1000 * kSecond);
}

void OtherTypes(Replay& replay) {
  for (const char* name : {"job-register-periodic", "job-read-periodic", "periodic-force"})
    replay.Step(name);
  Behaviour behaviour = replay.nomad.cluster().behaviour();
  behaviour.never = {"agent"};
  replay.nomad.cluster().SetBehaviour(behaviour, replay.nomad.now());
  for (const char* name : {"job-plan-in-other-namespace", "job-register-system-unplaceable",
                           "job-read-system", "evaluation-failed-placement"}) {
    replay.Step(name);
  }
}

void TheEnd(Replay& replay) {
  for (const char* name : {"job-stop", "job-read-stopped", "job-allocations-stopped",
                           "job-plan-after-stop", "job-stop-purge", "job-stop-again"}) {
    replay.Step(name);
  }
}

void AboutTheServer(Replay& replay) {
  for (const char* name :
       {"agent-self-version", "bad-json", "jobs-parse-file-function", "jobs-parse-ok",
        "jobs-parse-syntax-error", "jobs-parse-unknown-argument", "method-not-allowed",
        "namespaces", "regions", "unknown-path"}) {
    replay.Step(name);
  }
}

// In the order in which they were recorded; between two groups, what nobody recorded.
void OfVariables(Replay& replay) {
  RouteDriver& nomad = replay.nomad;
  for (const char* name : {"variable-create", "variable-read", "variable-cas-conflict",
                           "variable-too-large", "variable-lock-acquire", "variable-lock-conflict",
                           "variable-lock-renew", "variable-lock-release"}) {
    replay.Step(name);
  }
  for (const char* name : {"variable-lock-acquire-new",
                           "variable-lock-acquire-second-holder",
                           "variable-lock-acquire-again-own-id",
                           "variable-lock-renew-ok",
                           "variable-lock-renew-wrong-id",
                           "variable-lock-renew-missing",
                           "variable-locked-write-without-id",
                           "variable-locked-delete-without-id",
                           "variable-locked-write-cas-without-id",
                           "variable-lock-read-while-locked",
                           "variable-locked-write-with-id-and-ttl",
                           "variable-locked-write-with-id",
                           "variable-locked-read-after-write",
                           "variable-lock-release-with-items",
                           "variable-lock-release-wrong-id",
                           "variable-lock-acquire-again-no-ttl",
                           "variable-lock-release-ok",
                           "variable-lock-read-after-release",
                           "variable-lock-release-again",
                           "variable-lock-renew-not-locked",
                           "variable-lock-acquire-no-items",
                           "variable-lock-acquire-short-ttl",
                           "variable-lock-acquire-default-ttl"}) {
    replay.Step(name);
  }
  for (const char* shard : {"00", "01", "02"}) {
    const std::string path = std::string("/v1/var/nmgr/serve/main/jobs/") + shard;
    REQUIRE(nomad.Ask("PUT", path, R"({"Items":{"a":"b"}})").status == 200);
  }
  replay.PutVariable("nmgr/serve/main/source", {{"commit", "abc"}}, 49);
  Answer released = nomad.Ask("GET", "/v1/var/nmgr/serve/main/leader");
  const Json lock = {{"Lock", {{"ID", Text(released.json["Lock"], "ID")}}}};
  REQUIRE(nomad.Ask("PUT", "/v1/var/nmgr/serve/main/leader?lock-release", lock.dump()).status ==
          200);
  for (const char* name :
       {"variable-list-prefix", "variable-list-page", "variable-delete-cas-conflict",
        "variable-write-cas-ok", "variable-write-same-items", "variable-write-create-only-exists",
        "variable-write-no-items", "variable-write-value-not-a-string", "variable-write-bad-path",
        "variable-write-body-path-differs", "variable-write-unknown-namespace",
        "variable-delete-cas-ok", "variable-read-missing", "variable-delete-missing"}) {
    replay.Step(name);
  }
}

// A lock that nobody renews: twice its TTL, then its delay.
void OfLockTimes(Replay& replay) {
  RouteDriver& nomad = replay.nomad;
  for (const char* path : {"nmgr/lock/recs", "nmgr/lock/exp"}) {
    const Json lock = {{"Items", {{"holder", "a"}}},
                       {"Lock", {{"TTL", "10s"}, {"LockDelay", "5s"}}}};
    const Answer got =
        nomad.Ask("PUT", std::string("/v1/var/") + path + "?lock-acquire", lock.dump());
    REQUIRE(got.status == 200);
    replay.Know(path == std::string("nmgr/lock/recs") ? "a88e1f51-cdc9-5787-e314-f21efa465655"
                                                      : "1ed47d1d-a931-10ba-d44f-e8af20126370",
                Text(got.json["Lock"], "ID"));
  }
  nomad.Pass(20'600 * kMillisecond);
  for (const char* name : {"variable-lock-read-in-delay", "variable-lock-renew-in-delay",
                           "variable-lock-acquire-in-delay", "variable-lock-write-in-delay"}) {
    replay.Step(name);
  }
  nomad.Pass(4'300 * kMillisecond);
  CHECK(nomad.Get("/v1/var/nmgr/lock/exp").contains("Lock"));
  nomad.Pass(100 * kMillisecond);
  for (const char* name : {"variable-lock-read-after-expiry", "variable-lock-renew-after-expiry",
                           "variable-write-stale-lock-id"}) {
    replay.Step(name);
  }
  nomad.Pass(110 * kSecond);
  const Json read = nomad.Get("/v1/var/nmgr/lock/exp");
  REQUIRE(read.contains("Lock"));
  const Json lock = {{"Lock", {{"ID", Text(read["Lock"], "ID")}}}};
  const std::string release = "/v1/var/nmgr/lock/exp?lock-release";
  REQUIRE(nomad.Ask("PUT", release, lock.dump()).status == 200);
  replay.Step("variable-lock-reacquire-stale-id");
  REQUIRE(nomad.Ask("PUT", release, lock.dump()).status == 200);
  for (const char* name : {"variable-lock-acquire-after-expiry", "variable-write-stolen",
                           "variable-write-lock-id-unlocked", "variable-lock-renew-without-timer",
                           "variable-lock-release-without-timer"}) {
    replay.Step(name);
  }
}

TEST_CASE("variables and their locks are answered as a real Nomad did") {
  if (Absent()) return;
  Replay replay;
  OfVariables(replay);
  OfLockTimes(replay);
  // What nobody recorded and was seen on a real one.
  CHECK(replay.nomad.Ask("PUT", "/v1/var/none?cas=5", R"({"Items":{"a":"b"}})").status == 409);
  CHECK(replay.nomad.Ask("DELETE", "/v1/var/none?cas=5").status == 409);
  CHECK(replay.nomad.Ask("PUT", "/v1/var/none", R"({"Items":{}})").status == 400);
}

std::set<std::string> Permissions() {
  Replay replay({}, {"00000000-0000-0000-0000-000000000000", "reader"});
  for (const char* name : {"acl-no-token", "acl-jobs-list-no-token", "acl-parse-no-token"})
    replay.Step(name);
  replay.Step("acl-malformed-token", "not a token");
  replay.Step("acl-unknown-token", "11111111-1111-1111-1111-111111111111");
  for (const char* name :
       {"acl-parse-read-only-token", "acl-plan-read-only-token", "acl-register-read-only-token"}) {
    replay.Step(name, "reader");
  }
  replay.Step("acl-token-self", "00000000-0000-0000-0000-000000000000");
  return replay.covered();
}

TEST_CASE("the stand-in answers as a real Nomad did") {
  if (Absent()) return;
  Replay replay({.healthy_after = 2 * kSecond, .gone_after = 5 * kSecond});
  FirstLife(replay);
  Updates(replay);
  OtherTypes(replay);
  TheEnd(replay);
  Replay server;
  AboutTheServer(server);
  Replay variables;
  OfVariables(variables);

  std::set<std::string> known = Permissions();
  known.insert(replay.covered().begin(), replay.covered().end());
  known.insert(server.covered().begin(), server.covered().end());
  known.insert(variables.covered().begin(), variables.covered().end());
  for (const auto& entry : kNotCovered) {
    INFO(entry.first << " is listed as not covered, and is");
    CHECK(known.insert(entry.first).second);
  }
  for (const auto& file : std::filesystem::directory_iterator(Recordings())) {
    INFO(file.path().stem() << " is neither replayed nor listed as not covered");
    CHECK(known.count(file.path().stem().string()) == 1);
  }
}

// A job like that of the recordings of restarts, and the ID of its allocation in their place.
std::string PutAllocationOf(Replay& replay, const char* job, const char* recorded) {
  Json body = SmallJob(job);
  Json& tasks = body["TaskGroups"][0]["Tasks"];
  tasks.push_back(tasks[0]);
  tasks.back()["Name"] = "side";
  replay.nomad.Register(body);
  replay.nomad.Settle();
  const std::string id =
      Text(replay.nomad.Get("/v1/job/" + std::string(job) + "/allocations")[0], "ID");
  replay.Know(recorded, id);
  return id;
}

// "Restart Signaled: User requested task to restart", ... from the restart on.
std::vector<std::string> Restarted(const Json& allocation) {
  std::vector<std::string> lines;
  for (const Json& event : Member(Member(allocation, "TaskStates"), "server")["Events"]) {
    if (lines.empty() && Text(event, "Type") != "Restart Signaled") continue;
    lines.push_back(Text(event, "Type") + ": " + Text(event, "DisplayMessage"));
  }
  return lines;
}

TEST_CASE("restarts are answered as a real Nomad did") {
  if (Absent()) return;
  Replay replay;
  const std::string id = PutAllocationOf(replay, "web", "6896c3f6-43c7-3d5e-8db7-85b9263eadb7");
  for (const char* name : {"alloc-restart-unknown-alloc", "alloc-restart-both",
                           "alloc-restart-unknown-task", "alloc-restart-task"}) {
    replay.Step(name);
  }
  replay.nomad.Settle();
  const Json recorded = Load("alloc-read-after-restart-task")["response"]["json"];
  const Json got = replay.nomad.Get("/v1/allocation/" + id);
  CHECK(Restarted(got) == Restarted(recorded));
  for (const char* task : {"server", "side"}) {
    const Json& before = recorded["TaskStates"][task];
    const Json& now = got["TaskStates"][task];
    for (const char* key : {"Restarts", "State", "Failed"}) CHECK(now[key] == before[key]);
    CHECK(now["LastRestart"].is_null() == before["LastRestart"].is_null());
  }
  replay.Step("alloc-restart-all");
  REQUIRE(replay.nomad.Ask("DELETE", "/v1/job/web").status == 200);
  replay.nomad.Settle();
  replay.Step("alloc-restart-dead");
}

// "Topic Type Status" of the events of one index.
std::vector<std::string> Lines(const Json& frames, std::uint64_t from, std::uint64_t to) {
  std::vector<std::string> lines;
  for (const Json& frame : frames) {
    if (!frame.contains("Events")) continue;
    for (const Json& event : frame["Events"]) {
      const auto index = static_cast<std::uint64_t>(Number(event, "Index"));
      if (index < from || index > to) continue;
      const Json& record = event["Payload"].begin().value();
      const std::string status =
          Text(record, record.contains("ClientStatus") ? "ClientStatus" : "Status");
      lines.push_back(Text(event, "Topic") + " " + Text(event, "Type") + " " + status);
    }
  }
  return lines;
}

TEST_CASE("events come in the order of a real Nomad") {
  if (Absent()) return;
  RouteDriver nomad;
  const Answer stream = nomad.Ask("GET", "/v1/event/stream?topic=*");
  nomad.Post("/v1/jobs", Load("job-register-new")["request"]["body"]);
  nomad.Settle();
  Json frames = Json::array();
  std::string text = stream.reply.stream->Next();
  for (std::size_t end = 0; (end = text.find('\n')) != std::string::npos; text.erase(0, end + 1)) {
    frames.push_back(Json::parse(text.substr(0, end)));
  }
  std::vector<std::string> recorded = Lines(Load("event-stream")["response"]["lines"], 19, 27);
  // The client's first report of a task that it has not started yet is part of the placement here.
  const auto report =
      std::find(recorded.begin(), recorded.end(), "Allocation AllocationUpdated pending");
  REQUIRE(report != recorded.end());
  recorded.erase(report);
  CHECK(Lines(frames, 0, 1000) == recorded);
}

}  // namespace
}  // namespace nmgr::fake
