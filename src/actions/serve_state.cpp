#include "actions/serve_state.h"

namespace nmgr::actions {

nomad::VariableRef StateVariable(const Env& env, sync::StateKind kind, const std::string& source) {
  const sync::ServeTable& serve = env.settings.serve.serve;
  nomad::VariableRef ref;
  ref.path = sync::StatePath(serve.instance, kind, source);
  ref.name_space =
      serve.name_space.empty() ? env.settings.repo.default_namespace : serve.name_space;
  return ref;
}

}  // namespace nmgr::actions
