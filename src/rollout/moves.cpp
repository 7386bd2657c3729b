#include "rollout/moves.h"

#include <algorithm>
#include <array>

namespace nmgr::rollout {
namespace {

JobResult RunPromoteFound(const JobRun& run) {
  return RunPromote(run, run.job.evidence.deployment->id);
}

}  // namespace

const MoveRow& RowOf(Move move) {
  static constexpr std::array kRows = {
      MoveRow{Move::kRegister, "register", RunRegister, "registered", Goal::kHealthy, true},
      MoveRow{Move::kStop, "stop", RunStop, "stopped", Goal::kGone},
      MoveRow{Move::kPurge, "purge", RunStop, "stopped", Goal::kGone},
      MoveRow{Move::kEvaluate, "evaluate", RunEvaluate, "evaluated"},
      MoveRow{Move::kRestart, "restart", RunRestart, "started anew", Goal::kHealthy, true},
      MoveRow{Move::kPromote, "promote", RunPromoteFound, "promoted", Goal::kHealthy, true},
      MoveRow{Move::kRestartInPlace, "restart_in_place", RunRestartInPlace, "restarted"},
      MoveRow{Move::kReschedule, "reschedule", RunRestartInPlace, "rescheduled"},
      MoveRow{Move::kRevert, "revert", RunRegister, "reverted", Goal::kHealthy, true},
      MoveRow{Move::kTakeDown, "take_down", RunTakeDown, "stopped", Goal::kGone},
      MoveRow{Move::kAwaitHealthy, "await", RunAwaitHealthy, "", Goal::kHealthy, true},
      MoveRow{Move::kAwaitGone, "await", RunStop, "", Goal::kGone},
      MoveRow{Move::kNothing, "nothing"},
      MoveRow{Move::kSkip, "skip"},
      MoveRow{Move::kFail, "fail"},
      MoveRow{Move::kBroken, "broken"},
  };
  static_assert(std::is_sorted(kRows.begin(), kRows.end(),
                               [](const auto& a, const auto& b) { return a.move < b.move; }));
  return kRows.at(static_cast<std::size_t>(move));
}

std::string_view MoveName(Move move) { return RowOf(move).name; }

bool IsWrite(Move move) { return !RowOf(move).written.empty(); }

bool IsAwait(Move move) { return RowOf(move).run != nullptr && !IsWrite(move); }

}  // namespace nmgr::rollout
