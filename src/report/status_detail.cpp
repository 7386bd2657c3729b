// `status JOB`: one job in depth.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "nmgr/base/text.h"
#include "nmgr/base/utc.h"
#include "nmgr/report/cells.h"
#include "nmgr/report/history_view.h"
#include "nmgr/report/status.h"
#include "nmgr/report/table.h"
#include "nmgr/rollout/reasons.h"
#include "report/times.h"

namespace nmgr::report {
namespace {

using nomad::Allocation;
using nomad::TaskState;
using rollout::JobDetail;
using rollout::JobFacts;
using rollout::ShortId;

constexpr std::size_t kMostEvents = 10;
// "  registered  ", in front of the values of the head.
constexpr int kHeadMargin = 14;

std::string OrDash(std::string text) { return text.empty() ? std::string("-") : text; }

// To the second, as a person reads it.
std::string TimeWords(std::int64_t ns) {
  std::string text = UtcText(AtNs(ns)).substr(0, 19);
  text[10] = ' ';
  return text + " UTC";
}

std::string HealthWord(const Allocation& allocation) {
  if (!allocation.healthy) return "-";
  return *allocation.healthy ? "healthy" : "unhealthy";
}

// What runs, and the newest of each place, which says why nothing does; in the order of their
// names.
std::vector<const Allocation*> ShownAllocations(const JobDetail& detail, const std::string& type) {
  const std::vector<Allocation>& all = detail.evidence.allocations;
  std::vector<const Allocation*> rows = rollout::NewestAllocations(all, type);
  for (const Allocation* alive : rollout::LiveAllocations(all)) {
    if (std::find(rows.begin(), rows.end(), alive) == rows.end()) rows.push_back(alive);
  }
  std::sort(rows.begin(), rows.end(), [](const Allocation* a, const Allocation* b) {
    return std::pair(a->name, a->create_index) < std::pair(b->name, b->create_index);
  });
  return rows;
}

Style TaskStyle(const Allocation& allocation, const TaskState& task) {
  if (task.failed || allocation.client_status == "failed") return Style::kRed;
  return task.restarts > 0 ? Style::kYellow : Style::kPlain;
}

class DetailPrinter {
 public:
  DetailPrinter(Reporter& out, const StatusRow& row, const JobDetail& detail, const Graph& after,
                WallTime now)
      : out_(out),
        row_(row),
        facts_(*row.facts),
        detail_(detail),
        after_(after),
        now_(now),
        shown_(ShownAllocations(detail, row.type)) {}

  void Print() {
    PrintHead();
    PrintGroups();
    PrintAllocations();
    PrintEvents();
    PrintDeployment();
    PrintChecks();
    PrintServices();
    PrintImages();
    PrintChildren();
  }

 private:
  void PrintHead() {
    const std::string state =
        row_.standing.state ? std::string(JobStateName(*row_.standing.state)) : "?";
    out_.Line(out_.OnOut(Style::kBold, EscapeControls(facts_.name)));
    Table head;
    const auto add = [&](const char* name, const std::string& value) {
      const int width = out_.table_width();
      std::vector<std::string> parts = {value};
      if (width > kHeadMargin) parts = Wrap(value, std::max(20, width - kHeadMargin));
      for (std::size_t i = 0; i < parts.size(); ++i) {
        head.AddRow({{fmt::format("  {:10}", i == 0 ? name : "")}, {parts[i]}});
      }
    };
    add("state", state);
    add("type", OrDash(row_.type));
    if (facts_.live) add("namespace", facts_.live->ref.name_space);
    add("healthy", HealthCell(row_));
    if (facts_.live) {
      add("version", std::to_string(facts_.live->version));
      if (facts_.live->submit_time_ns != 0) {
        add("registered", AgeWords(facts_.live->submit_time_ns, now_) + " ago, " +
                              TimeWords(facts_.live->submit_time_ns));
      }
    }
    if (detail_.run) {
      const rollout::RunHead& run = detail_.run->head;
      add("run",
          out_.Hide(fmt::format("{}, by {}: {}", run.id, run.user, CommandOf(*detail_.run))));
      if (!run.commit.empty()) add("commit", CommitWords(run));
    }
    add("spec", facts_.path.empty() ? std::string("none") : facts_.path);
    for (const GraphEdge& edge : after_.edges) {
      add("after", EscapeControls(fmt::format("{}: {}", after_.jobs[edge.edge.after].name,
                                              Join(ReasonLines(edge), "; "))));
    }
    add("drift", DriftCell(row_));
    for (const std::string& reason : ReasonsOf(row_)) add("reason", out_.Hide(reason));
    for (const std::string& line : head.Lines(Plain, out_.table_width())) out_.Line(line);
  }

  // What a server said is among the cells.
  void Section(const std::string& title, Table table) {
    if (table.empty()) return;
    table.Hide(out_);
    out_.Line("");
    out_.Line(out_.OnOut(Style::kBold, out_.Hide(title)));
    const int width = out_.table_width();
    for (const std::string& line : table.Lines(OutPainter(out_), std::max(0, width - 2))) {
      out_.Line("  " + line);
    }
  }

  void PrintGroups() {
    Table table({"GROUP", "DESIRED", "RUNNING", "HEALTHY"});
    table.NamesIn(0);
    for (const rollout::GroupHealth& group : row_.standing.groups) {
      const Style style = group.healthy < group.wanted ? Style::kRed : Style::kPlain;
      table.AddRow({{group.name},
                    {std::to_string(group.wanted)},
                    {std::to_string(group.running), style},
                    {std::to_string(group.healthy), style}});
    }
    Section("Groups", std::move(table));
  }

  void PrintAllocations() {
    Table table({"ID", "TASK", "NODE", "VERSION", "STATE", "HEALTH", "UPTIME", "RESTARTS"});
    for (const std::size_t column : {1, 2}) table.NamesIn(column);
    table.MayGo(3);
    for (const Allocation* allocation : shown_) {
      for (const TaskState& task : allocation->tasks) AddTask(*allocation, task, table);
      if (!allocation->tasks.empty()) continue;
      table.AddRow({{ShortId(allocation->id)},
                    {allocation->group},
                    {OrDash(allocation->node_name)},
                    {std::to_string(allocation->job_version)},
                    {allocation->client_status},
                    {HealthWord(*allocation)},
                    {"-"},
                    {"-"}});
    }
    Section("Allocations", std::move(table));
    const std::size_t others = detail_.evidence.allocations.size() - shown_.size();
    if (others != 0) {
      out_.Line("  and " + Count(others, "earlier allocation") + " that ended");
    }
  }

  void AddTask(const Allocation& allocation, const TaskState& task, Table& table) const {
    const Style style = TaskStyle(allocation, task);
    const bool runs = task.state == "running";
    table.AddRow({{ShortId(allocation.id)},
                  {allocation.group + "/" + task.name},
                  {OrDash(allocation.node_name)},
                  {std::to_string(allocation.job_version)},
                  {task.failed ? "failed" : task.state, style},
                  {HealthWord(allocation)},
                  {runs ? AgeWords(ParseUtcNs(task.started_at), now_) : std::string("-")},
                  {std::to_string(task.restarts), style}});
  }

  void PrintEvents() {
    struct Row {
      const Allocation* allocation;
      const TaskState* task;
      const nomad::TaskEvent* event;
    };
    std::vector<Row> events;
    for (const Allocation* allocation : shown_) {
      for (const TaskState& task : allocation->tasks) {
        for (const nomad::TaskEvent& event : task.events) {
          events.push_back({allocation, &task, &event});
        }
      }
    }
    std::stable_sort(events.begin(), events.end(), [](const Row& a, const Row& b) {
      return a.event->time_ns < b.event->time_ns;
    });
    const std::size_t from = events.size() - std::min(events.size(), kMostEvents);
    Table table({"AGO", "ID", "TASK", "EVENT", "MESSAGE"});
    table.NamesIn(2);
    table.SentenceIn(4);
    for (std::size_t i = from; i < events.size(); ++i) {
      const auto& [allocation, task, event] = events[i];
      const bool bad = event->fails_task || event->exit_code.value_or(0) != 0;
      table.AddRow({{AgeWords(event->time_ns, now_)},
                    {ShortId(allocation->id)},
                    {allocation->group + "/" + task->name},
                    {event->type, bad ? Style::kRed : Style::kPlain},
                    {event->message}});
    }
    Section("Last events", std::move(table));
  }

  void PrintDeployment() {
    const auto& deployment = detail_.evidence.deployment;
    if (!deployment) return;
    Table table({"GROUP", "DESIRED", "PLACED", "HEALTHY", "UNHEALTHY", "CANARIES"});
    table.NamesIn(0);
    for (const nomad::DeploymentGroup& group : deployment->groups) {
      std::string canaries = "-";
      if (group.desired_canaries != 0) {
        canaries = std::to_string(group.desired_canaries) + (group.promoted ? ", promoted" : "");
      }
      table.AddRow({{group.name},
                    {std::to_string(group.desired_total)},
                    {std::to_string(group.placed)},
                    {std::to_string(group.healthy)},
                    {std::to_string(group.unhealthy)},
                    {canaries}});
    }
    Section(fmt::format("Deployment {} of version {}: {}", ShortId(deployment->id),
                        deployment->job_version, EscapeControls(deployment->status)),
            std::move(table));
    if (!deployment->status_description.empty())
      out_.Line("  " + out_.Hide(deployment->status_description));
  }

  void PrintChecks() {
    Table table({"CHECK", "ID", "STATUS", "OUTPUT"});
    table.NamesIn(0);
    table.SentenceIn(3);
    for (const auto& [allocation, checks] : detail_.evidence.checks) {
      for (const nomad::CheckResult& check : checks) {
        table.AddRow({{check.name},
                      {ShortId(allocation)},
                      {check.status, check.status == "success" ? Style::kPlain : Style::kRed},
                      {check.output}});
      }
    }
    Section("Checks", std::move(table));
  }

  void PrintServices() {
    Table table({"SERVICE", "ID", "ADDRESS", "TAGS"});
    table.NamesIn(0);
    table.MayCrop(3);
    for (const nomad::ServiceInstance& service : detail_.services) {
      table.AddRow({{service.name},
                    {ShortId(service.allocation_id)},
                    {fmt::format("{}:{}", service.address, service.port)},
                    {OrDash(Join(service.tags, ","))}});
    }
    if (facts_.live) {
      for (const nomad::JobService& service : facts_.live->services) {
        if (service.provider == "nomad") continue;
        table.AddRow({{service.name}, {"-"}, {"in Consul, which is not asked"}, {"-"}});
      }
    }
    Section("Services", std::move(table));
  }

  void PrintImages() {
    Table table({"TASK", "SPEC", "REGISTERED", "RUNNING (BY TAG)"});
    table.NamesIn(0);
    for (const std::size_t column : {1, 2, 3}) table.MayCrop(column);
    for (const rollout::TaskImages& image : ImagesOf(facts_, detail_)) {
      const bool known = facts_.spec.has_value();
      const bool drifts = known && facts_.live && image.spec != image.registered;
      const bool lags =
          !image.running.empty() && image.running != std::vector<std::string>{image.registered};
      table.AddRow(
          {{image.group + "/" + image.task},
           {known ? OrDash(image.spec) : std::string("?"), drifts ? Style::kYellow : Style::kPlain},
           {OrDash(image.registered)},
           {OrDash(Join(image.running, ", ")), lags ? Style::kYellow : Style::kPlain}});
    }
    Section("Images", std::move(table));
  }

  void PrintChildren() {
    Table table({"JOB", "STATUS"});
    table.NamesIn(0);
    for (const nomad::JobSummary& child : detail_.children) {
      table.AddRow({{child.ref.id}, {child.stop ? "stopped" : child.status}});
    }
    Section("Launched", std::move(table));
  }

  Reporter& out_;
  const StatusRow& row_;
  const JobFacts& facts_;
  const JobDetail& detail_;
  const Graph& after_;
  const WallTime now_;
  const std::vector<const Allocation*> shown_;
};

nlohmann::json TimeJson(std::int64_t ns) {
  return ns == 0 ? nlohmann::json() : nlohmann::json(UtcText(AtNs(ns)));
}

nlohmann::json TaskJson(const TaskState& task) {
  nlohmann::json events = nlohmann::json::array();
  for (const nomad::TaskEvent& event : task.events) {
    nlohmann::json json = {
        {"type", event.type}, {"message", event.message}, {"time", TimeJson(event.time_ns)}};
    json["exit_code"] = event.exit_code ? nlohmann::json(*event.exit_code) : nlohmann::json();
    events.push_back(std::move(json));
  }
  return {{"name", task.name},
          {"state", task.state},
          {"failed", task.failed},
          {"restarts", task.restarts},
          {"started_at", TimeJson(ParseUtcNs(task.started_at))},
          {"events", std::move(events)}};
}

nlohmann::json AllocationsJson(const JobDetail& detail) {
  nlohmann::json list = nlohmann::json::array();
  for (const Allocation& allocation : detail.evidence.allocations) {
    nlohmann::json tasks = nlohmann::json::array();
    for (const TaskState& task : allocation.tasks) tasks.push_back(TaskJson(task));
    nlohmann::json checks = nlohmann::json::array();
    if (const auto found = detail.evidence.checks.find(allocation.id);
        found != detail.evidence.checks.end()) {
      for (const nomad::CheckResult& check : found->second) {
        checks.push_back({{"name", check.name},
                          {"task", check.task},
                          {"status", check.status},
                          {"output", check.output}});
      }
    }
    nlohmann::json json = {{"id", allocation.id},
                           {"name", allocation.name},
                           {"group", allocation.group},
                           {"node", allocation.node_name},
                           {"version", allocation.job_version},
                           {"client_status", allocation.client_status},
                           {"desired_status", allocation.desired_status},
                           {"tasks", std::move(tasks)},
                           {"checks", std::move(checks)}};
    json["healthy"] = allocation.healthy ? nlohmann::json(*allocation.healthy) : nlohmann::json();
    list.push_back(std::move(json));
  }
  return list;
}

nlohmann::json DeploymentJson(const std::optional<nomad::Deployment>& deployment) {
  if (!deployment) return {};
  nlohmann::json groups = nlohmann::json::array();
  for (const nomad::DeploymentGroup& group : deployment->groups) {
    groups.push_back({{"name", group.name},
                      {"desired", group.desired_total},
                      {"placed", group.placed},
                      {"healthy", group.healthy},
                      {"unhealthy", group.unhealthy},
                      {"canaries", group.desired_canaries},
                      {"promoted", group.promoted}});
  }
  return {{"id", deployment->id},
          {"version", deployment->job_version},
          {"status", deployment->status},
          {"description", deployment->status_description},
          {"groups", std::move(groups)}};
}

nlohmann::json RunJson(const std::optional<rollout::PastRun>& run) {
  if (!run) return {};
  nlohmann::json json = {{"id", run->head.id},
                         {"user", run->head.user},
                         {"action", run->head.action},
                         {"commit", run->head.commit}};
  json["dirty"] = run->head.dirty ? nlohmann::json(*run->head.dirty) : nlohmann::json();
  return json;
}

nlohmann::json ImagesDetailJson(const JobFacts& facts, const JobDetail& detail) {
  const auto or_null = [](const std::string& text) {
    return text.empty() ? nlohmann::json() : nlohmann::json(text);
  };
  nlohmann::json list = nlohmann::json::array();
  for (const rollout::TaskImages& image : ImagesOf(facts, detail)) {
    list.push_back({{"group", image.group},
                    {"task", image.task},
                    {"spec", or_null(image.spec)},
                    {"registered", or_null(image.registered)},
                    {"running", image.running}});
  }
  return list;
}

// As further members of its element of "jobs".
void AddDetail(nlohmann::json& json, const StatusRow& row, const JobDetail& detail,
               const Graph& after) {
  nlohmann::json groups = nlohmann::json::array();
  for (const rollout::GroupHealth& group : row.standing.groups) {
    groups.push_back({{"name", group.name},
                      {"desired", group.wanted},
                      {"running", group.running},
                      {"healthy", group.healthy}});
  }
  nlohmann::json services = nlohmann::json::array();
  for (const nomad::ServiceInstance& service : detail.services) {
    services.push_back({{"name", service.name},
                        {"allocation", service.allocation_id},
                        {"address", service.address},
                        {"port", service.port},
                        {"tags", service.tags}});
  }
  nlohmann::json children = nlohmann::json::array();
  for (const nomad::JobSummary& child : detail.children) {
    children.push_back({{"id", child.ref.id}, {"status", child.status}, {"stopped", child.stop}});
  }
  json["groups"] = std::move(groups);
  json["allocations"] = AllocationsJson(detail);
  json["deployment"] = DeploymentJson(detail.evidence.deployment);
  json["services"] = std::move(services);
  json["images"] = ImagesDetailJson(*row.facts, detail);
  json["children"] = std::move(children);
  json["run"] = RunJson(detail.run);
  json["after"] = EdgesJson(after);
}

}  // namespace

void ReportDetail(Reporter& out, const StatusRow& row, const JobDetail& detail, const Graph& after,
                  WallTime now) {
  DetailPrinter(out, row, detail, after, now).Print();
  nlohmann::json job = ToJson(row);
  AddDetail(job, row, detail, after);
  out.Json({{"jobs", nlohmann::json::array({std::move(job)})}});
}

JsonFields DetailFields() {
  const auto or_null = [](JsonField field) { return shape::OrNull(std::move(field)); };
  const JsonFields event = {shape::Text("type", "Nomad's"), shape::Text("message", "Nomad's"),
                            or_null(shape::Text("time", "when")),
                            or_null(shape::Whole("exit_code", "of a task that ended"))};
  const JsonFields task = {shape::Text("name", "of the task"),
                           shape::Text("state", "pending, running, dead"),
                           shape::Flag("failed", "it ended badly"),
                           shape::Whole("restarts", "in this allocation"),
                           or_null(shape::Text("started_at", "the last time")),
                           shape::Objects("events", "oldest first", event)};
  const JsonFields check = {
      shape::Text("name", "of the check"), shape::Text("task", "empty: of the group"),
      shape::Text("status", "success, failure, pending"), shape::Text("output", "what it said")};
  const JsonFields allocation = {shape::Text("id", "of the allocation"),
                                 shape::Text("name", "JOB.GROUP[N]"),
                                 shape::Text("group", "its group"),
                                 shape::Text("node", "the name of the node"),
                                 shape::Whole("version", "of the job"),
                                 shape::Text("client_status", "Nomad's"),
                                 shape::Text("desired_status", "Nomad's"),
                                 or_null(shape::Flag("healthy", "as its deployment found")),
                                 shape::Objects("tasks", "those that have begun", task),
                                 shape::Objects("checks", "those that Nomad runs", check)};
  const JsonFields group = {
      shape::Text("name", "of the group"),        shape::Whole("desired", "wanted"),
      shape::Whole("placed", "so far"),           shape::Whole("healthy", "of those"),
      shape::Whole("unhealthy", "of those"),      shape::Whole("canaries", "wanted"),
      shape::Flag("promoted", "the canaries are")};
  return {
      shape::Optional(shape::Objects(
          "groups", "in depth: of the job",
          {shape::Text("name", "of the group"), shape::Whole("desired", "allocations wanted"),
           shape::Whole("running", "of those"), shape::Whole("healthy", "of those")})),
      shape::Optional(shape::Objects("allocations", "in depth: all that Nomad keeps", allocation)),
      shape::Optional(or_null(shape::Object(
          "deployment", "in depth: the latest; null: none",
          {shape::Text("id", "of the deployment"), shape::Whole("version", "of the job"),
           shape::Text("status", "Nomad's"), shape::Text("description", "Nomad's"),
           shape::Objects("groups", "by name", group)}))),
      shape::Optional(shape::Objects(
          "services", "in depth: those that Nomad keeps",
          {shape::Text("name", "of the service"), shape::Text("allocation", "whose it is"),
           shape::Text("address", "where it answers"), shape::Whole("port", "where it answers"),
           shape::Texts("tags", "of the service")})),
      shape::Optional(shape::Objects(
          "images", "in depth: of each task",
          {shape::Text("group", "of the task"), shape::Text("task", "its name"),
           or_null(shape::Text("spec", "null: none")),
           or_null(shape::Text("registered", "null: none")),
           shape::Texts("running", "by tag: whether that has moved since nobody has asked")})),
      shape::Optional(
          shape::Objects("children", "in depth: what it has launched",
                         {shape::Text("id", "of the job"), shape::Text("status", "Nomad's"),
                          shape::Flag("stopped", "somebody has")})),
      shape::Optional(shape::Objects("after", "in depth: what it comes after", EdgeFields())),
      shape::Optional(or_null(shape::Object(
          "run", "in depth: that brought the job to where it is; null: none on record",
          {shape::Text("id", "its name"), shape::Text("user", "who ran it"),
           shape::Text("action", "its name"),
           shape::Text("commit", "of the repository; empty: not known"),
           or_null(shape::Flag("dirty", "the disk held something else; null: not known"))})))};
}

}  // namespace nmgr::report
