// A rollout as lines of JSON while it goes on (`-o json --events`): each an object with its "type"
// and the time, whole, at once.
//
//   {"type":"decided","at":...,"action":"up","jobs":[...]}
//   {"type":"started","at":...,"id":"web",...,"move":"register","reason":"new"}
//   {"type":"progress","at":...,"id":"web",...,"text":"0 of 1 healthy","healthy":0,"desired":1}
//   {"type":"finished","at":...,"id":"web",...,"outcome":"done","summary":"healthy",...}
//   {"type":"summary","action":"up","jobs":[...],"exit_code":0}
//
// The last one is the document that `-o json` alone would print (Reporter::Finish). What goes on is
// then not told on stderr too; faults of specs, warnings and failures are, as ever.
#pragma once

#include "nmgr/base/clock.h"
#include "nmgr/report/rollout.h"

namespace nmgr::report {

class RolloutEvents final : public RolloutProgress {
 public:
  RolloutEvents(Reporter& out, Clock& clock)
      : RolloutProgress(out, Told::kFailures), out_(out), clock_(clock) {}

  void Decided(const rollout::Plan& plan, const std::vector<rollout::JobFacts>& jobs,
               bool dry_run) override;
  void Started(const rollout::JobFacts& job, const rollout::Step& step) override;
  void Said(const rollout::JobFacts& job, const rollout::WaitNews& news) override;
  void Noticed(const rollout::JobFacts& job, std::string_view what) override;
  void Finished(const rollout::JobFacts& job, const rollout::Step& step,
                const rollout::JobResult& result) override;

 private:
  void Put(const char* type, nlohmann::json event);

  Reporter& out_;
  Clock& clock_;
};

std::vector<JsonShape> EventShapes();

}  // namespace nmgr::report
