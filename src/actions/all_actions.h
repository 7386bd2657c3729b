// One function per verb; each is in the file of its name.
#pragma once

#include "nmgr/actions/action.h"

namespace nmgr::actions {

Action ListAction();
Action FindAction();
Action StatusAction();
Action GraphAction();
Action ImageAction();
Action PlanAction();
Action UpAction();
Action DownAction();
Action ReconcileAction();
Action HistoryAction();
Action RevertAction();
Action UndoAction();
Action RestartAction();
Action PromoteAction();
Action LogsAction();
Action ExecAction();
Action EditAction();
Action SetAction();
Action RenderAction();
Action ValidateAction();
Action ServeAction();
Action SyncAction();
Action ConfigAction();
Action CompletionAction();

}  // namespace nmgr::actions
