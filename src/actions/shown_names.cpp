#include "actions/shown_names.h"

#include <map>
#include <set>

namespace nmgr::actions {

std::vector<std::string> ShownNames(const std::vector<nomad::JobRef>& jobs,
                                    const std::vector<nomad::JobRef>& others) {
  std::map<std::string, std::set<std::string>> namespaces;  // by ID
  for (const auto* list : {&jobs, &others}) {
    for (const nomad::JobRef& job : *list) namespaces[job.id].insert(job.name_space);
  }
  std::vector<std::string> names;
  for (const nomad::JobRef& job : jobs) {
    const bool several = namespaces[job.id].size() > 1;
    names.push_back(several ? job.name_space + "/" + job.id : job.id);
  }
  return names;
}

}  // namespace nmgr::actions
