#include "actions/all_actions.h"

#include <algorithm>
#include <array>

namespace nmgr::actions {

// In the order of the help.
std::span<const Action> AllActions() {
  static const std::array kActions = {
      ListAction(),    FindAction(),    GraphAction(),  StatusAction(),     ImageAction(),
      PlanAction(),    UpAction(),      DownAction(),   ReconcileAction(),  RestartAction(),
      PromoteAction(), HistoryAction(), RevertAction(), UndoAction(),       LogsAction(),
      ExecAction(),    EditAction(),    SetAction(),    RenderAction(),     ValidateAction(),
      ServeAction(),   SyncAction(),    ConfigAction(), CompletionAction(),
  };
  return kActions;
}

bool HasOutput(const Action& action, std::string_view form) {
  const auto claims = [form](const Action& one) {
    return std::find(one.outputs.begin(), one.outputs.end(), form) != one.outputs.end();
  };
  const std::span<const Action> all = AllActions();
  return claims(action) || std::none_of(all.begin(), all.end(), claims);
}

}  // namespace nmgr::actions
