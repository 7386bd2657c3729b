// States, contexts and requests for the tests of this folder.
#pragma once

#include <string>
#include <vector>

#include "nmgr/net/http_head.h"
#include "nmgr/serve/routes.h"
#include "serve/answers.h"

namespace nmgr::serve::testing {

inline constexpr std::string_view kReadToken = "read-token-of-a-test";
inline constexpr std::string_view kOperateToken = "operate-token-of-a-test";

// Stands where a test puts it.
class FixedClock final : public Clock {
 public:
  TimePoint Now() override { return TimePoint{}; }
  WallTime Wall() override { return wall; }
  void Sleep(Duration, std::stop_token) override {}
  WallTime wall = WallTime{std::chrono::seconds(1'700'000'000)};
};

class NotingSteering final : public Steering {
 public:
  Expected<void> CarryOut(const Wish& wish, const std::stop_token&) override {
    wishes.push_back(wish);
    return answer;
  }
  std::vector<Wish> wishes;
  Expected<void> answer;
};

inline sync::SourceStatus Source(std::string name, WallTime now) {
  using std::chrono::seconds;
  sync::SourceStatus source;
  source.name = std::move(name);
  source.url = "https://git.example.org/team/" + source.name + ".git";
  source.ref = "refs/heads/main";
  source.commit = std::string(40, 'c');
  source.subject = "web: 1.4.2";
  source.author = "Somebody";
  source.fetched_at = now - seconds(20);
  source.applied_at = now - seconds(4000);
  source.next_look = now + seconds(40);
  source.leads = true;
  source.leader = "host-a:4711";
  source.counts = {{sync::Verdict::kInSync, 2}, {sync::Verdict::kHeld, 1}};
  source.history = {{now - seconds(4000), source.commit, "ok", 2, ""}};
  return source;
}

inline sync::JobStatus Job(std::string id, sync::Verdict verdict, std::string reason = {},
                           std::string hint = {}) {
  sync::JobStatus job;
  job.source = "homelab";
  job.name_space = "default";
  job.id = std::move(id);
  job.path = job.id + ".nomad.hcl";
  job.verdict = verdict;
  job.reason = std::move(reason);
  job.hint = std::move(hint);
  job.commit = std::string(40, 'c');
  job.since = WallTime{std::chrono::seconds(1'699'990'000)};
  return job;
}

inline const WallTime kNow{std::chrono::seconds(1'700'000'000)};

// A source, one job in sync, one held for its drift.
inline State SmallState(WallTime now) {
  State state;
  state.holder = "host-a:4711";
  state.version = "nmgr 0.0.0";
  state.ready = true;
  state.sources = {Source("homelab", now)};
  state.jobs = {Job("web", sync::Verdict::kInSync),
                Job("grafana", sync::Verdict::kHeld, "somebody changed its count",
                    "nmgr sync confirm homelab grafana")};
  state.jobs[1].hold = sync::Hold::kDrift;
  state.jobs[1].drift_since = now - std::chrono::seconds(3600);
  return state;
}

// Everything a request is answered from.
struct Setting {
  Setting() {
    access.read_token = kReadToken;
    access.operate_token = kOperateToken;
    access.hosts = {"nmgr.test"};
    board.Publish(SmallState(clock.wall));
  }
  Context context() { return {access, board, meters, clock, &steering, hooks}; }

  // What a client is answered: the refusal by its head, or what follows it.
  net::Response Ask(const std::string& method, const std::string& target,
                    const std::string& more_lines = {}, const std::string& body = {}) {
    const auto head = net::ReadHead(method + " " + target + " HTTP/1.1\r\nHost: " + host + "\r\n" +
                                    more_lines + "\r\n");
    if (!head) return {head.error().status, {}, {}, {}};
    net::Admission admission = Admit(context(), *head);
    if (admission.refusal) return *admission.refusal;
    if (body.size() > admission.most_body && !body.empty()) return {413, {}, {}, {}};
    return Respond(context(), {*head, body, {}});
  }
  // With the token to read.
  net::Response Get(const std::string& target) {
    return Ask("GET", target, "Authorization: Bearer " + std::string(kReadToken) + "\r\n");
  }
  net::Response Post(const std::string& target, const std::string& body = {}) {
    return Ask("POST", target, "Authorization: Bearer " + std::string(kOperateToken) + "\r\n",
               body);
  }

  FixedClock clock;
  Access access;
  StateBoard board;
  Meters meters;
  NotingSteering steering;
  HookDoor* hooks = nullptr;
  std::string host = "nmgr.test:8646";
};

inline std::string HeaderOf(const net::Response& response, std::string_view name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return {};
}

inline bool Has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace nmgr::serve::testing
