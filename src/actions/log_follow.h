// logs -f: many logs at once, until they end or the run does.
#pragma once

#include <string>
#include <vector>

#include "actions/task_places.h"
#include "nmgr/nomad/log_reader.h"
#include "nmgr/report/log_view.h"

namespace nmgr::actions {

// A task's stdout or stderr.
struct LogSource {
  TaskPlace place;
  nomad::LogStream stream = nomad::LogStream::kStdout;

  nomad::LogRequest Request() const;
  report::LogOrigin Origin(std::string label) const;
  // "web.main[0] (1a2b3c4d on node-a), task nginx, stderr"
  std::string Name() const;
};

// What its lines bear in front among those of several allocations: the place and the task
// ("main[0]/nginx"), behind the job where there are several ("web.main[0]/nginx"), and behind the
// namespace where the job's ID stands in two of them ("ops/web.main[0]/nginx").
std::string LabelOf(const TaskPlace& place, bool several_jobs);

struct FollowOptions {
  std::vector<nomad::LogStream> streams;
  TaskWish wish;
  std::size_t tail = 10;  // lines of what is there at the start
  bool labels = false;
};

// An agent takes 100 connections of one host: so many streams, and the questions for allocations.
inline constexpr std::size_t kMostStreams = 40;

// Follows the logs of `jobs`, and of every allocation that comes later. What is more than
// kMostStreams is named. A connection that breaks is made again, and goes on where it was. A
// service is followed until the run is ended, also while nothing of it runs; a batch job, and an
// allocation that was named, until it has ended. Each stream has a thread, and so has each job.
ExitCode Follow(Env& env, const std::vector<LiveJob>& jobs, const FollowOptions& options,
                report::LogView& view);

}  // namespace nmgr::actions
