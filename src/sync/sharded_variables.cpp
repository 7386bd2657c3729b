#include "nmgr/sync/sharded_variables.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "nmgr/sync/state_paths.h"

namespace nmgr::sync {
namespace {

constexpr int kMostShardTries = 4;
// Nomad takes no variable without items, and the daemon may not delete any.
constexpr const char* kNothingKey = "-";
constexpr const char* kNothing = "nothing is kept here";

}  // namespace

ShardedVariables::ShardedVariables(nomad::VariableClient& client, nomad::VariableRef base,
                                   unsigned shards, Shorten shorten, Outlives outlives)
    : client_(client),
      base_(std::move(base)),
      shorten_(std::move(shorten)),
      outlives_(std::move(outlives)),
      shards_(shards) {}

// FNV-1a: the same in every build and for ever.
unsigned ShardedVariables::ShardOf(std::string_view key) const {
  std::uint32_t hash = 2'166'136'261U;
  for (const char c : key) hash = (hash ^ static_cast<unsigned char>(c)) * 16'777'619U;
  hash ^= hash >> 16U;
  return hash % static_cast<unsigned>(shards_.size());
}

nomad::VariableRef ShardedVariables::RefOf(unsigned number) const {
  nomad::VariableRef ref = base_;
  ref.path = ShardPath(base_.path, number);
  return ref;
}

std::map<std::string, std::string> ShardedVariables::Values() const {
  std::map<std::string, std::string> all;
  for (const Shard& shard : shards_) all.insert(shard.values.begin(), shard.values.end());
  return all;
}

void ShardedVariables::Set(const std::string& key, std::string value) {
  Shard& shard = shards_[ShardOf(key)];
  const auto [at, added] = shard.values.try_emplace(key);
  if (!added && at->second == value) return;
  at->second = std::move(value);
  shard.changed.insert(key);
}

// Wherever it stands: somebody may have written it into another variable than we would.
void ShardedVariables::Erase(const std::string& key) {
  shards_[ShardOf(key)].changed.insert(key);
  for (Shard& shard : shards_) {
    if (shard.values.erase(key) != 0) shard.changed.insert(key);
  }
}

void ShardedVariables::Forget() { shards_.assign(shards_.size(), {}); }

void ShardedVariables::LookAgain() {
  for (Shard& shard : shards_) shard.known = false;
}

std::size_t ShardedVariables::MostBytes() const {
  std::size_t most = 0;
  for (const Shard& shard : shards_) most = std::max(most, nomad::BytesOf(shard.stored));
  return most;
}

SaveReport ShardedVariables::Load(const nomad::Call& call) {
  SaveReport report;
  for (unsigned number = 0; number < shards_.size(); ++number) {
    if (!shards_[number].known && !Read(number, call, report)) break;
  }
  return report;
}

bool ShardedVariables::Read(unsigned number, const nomad::Call& call, SaveReport& report,
                            const nomad::VariableItems* sent) {
  Shard& shard = shards_[number];
  auto read = client_.ReadVariable(RefOf(number), {}, call);
  if (!read) {
    report.error = std::move(read).error();
    return false;
  }
  nomad::VariableItems items;
  std::uint64_t index = 0;
  if (read->value) {
    items = std::move(read->value->items);
    index = read->value->info.modify_index;
  }
  const bool own = items == shard.stored || (sent != nullptr && items == *sent);
  report.merged = report.merged || !shard.known || !own;
  const bool is_lost = (shard.known || shard.index != 0) && !own;
  if (is_lost) {
    report.deleted = report.deleted || (index == 0 && shard.known);
    report.troubles.push_back(
        index == 0 ? fmt::format("{} was deleted: what it remembered is lost", RefOf(number).path)
                   : fmt::format("{} was changed by somebody else: what it says now counts",
                                 RefOf(number).path));
  }
  std::map<std::string, std::string> values(items.begin(), items.end());
  values.erase(kNothingKey);
  for (const std::string& key : shard.changed) {
    const auto value = shard.values.find(key);
    if (value == shard.values.end()) {
      values.erase(key);
    } else if (!is_lost || outlives_(value->second)) {
      values[key] = value->second;
    }
  }
  shard.values = std::move(values);
  shard.stored = std::move(items);
  shard.index = index;
  shard.known = true;
  return true;
}

std::optional<nomad::VariableItems> ShardedVariables::Fit(const Shard& shard) const {
  nomad::VariableItems items(shard.values.begin(), shard.values.end());
  if (items.empty() && shard.index != 0) items.emplace(kNothingKey, kNothing);
  if (nomad::BytesOf(items) <= kShardCap) return items;
  constexpr std::array<std::size_t, 5> kLengths = {120, 80, 40, 20, 0};
  for (const std::size_t most : kLengths) {
    for (auto& [key, value] : items) value = shorten_(value, most);
    if (nomad::BytesOf(items) <= kShardCap) return items;
  }
  return std::nullopt;
}

void ShardedVariables::SaveOne(unsigned number, const nomad::Call& call, SaveReport& report) {
  Shard& shard = shards_[number];
  for (int tries = 0; tries < kMostShardTries; ++tries) {
    const std::optional<nomad::VariableItems> items = Fit(shard);
    if (!items) {
      report.troubles.push_back(
          fmt::format("{} is full: {} entries do not fit into {} bytes, even without their "
                      "reasons; it stays as "
                      "it was",
                      RefOf(number).path, shard.values.size(), kShardCap));
      return;
    }
    if (*items == shard.stored) {
      shard.changed.clear();
      return;
    }
    const auto written = client_.WriteVariable(RefOf(number), *items, shard.index, call);
    if (written) {
      ++report.written;
      shard.index = written->modify_index;
      shard.stored = *items;
      shard.changed.clear();
      return;
    }
    const bool again = nomad::MayWriteAgain(written.error());
    if (!again || tries + 1 == kMostShardTries) {
      report.error = written.error();
      return;
    }
    if (!Read(number, call, report, written.error().in_doubt ? &*items : nullptr)) return;
  }
}

SaveReport ShardedVariables::Save(const nomad::Call& call) {
  SaveReport report;
  for (unsigned number = 0; number < shards_.size(); ++number) {
    Shard& shard = shards_[number];
    if (!shard.known && !Read(number, call, report)) break;
    if (shard.changed.empty()) continue;
    SaveOne(number, call, report);
    if (report.error) break;
  }
  // Whoever deletes one deletes others: the next Save looks.
  if (report.deleted) LookAgain();
  return report;
}

}  // namespace nmgr::sync
