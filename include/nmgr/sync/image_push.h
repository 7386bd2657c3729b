// What becomes of a tag that points at another image than before, for one job that runs it. Pure:
// the first row that holds counts.
//
//   on_push = "off"                       nothing
//   every allocation was started since,   nothing: it runs the new one
//   and a start pulls
//   the image is younger than min_age     waits
//   it did not become healthy with it     told, and not tried again until the tag moves on
//   a start does not pull it              told that a restart would be in vain
//   on_push = "notify"                    told
//   held by a person, paused, no window   told, and waits
//   its job is not in sync                told, and waits: a sync comes first
//   else                                  restarted
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "nmgr/base/clock.h"
#include "nmgr/sync/decide.h"
#include "nmgr/sync/ledger.h"
#include "nmgr/sync/source.h"
#include "nmgr/sync/verdict.h"

namespace nmgr::sync {

enum class PushMove { kNothing, kWait, kTell, kRestart };

struct PushCase {
  std::string name;   // of the job, as it is typed
  std::string image;  // as the spec has it
  ImageRecord record;
  OnPush on_push = OnPush::kNotify;
  Duration min_age{0};
  bool pulls = false;
  std::vector<WallTime> starts;  // of the tasks that run it; none: nothing runs
  bool restarted = false;        // we did, for this digest
  Verdict verdict = Verdict::kInSync;
  bool held = false;  // `nmgr sync hold`
};

struct PushDecision {
  PushMove move = PushMove::kNothing;
  std::string reason;    // "docker.io/library/app:latest points at another image (sha256:1a2b…)"
  std::string hint;      // what to type
  bool current = false;  // it runs what the tag points at
};

PushDecision DecidePush(const PushCase& push, const Gates& gates, WallTime now);

}  // namespace nmgr::sync
