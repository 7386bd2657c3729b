#include "fake_nomad/behaviour.h"

#include <algorithm>

#include "nmgr/base/text.h"

namespace nmgr::fake {

bool Covers(const std::vector<std::string>& patterns, std::string_view job_id) {
  const std::string_view parent = job_id.substr(0, job_id.find('/'));
  return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
    return GlobMatch(pattern, job_id) || GlobMatch(pattern, parent);
  });
}

}  // namespace nmgr::fake
