// What docs/ says of the API and of the metrics is what there is.
#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <set>

#include "serve/samples.h"

namespace nmgr::serve {
namespace {

using testing::Has;

std::string ReadDocument(const std::string& name) {
  std::ifstream file(std::string(NMGR_SOURCE_DIR) + "/docs/" + name);
  REQUIRE(file.good());
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

bool IsNameCharacter(char c) {
  return c == '_' || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

// Every metric that a text names, without what a histogram adds to its own.
std::set<std::string> MetricsIn(const std::string& text) {
  std::set<std::string> names;
  for (std::size_t at = text.find("nmgr_"); at != std::string::npos;
       at = text.find("nmgr_", at + 1)) {
    std::size_t end = at;
    while (end < text.size() && IsNameCharacter(text[end])) ++end;
    std::string name = text.substr(at, end - at);
    if (name.ends_with("_bucket")) name.resize(name.size() - 7);
    names.insert(name);
  }
  return names;
}

std::set<std::string> AllMetrics() {
  std::set<std::string> names;
  for (const MetricRow& row : Metrics()) names.emplace(row.name);
  return names;
}

TEST_CASE("the OpenAPI document has the routes, and no others") {
  const Json document = Json::parse(ReadDocument("openapi.json"));
  std::set<std::string> described;
  for (const auto& [path, methods] : document.at("paths").items()) {
    for (const auto& [method, operation] : methods.items()) described.insert(method + " " + path);
  }
  std::set<std::string> there;
  for (const Route& route : Routes()) {
    std::string path(route.path);
    if (const std::size_t dots = path.find("...}"); dots != std::string::npos) path.erase(dots, 3);
    const std::string method = route.method == "GET" ? "get" : "post";
    there.insert(method + " " + path);
    INFO(path);
    const Json& operation = document.at("paths").at(path).at(method);
    const bool open = operation.at("security").empty();
    CHECK(open == (route.scope == Scope::kNone || route.scope == Scope::kHook));
    CHECK((operation.at("security").size() == 1) == (route.scope == Scope::kOperate));
  }
  CHECK(described == there);
}

TEST_CASE("the OpenAPI document has the keys that are answered") {
  testing::Setting setting;
  const Json schemas = Json::parse(ReadDocument("openapi.json")).at("components").at("schemas");
  const auto same = [&](const char* schema, const Json& answer) {
    std::set<std::string> described;
    std::set<std::string> answered;
    for (const auto& [key, value] : schemas.at(schema).at("properties").items())
      described.insert(key);
    for (const auto& [key, value] : answer.items()) answered.insert(key);
    INFO(schema);
    CHECK(described == answered);
  };
  const auto ask = [&](const char* target) { return Json::parse(setting.Get(target).body); };
  same("Status", ask("/api/v1/status"));
  same("Source", ask("/api/v1/sources/homelab"));
  same("Job", ask("/api/v1/jobs/default/web"));
  std::set<std::string> words;
  for (const sync::VerdictRow& row : sync::Verdicts()) words.emplace(row.word);
  const Json& verdict = schemas.at("Job").at("properties").at("verdict").at("enum");
  CHECK(std::set<std::string>(verdict.begin(), verdict.end()) == words);
  for (const Json& phase : schemas.at("Source").at("properties").at("phase").at("enum"))
    words.insert(phase);
  for (int i = 0; i <= static_cast<int>(sync::Phase::kStopping); ++i)
    CHECK(words.contains(std::string(WordOf(static_cast<sync::Phase>(i)))));
}

TEST_CASE("alerts and dashboard ask for metrics that there are, and for each of them") {
  const std::set<std::string> there = AllMetrics();
  const std::set<std::string> alerts = MetricsIn(ReadDocument("prometheus-alerts.yml"));
  const std::set<std::string> dashboard = MetricsIn(ReadDocument("grafana-dashboard.json"));
  std::set<std::string> asked = alerts;
  asked.insert(dashboard.begin(), dashboard.end());
  CHECK(asked == there);
  CHECK(alerts.size() >= 10);
  const Json document = Json::parse(ReadDocument("grafana-dashboard.json"));
  std::set<int> ids;
  for (const Json& panel : document.at("panels")) {
    CHECK(ids.insert(panel.at("id").get<int>()).second);
    CHECK_FALSE(panel.at("targets").empty());
  }
}

// `{source="a"}` and `by (source)` of a metric that has no such label would find nothing.
TEST_CASE("alerts and dashboard name labels that their metrics have") {
  std::set<std::string> labels = {"le", "instance"};
  for (const MetricRow& row : Metrics()) labels.insert(row.labels.begin(), row.labels.end());
  for (const char* file : {"prometheus-alerts.yml", "grafana-dashboard.json"}) {
    const std::string text = ReadDocument(file);
    for (const std::string_view mark : {"by (", "without ("}) {
      for (std::size_t at = text.find(mark); at != std::string::npos;
           at = text.find(mark, at + 1)) {
        const std::size_t start = at + mark.size();
        std::string list = text.substr(start, text.find(')', start) - start);
        for (std::size_t comma = 0; !list.empty();) {
          comma = list.find(", ");
          INFO(file << ": " << list);
          CHECK(labels.contains(list.substr(0, comma)));
          list = comma == std::string::npos ? "" : list.substr(comma + 2);
        }
      }
    }
    for (const MetricRow& row : Metrics()) {
      for (std::size_t at = text.find(std::string(row.name) + "{"); at != std::string::npos;
           at = text.find(std::string(row.name) + "{", at + 1)) {
        const std::size_t start = at + row.name.size() + 1;
        const std::string label = text.substr(start, text.find_first_of("=!", start) - start);
        INFO(file << ": " << row.name << "{" << label);
        CHECK(std::find(row.labels.begin(), row.labels.end(), label) != row.labels.end());
      }
    }
  }
}

}  // namespace
}  // namespace nmgr::serve
