// Metrics in the text format of Prometheus.
#include "nmgr/serve/metrics.h"

#include <catch2/catch.hpp>
#include <sstream>

#include "serve/samples.h"

namespace nmgr::serve {
namespace {

using testing::Has;
using testing::kNow;

TEST_CASE("the table has each metric once, by its place") {
  std::size_t place = 0;
  for (const MetricRow& row : Metrics()) {
    CHECK(static_cast<std::size_t>(row.metric) == place++);
    CHECK(row.name.starts_with("nmgr_"));
    CHECK(row.name.ends_with("_total") == (row.type == "counter"));
    for (const std::string_view label : row.labels) CHECK(label != "job");
  }
}

TEST_CASE("what is read off the state") {
  const std::string text = MetricsText(testing::SmallState(kNow), Meters());
  CHECK(Has(text, "# TYPE nmgr_build_info gauge\nnmgr_build_info{version=\"nmgr 0.0.0\"} 1\n"));
  CHECK(Has(text, "\nnmgr_lease{source=\"homelab\"} 1\n"));
  CHECK(Has(text, "\nnmgr_source_commit_info{source=\"homelab\",commit=\"cccccccc"));
  CHECK(Has(text, "\nnmgr_source_last_success_timestamp_seconds{source=\"homelab\"} 1699999980\n"));
  CHECK(Has(text, "\nnmgr_jobs{source=\"homelab\",verdict=\"in-sync\"} 2\n"));
  CHECK(Has(text, "\nnmgr_jobs{source=\"homelab\",verdict=\"frozen\"} 0\n"));
  CHECK(Has(text,
            "\nnmgr_job_verdict{source=\"homelab\",namespace=\"default\",nomad_job=\"grafana\","
            "verdict=\"held\"} 1\n"));
  CHECK(Has(text,
            "\nnmgr_job_drift_since_timestamp_seconds{source=\"homelab\",namespace="
            "\"default\",nomad_job=\"grafana\"} 1699996400\n"));
}

TEST_CASE("what is counted") {
  Meters meters;
  meters.Add(Metric::kSyncTotal, {"homelab", "ok"});
  meters.Add(Metric::kSyncTotal, {"homelab", "ok"}, 2);
  meters.Set(Metric::kVariableBytes, {"nmgr/serve/default/status/homelab"}, 812);
  meters.Set(Metric::kImageDrift, {"a:1"}, 1);
  meters.Remove(Metric::kImageDrift, {"a:1"});
  meters.ObserveSync("homelab", Duration(700));
  meters.ObserveSync("homelab", Duration(20'000));
  const std::string text = MetricsText(State(), meters);
  CHECK(Has(text, "\nnmgr_sync_total{source=\"homelab\",result=\"ok\"} 3\n"));
  CHECK(Has(text, "\nnmgr_variable_bytes{path=\"nmgr/serve/default/status/homelab\"} 812\n"));
  CHECK_FALSE(Has(text, "nmgr_image_digest_drift{"));
  CHECK(Has(text, "_seconds_bucket{source=\"homelab\",le=\"0.5\"} 0\n"));
  CHECK(Has(text, "_seconds_bucket{source=\"homelab\",le=\"1\"} 1\n"));
  CHECK(Has(text, "_seconds_bucket{source=\"homelab\",le=\"60\"} 2\n"));
  CHECK(Has(text, "_seconds_bucket{source=\"homelab\",le=\"+Inf\"} 2\n"));
  CHECK(Has(text, "_seconds_sum{source=\"homelab\"} 20.7\n"));
  CHECK(Has(text, "_seconds_count{source=\"homelab\"} 2\n"));
}

TEST_CASE("a label is one, whatever the name") {
  State state = testing::SmallState(kNow);
  state.jobs[0].id = "a\"b\\c\nd{}";
  const std::string text = MetricsText(state, Meters());
  CHECK(Has(text, R"(nomad_job="a\"b\\c\nd{}")"));
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    INFO(line);
    CHECK((line.starts_with("# HELP nmgr_") || line.starts_with("# TYPE nmgr_") ||
           line.starts_with("nmgr_")));
  }
}

TEST_CASE("nobody who sends names fills the memory") {
  Meters meters;
  for (std::size_t i = 0; i < 2 * Meters::kMostSeries; ++i)
    meters.Add(Metric::kRegistryRequests, {"host" + std::to_string(i), "200"});
  CHECK(meters.Series(Metric::kRegistryRequests).size() == Meters::kMostSeries);
}

}  // namespace
}  // namespace nmgr::serve
