#include "nmgr/serve/metrics.h"

#include <fmt/format.h>

namespace nmgr::serve {
namespace {

using Labels = std::vector<std::string>;
using AllSeries = std::map<Labels, double>;

std::string EscapeLabel(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '\n') {
      escaped += "\\n";
    } else {
      if (c == '\\' || c == '"') escaped += '\\';
      escaped += c;
    }
  }
  return escaped;
}

std::string LabelText(const MetricRow& row, const Labels& values) {
  std::string text;
  for (std::size_t i = 0; i < row.labels.size() && i < values.size(); ++i) {
    if (i > 0) text += ',';
    text += fmt::format("{}=\"{}\"", row.labels[i], EscapeLabel(values[i]));
  }
  return text;
}

std::string InBraces(const std::string& labels) {
  return labels.empty() ? labels : "{" + labels + "}";
}

double Seconds(WallTime time) {
  return std::chrono::duration<double>(time.time_since_epoch()).count();
}

void AddSources(const State& state, std::map<Metric, AllSeries>& into) {
  for (const sync::SourceStatus& source : state.sources) {
    into[Metric::kLease][{source.name}] = source.leads ? 1 : 0;
    if (!source.commit.empty()) into[Metric::kCommitInfo][{source.name, source.commit}] = 1;
    if (source.fetched_at) into[Metric::kLastSuccess][{source.name}] = Seconds(*source.fetched_at);
    for (const sync::VerdictRow& row : sync::Verdicts()) {
      const auto found = source.counts.find(row.verdict);
      into[Metric::kJobs][{source.name, std::string(row.word)}] =
          found == source.counts.end() ? 0 : static_cast<double>(found->second);
    }
  }
}

std::map<Metric, AllSeries> FromState(const State& state) {
  std::map<Metric, AllSeries> made;
  made[Metric::kBuildInfo][{state.version}] = 1;
  AddSources(state, made);
  for (const sync::JobStatus& job : state.jobs) {
    made[Metric::kJobVerdict]
        [{job.source, job.name_space, job.id, std::string(WordOf(job.verdict))}] = 1;
    if (job.drift_since) {
      made[Metric::kJobDriftSince][{job.source, job.name_space, job.id}] =
          Seconds(*job.drift_since);
    }
  }
  return made;
}

std::string HistogramText(const MetricRow& row,
                          const std::map<std::string, Meters::Histogram>& all) {
  std::string text;
  for (const auto& [source, one] : all) {
    const std::string labels = LabelText(row, {source});
    for (std::size_t i = 0; i < kDurationBuckets.size(); ++i) {
      text += fmt::format("{}_bucket{{{},le=\"{}\"}} {}\n", row.name, labels, kDurationBuckets[i],
                          one.buckets[i]);
    }
    text += fmt::format("{}_bucket{{{},le=\"+Inf\"}} {}\n", row.name, labels, one.count);
    text += fmt::format("{}_sum{{{}}} {}\n", row.name, labels, one.sum);
    text += fmt::format("{}_count{{{}}} {}\n", row.name, labels, one.count);
  }
  return text;
}

}  // namespace

std::span<const MetricRow> Metrics() {
  static const std::vector<MetricRow> kRows = {
      {Metric::kBuildInfo, "nmgr_build_info", "gauge", "The program, as a label.", {"version"}},
      {Metric::kLease, "nmgr_lease", "gauge", "1 where this copy leads the source.", {"source"}},
      {Metric::kSyncTotal,
       "nmgr_sync_total",
       "counter",
       "Syncs that have ended, by what they came to.",
       {"source", "result"}},
      {Metric::kSyncDuration,
       "nmgr_sync_duration_seconds",
       "histogram",
       "How long a sync took.",
       {"source"}},
      {Metric::kCommitInfo,
       "nmgr_source_commit_info",
       "gauge",
       "The commit that was fetched last, as a label.",
       {"source", "commit"}},
      {Metric::kLastSuccess,
       "nmgr_source_last_success_timestamp_seconds",
       "gauge",
       "When the source was last asked with success.",
       {"source"}},
      {Metric::kJobs, "nmgr_jobs", "gauge", "Jobs of the source.", {"source", "verdict"}},
      {Metric::kJobVerdict,
       "nmgr_job_verdict",
       "gauge",
       "1 with the verdict of the job as a label.",
       {"source", "namespace", "nomad_job", "verdict"}},
      {Metric::kJobDriftSince,
       "nmgr_job_drift_since_timestamp_seconds",
       "gauge",
       "Since when the job is not what its spec says, by somebody else's hand.",
       {"source", "namespace", "nomad_job"}},
      {Metric::kNomadErrors,
       "nmgr_nomad_request_errors_total",
       "counter",
       "Questions to Nomad that failed.",
       {"op"}},
      {Metric::kFetchErrors,
       "nmgr_git_fetch_errors_total",
       "counter",
       "Looks at a repository that failed.",
       {"source"}},
      {Metric::kWebhooks,
       "nmgr_webhook_total",
       "counter",
       "Hooks that came in, by what they came to.",
       {"receiver", "result"}},
      {Metric::kImageDrift,
       "nmgr_image_digest_drift",
       "gauge",
       "1 where the registry has another image under the reference than was started.",
       {"image"}},
      {Metric::kRegistryRequests,
       "nmgr_registry_requests_total",
       "counter",
       "Questions to registries, by their status.",
       {"host", "code"}},
      {Metric::kVariableBytes,
       "nmgr_variable_bytes",
       "gauge",
       "Size of a Nomad variable of the daemon; Nomad takes no more than 65536.",
       {"path"}},
      {Metric::kNotifications,
       "nmgr_notifications_total",
       "counter",
       "Notifications, by what became of them.",
       {"result"}},
  };
  return kRows;
}

double* Meters::Find(Metric metric, std::vector<std::string> labels) {
  AllSeries& series = series_[metric];
  const auto found = series.find(labels);
  if (found != series.end()) return &found->second;
  if (series.size() >= kMostSeries) return nullptr;
  return &series[std::move(labels)];
}

void Meters::Add(Metric metric, std::vector<std::string> labels, double by) {
  const std::scoped_lock lock(mutex_);
  if (double* const value = Find(metric, std::move(labels))) *value += by;
}

void Meters::Set(Metric metric, std::vector<std::string> labels, double value) {
  const std::scoped_lock lock(mutex_);
  if (double* const kept = Find(metric, std::move(labels))) *kept = value;
}

void Meters::Remove(Metric metric, const std::vector<std::string>& labels) {
  const std::scoped_lock lock(mutex_);
  series_[metric].erase(labels);
}

void Meters::ObserveSync(const std::string& source, Duration took) {
  const std::scoped_lock lock(mutex_);
  if (durations_.size() >= kMostSeries && !durations_.contains(source)) return;
  Histogram& one = durations_[source];
  const double seconds = std::chrono::duration<double>(took).count();
  ++one.count;
  one.sum += seconds;
  for (std::size_t i = 0; i < kDurationBuckets.size(); ++i) {
    if (seconds <= kDurationBuckets[i]) ++one.buckets[i];
  }
}

std::map<std::vector<std::string>, double> Meters::Series(Metric metric) const {
  const std::scoped_lock lock(mutex_);
  const auto found = series_.find(metric);
  return found == series_.end() ? AllSeries() : found->second;
}

std::map<std::string, Meters::Histogram> Meters::SyncDurations() const {
  const std::scoped_lock lock(mutex_);
  return durations_;
}

std::string MetricsText(const State& state, const Meters& meters) {
  std::map<Metric, AllSeries> made = FromState(state);
  std::string text;
  for (const MetricRow& row : Metrics()) {
    text += fmt::format("# HELP {} {}\n# TYPE {} {}\n", row.name, row.help, row.name, row.type);
    if (row.metric == Metric::kSyncDuration) {
      text += HistogramText(row, meters.SyncDurations());
      continue;
    }
    AllSeries series = meters.Series(row.metric);
    series.merge(made[row.metric]);
    for (const auto& [labels, value] : series)
      text += fmt::format("{}{} {}\n", row.name, InBraces(LabelText(row, labels)), value);
  }
  return text;
}

}  // namespace nmgr::serve
