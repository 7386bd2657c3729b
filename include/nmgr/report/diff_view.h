// Nomad's plan of a job for a person to read.
//
//   ~ web (edited)
//     ~ meta.VERSION: 1 -> 2
//     ~ group app (1 create/destroy update)
//       ~ count: 1 -> 2 (forces create)
//       ~ task server (forces create/destroy update)
//         ~ config.image: nginx:1.26 -> nginx:1.27
//         ~ config.volumes:
//           + /srv/www:/www
//         ~ template local/site.conf
//           ~ data: (2 lines changed, hidden; --show-secrets shows them)
//     ! group app: 1 allocation cannot be placed: ...
//
// Names are those of the spec (`kill_timeout`, not `KillTimeout`), durations are written as people
// write them, and values of several lines are shown as text diffs. What did not change is left out;
// of what is new, the server's defaults are left out; of what goes away, only its name is told.
//
// Env values, template data and what stands under the name of a secret are hidden unless asked for:
// whole fields, and their place in arguments, labels and URLs (base/secrets.h).
#pragma once

#include <string>
#include <vector>

#include "nmgr/nomad/types.h"
#include "nmgr/report/reporter.h"

namespace nmgr::report {

struct DiffViewOptions {
  Painter paint = Plain;
  bool show_secrets = false;
  bool all_fields = false;  // also the defaults of what is new and the fields of what goes away
  std::string reveal_hint = "--show-secrets shows them";  // told at the first hidden value
};

// With a final line break. `title` names the job; `problems` are sentences about what cannot be
// placed.
std::string RenderPlan(const std::string& title, const nomad::JobPlan& plan,
                       const std::vector<std::string>& problems, const DiffViewOptions& options);

}  // namespace nmgr::report
