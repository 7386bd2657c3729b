#include "actions/inner_env.h"

namespace nmgr::actions {

Env EnvWith(const Env& env, FileSystem& files, report::Reporter& out, const Settings& settings) {
  return {files,
          env.clock,
          env.processes,
          env.jobs,
          env.allocations,
          env.variables,
          env.contact,
          out,
          settings,
          env.home,
          env.state_folder,
          env.stop,
          env.interruption,
          env.acts,
          env.secrets,
          env.variable_files,
          env.cache_folder};
}

}  // namespace nmgr::actions
