// For the tests of the stand-in itself: its routes in process, on a clock of their own.
#pragma once

#include <string>
#include <vector>

#include "fake_nomad/cluster.h"
#include "fake_nomad/routes.h"

namespace nmgr::fake {

// What a client would get.
struct Answer {
  int status = 0;
  std::string text;
  Json json;  // null unless the answer is JSON
  Reply reply;
};

class RouteDriver {
 public:
  explicit RouteDriver(Behaviour behaviour = {}, Tokens tokens = {})
      : cluster_(std::move(behaviour), {"default"}, 1), routes_(cluster_, std::move(tokens)) {}

  Answer Ask(const std::string& method, const std::string& target, const std::string& body = {},
             const std::string& token = {}) {
    cluster_.Advance(now_);
    Reply reply = routes_.Handle(MakeRequest(method, target, body, token), now_);
    Answer answer{reply.status, reply.Body(), nullptr, reply};
    if (reply.content_type == "application/json" && !answer.text.empty())
      answer.json = Json::parse(answer.text);
    return answer;
  }
  Json Get(const std::string& target) { return Ask("GET", target).json; }
  Answer Post(const std::string& target, const Json& body) {
    return Ask("POST", target, body.dump());
  }
  Answer Register(const Json& job) { return Post("/v1/jobs", {{"Job", job}}); }
  Json Plan(const Json& job) {
    return Post("/v1/job/" + Text(job, "ID") + "/plan", {{"Job", job}, {"Diff", true}}).json;
  }

  void Pass(Nanos time) {
    now_ += time;
    cluster_.Advance(now_);
  }
  // Until nothing is due any more.
  void Settle() {
    while (const std::optional<Nanos> due = cluster_.NextDue()) {
      now_ = std::max(now_, *due);
      cluster_.Advance(now_);
    }
  }

  Cluster& cluster() { return cluster_; }
  Nanos now() const { return now_; }

 private:
  Nanos now_ = 1'795'234'275 * kSecond;
  Cluster cluster_;
  Routes routes_;
};

// A job with one group "app" of one task "server".
inline Json SmallJob(const std::string& id, const std::string& image = "web:1",
                     const char* type = "service") {
  return {{"ID", id},
          {"Type", type},
          {"TaskGroups",
           {{{"Name", "app"},
             {"Count", 1},
             {"Tasks",
              {{{"Name", "server"}, {"Driver", "docker"}, {"Config", {{"image", image}}}}}}}}}};
}

}  // namespace nmgr::fake
