#include "actions/all_actions.h"

#include <array>

namespace nmgr::actions {

// In the order of the help.
std::span<const Action> AllActions() {
  static const std::array kActions = {
      ListAction(),     FindAction(),   GraphAction(),      StatusAction(),    ImageAction(),
      PlanAction(),     UpAction(),     DownAction(),       ReconcileAction(), RestartAction(),
      LogsAction(),     ExecAction(),   EditAction(),       SetAction(),       RenderAction(),
      ValidateAction(), ConfigAction(), CompletionAction(),
  };
  return kActions;
}

}  // namespace nmgr::actions
