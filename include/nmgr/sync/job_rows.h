// Which jobs of a name space have moved between two lists of it: their registers, their status, or
// how many allocations of each group are in which state (those that failed and those that are
// complete stay counted, so one that was replaced shows, too).
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "nmgr/nomad/types.h"

namespace nmgr::sync {

class JobRows {
 public:
  // Takes the rows that are there now. The IDs of those that have come, gone or changed since the
  // time before; of a job that was launched by another one that one's, too. The first time nothing
  // is known to have moved.
  std::set<std::string> Take(const std::vector<nomad::JobSummary>& rows);

 private:
  struct Row {
    std::uint64_t job_modify_index = 0;
    std::uint64_t create_index = 0;
    std::size_t digest = 0;  // of its status, and of what its summary counts
    std::string parent_id;
    friend bool operator==(const Row&, const Row&) = default;
  };
  bool known_ = false;
  std::map<std::string, Row> rows_;  // by ID
};

}  // namespace nmgr::sync
