// What is counted, in the text format of Prometheus (version 0.0.4). A metric is a row of one
// table; what can be read off the state is made from it at the moment of asking, the rest is kept
// in Meters by who does the work.
//
// A job's label is `nomad_job`: `job` is Prometheus' own.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nmgr/base/clock.h"
#include "nmgr/serve/state.h"

namespace nmgr::serve {

enum class Metric {
  kBuildInfo,
  kLease,
  kSyncTotal,
  kSyncDuration,
  kCommitInfo,
  kLastSuccess,
  kJobs,
  kJobVerdict,
  kJobDriftSince,
  kNomadErrors,
  kFetchErrors,
  kWebhooks,
  kImageDrift,
  kRegistryRequests,
  kVariableBytes,
  kNotifications,
};

struct MetricRow {
  Metric metric;
  std::string_view name;  // "nmgr_sync_total"
  std::string_view type;  // "counter", "gauge", "histogram"
  std::string_view help;
  std::vector<std::string_view> labels;
};
// In the order of the enumeration.
std::span<const MetricRow> Metrics();

// Upper ends of the buckets of nmgr_sync_duration_seconds.
inline constexpr std::array<double, 9> kDurationBuckets = {0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600};

// Thread-safe. Of one metric at most kMostSeries are kept, so that nobody who sends names can fill
// the memory; what comes beyond that is dropped.
class Meters {
 public:
  static constexpr std::size_t kMostSeries = 2000;

  // `labels`: values in the order of the row.
  void Add(Metric metric, std::vector<std::string> labels, double by = 1);
  void Set(Metric metric, std::vector<std::string> labels, double value);
  void Remove(Metric metric, const std::vector<std::string>& labels);
  void ObserveSync(const std::string& source, Duration took);

  std::map<std::vector<std::string>, double> Series(Metric metric) const;
  struct Histogram {
    std::array<std::uint64_t, kDurationBuckets.size()> buckets = {};  // cumulative
    std::uint64_t count = 0;
    double sum = 0;
  };
  std::map<std::string, Histogram> SyncDurations() const;

 private:
  double* Find(Metric metric, std::vector<std::string> labels);
  mutable std::mutex mutex_;
  std::map<Metric, std::map<std::vector<std::string>, double>> series_;
  std::map<std::string, Histogram> durations_;
};

std::string MetricsText(const State& state, const Meters& meters);

inline constexpr std::string_view kMetricsType = "text/plain; version=0.0.4; charset=utf-8";

}  // namespace nmgr::serve
