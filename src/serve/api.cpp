// GET below /api/v1.
#include <fmt/format.h>

#include "nmgr/base/text.h"
#include "nmgr/report/serve_view.h"
#include "serve/answers.h"
#include "serve/asked.h"

namespace nmgr::serve {
namespace {

using sync::JobStatus;
using sync::SourceStatus;

// What `nmgr sync status` shows of it, and what only a page's reader can use.
Json SourceJson(const SourceStatus& source, WallTime now) {
  const std::string stale = StaleReason(source, now);
  Json json = report::ToJson(source);
  json["fresh"] = stale.empty();
  json["stale_reason"] = stale;
  json["hint"] = source.hint;
  json["leader_address"] = source.leader_address;
  return json;
}

Json StatusJson(const State& state, WallTime now) {
  Json sources = Json::array();
  std::map<sync::Verdict, std::size_t> counts;
  bool fresh = true;
  for (const SourceStatus& source : state.sources) {
    const std::string stale = StaleReason(source, now);
    fresh = fresh && stale.empty();
    sources.push_back({{"name", source.name},
                       {"phase", WordOf(source.phase)},
                       {"commit", source.commit},
                       {"fresh", stale.empty()},
                       {"paused", source.paused.has_value()},
                       {"counts", report::ToJson(source.counts)}});
  }
  for (const JobStatus& job : state.jobs) ++counts[job.verdict];
  return {{"instance", state.instance},
          {"holder", state.holder},
          {"version", state.version},
          {"started", UtcText(state.started)},
          {"now", UtcText(now)},
          {"revision", state.revision},
          {"alive", state.alive},
          {"ready", state.ready},
          {"not_ready", state.not_ready},
          {"fresh", fresh},
          {"counts", report::ToJson(counts)},
          {"sources", std::move(sources)}};
}

// Whether the query asks for jobs like this one.
bool IsAskedFor(const JobStatus& job, const net::Target& target) {
  const auto fits = [&](std::string_view name, std::string_view value) {
    const auto wanted = target.Query(name);
    return !wanted || *wanted == value;
  };
  return fits("source", job.source) && fits("namespace", job.name_space) &&
         fits("verdict", WordOf(job.verdict));
}

net::Response NotThere(const Asked& asked, std::string_view what, const std::string& name,
                       const std::vector<std::string>& names) {
  return Refusal(
      asked.request.head, 404,
      fmt::format("there is no {} \"{}\".{}", what, EscapeControls(name), DidYouMean(name, names)));
}

}  // namespace

net::Response ShowStatus(const Asked& asked) {
  return JsonAnswer(200, StatusJson(*asked.state, asked.now));
}

net::Response ShowSources(const Asked& asked) {
  Json all = Json::array();
  for (const SourceStatus& source : asked.state->sources)
    all.push_back(SourceJson(source, asked.now));
  return JsonAnswer(200, {{"sources", std::move(all)}});
}

net::Response ShowSource(const Asked& asked) {
  const std::string& name = asked.names.at("source");
  std::vector<std::string> names;
  for (const SourceStatus& source : asked.state->sources) {
    if (source.name == name) return JsonAnswer(200, SourceJson(source, asked.now));
    names.push_back(source.name);
  }
  return NotThere(asked, "source", name, names);
}

net::Response ShowJobs(const Asked& asked) {
  const net::Target& target = asked.request.head.parts;
  if (const auto verdict = target.Query("verdict"); verdict && !sync::VerdictOf(*verdict)) {
    std::vector<std::string> words;
    for (const sync::VerdictRow& row : sync::Verdicts()) words.emplace_back(row.word);
    return Refusal(asked.request.head, 400,
                   "there is no such verdict; there are: " + Join(words, ", "));
  }
  Json all = Json::array();
  for (const JobStatus& job : asked.state->jobs) {
    if (IsAskedFor(job, target)) all.push_back(report::ToJson(job));
  }
  return JsonAnswer(200, {{"jobs", std::move(all)}});
}

net::Response ShowJob(const Asked& asked) {
  const std::string& name_space = asked.names.at("namespace");
  const std::string& id = asked.names.at("id");
  std::vector<std::string> names;
  for (const JobStatus& job : asked.state->jobs) {
    if (job.name_space != name_space) continue;
    if (job.id == id) return JsonAnswer(200, report::ToJson(job));
    names.push_back(job.id);
  }
  return NotThere(asked, "job", id, names);
}

// An event for each state that is seen, and a comment where there is none, so that both ends learn
// of a connection that is gone.
net::Response FollowEvents(const Asked& asked) {
  net::Response response = Answer(200, "text/event-stream", {});
  response.headers.emplace_back("X-Accel-Buffering", "no");
  const StateBoard& board = asked.context.board;
  Clock& clock = asked.context.clock;
  response.stream = [&board, &clock, seen = std::uint64_t{0},
                     first = true]() mutable -> std::optional<std::string> {
    const StatePtr state = board.Get();
    if (!first && state->revision == seen) return ": nothing new\n\n";
    const std::string_view start = first ? "retry: 3000\n\n" : "";
    first = false;
    seen = state->revision;
    return fmt::format(
        "{}event: state\nid: {}\ndata: {}\n\n", start, seen,
        StatusJson(*state, clock.Wall()).dump(-1, ' ', false, Json::error_handler_t::replace));
  };
  return response;
}

}  // namespace nmgr::serve
