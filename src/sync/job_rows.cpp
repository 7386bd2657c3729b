#include "nmgr/sync/job_rows.h"

#include <fmt/format.h>

#include <functional>

namespace nmgr::sync {
namespace {

std::size_t RowDigest(const nomad::JobSummary& row) {
  std::string text = fmt::format("{} {} {}", row.status, row.stop, row.submit_time_ns);
  for (const auto& [group, states] : row.groups) {
    text += "\n" + group;
    for (const auto& [state, count] : states) text += fmt::format(" {}={}", state, count);
  }
  return std::hash<std::string>()(text);
}

}  // namespace

std::set<std::string> JobRows::Take(const std::vector<nomad::JobSummary>& rows) {
  std::map<std::string, Row> now;
  for (const nomad::JobSummary& row : rows) {
    now[row.ref.id] = {row.job_modify_index, row.create_index, RowDigest(row), row.parent_id};
  }
  std::swap(rows_, now);
  const std::map<std::string, Row>& before = now;
  std::set<std::string> moved;
  if (!std::exchange(known_, true)) return moved;
  const auto note = [&moved](const std::string& id, const Row& row) {
    moved.insert(id);
    if (!row.parent_id.empty()) moved.insert(row.parent_id);
  };
  for (const auto& [id, row] : rows_) {
    const auto old = before.find(id);
    if (old == before.end() || old->second != row) note(id, row);
  }
  for (const auto& [id, row] : before) {
    if (!rows_.contains(id)) note(id, row);
  }
  return moved;
}

}  // namespace nmgr::sync
