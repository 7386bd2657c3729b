#include "nmgr/rollout/record.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <nlohmann/json.hpp>
#include <string_view>

#include "nmgr/base/text.h"
#include "nmgr/nomad/connection.h"

namespace nmgr::rollout {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kKind = "stopped jobs";

// FNV-1a: stable between builds and machines, and it need not be safe, since the key is compared.
std::uint64_t Fingerprint(std::string_view text) {
  std::uint64_t hash = 14695981039346656037ULL;
  for (const char c : text) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 1099511628211ULL;
  }
  return hash;
}

std::string RegionOf(const std::string& region) { return region == "global" ? "" : region; }

RecordKey Normal(RecordKey key) {
  key.address = nomad::NormalAddress(key.address);
  key.region = RegionOf(key.region);
  key.base_dir = RealPath(key.base_dir);
  return key;
}

std::string FolderOf(const Path& state_folder) { return JoinPath(state_folder, "stopped"); }

std::string HashOf(const RecordKey& key) {
  return fmt::format("{:016x}", Fingerprint(key.address + '\0' + key.region + '\0' + key.base_dir));
}

std::string LineOf(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string StoppedLine(const nomad::JobRef& ref, const std::string& at) {
  return LineOf(
      {{"stopped", ref.id}, {"namespace", ref.name_space}, {"region", ref.region}, {"at", at}});
}

Error NotARecord(const Path& path) {
  return {ErrorCode::kInvalid, path + " is no record of stopped jobs",
          "move the file away if it is not needed"};
}

bool IsOf(const Json& document, const RecordKey& key) {
  const RecordKey other =
      Normal({document.at("address").get<std::string>(), document.at("region").get<std::string>(),
              document.at("base_dir").get<std::string>()});
  return other.address == key.address && other.region == key.region &&
         other.base_dir == key.base_dir;
}

nomad::JobRef RefIn(const Json& entry, const char* id) {
  return {entry.at(id).get<std::string>(), entry.at("namespace").get<std::string>(),
          RegionOf(entry.at("region").get<std::string>())};
}

// What a kill between writing and renaming left. Of our own record, also in the old form, nobody
// writes any now, since we hold its lock; of others only what is older than any write lasts.
bool IsLeftOver(const std::string& name, const Path& path, const std::set<std::string>& own,
                WallTime now) {
  constexpr std::time_t kLongestWrite = 600;
  const std::size_t dot = name.rfind('.');
  if (dot == std::string::npos || name.size() - dot != 7) return false;
  const std::string target = name.substr(0, dot);
  if (own.contains(target)) return true;
  if (!target.ends_with(".json") && !target.ends_with(".jsonl")) return false;
  struct stat info {};
  return ::lstat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) &&
         WallTime::clock::to_time_t(now) - info.st_mtime > kLongestWrite;
}

void SweepLeftOvers(const Path& folder, const std::set<std::string>& own, WallTime now) {
  const auto entries = RealFileSystem().ListFolder(folder);
  if (!entries) return;
  for (const FolderEntry& entry : *entries) {
    const Path path = JoinPath(folder, entry.name);
    if (entry.kind == FileKind::kFile && IsLeftOver(entry.name, path, own, now)) {
      ::unlink(path.c_str());
    }
  }
}

}  // namespace

Path StoppedRecord::PathOf(const Path& state_folder, const RecordKey& key) {
  return JoinPath(FolderOf(state_folder), HashOf(Normal(key)) + ".jsonl");
}

Expected<std::unique_ptr<StoppedRecord>> StoppedRecord::Open(const Path& state_folder,
                                                             RecordKey key, Clock& clock) {
  const std::string plain_name = HashOf(key) + ".json";
  key = Normal(std::move(key));
  Path path = PathOf(state_folder, key);
  std::unique_ptr<StoppedRecord> record(
      new StoppedRecord(FolderOf(state_folder), std::move(path), std::move(key), clock));
  const std::lock_guard lock(record->mutex_);
  TRY(record->Read());
  record->old_names_ = {plain_name, HashOf(record->key_) + ".json"};
  TRY(record->ReadOldRecords());
  for (const auto& [ref, entry] : record->entries_) record->known_[ref] = entry.at;
  for (const auto& [name, entries] : record->old_) {
    for (const auto& [ref, at] : entries) record->known_[ref] = at;
  }
  return record;
}

nomad::JobRef StoppedRecord::Whole(nomad::JobRef ref) const {
  if (ref.name_space.empty()) ref.name_space = key_.name_space;
  ref.region = RegionOf(ref.region.empty() ? key_.region : ref.region);
  return ref;
}

std::string StoppedRecord::HeaderLine() const {
  return LineOf({{"record", kKind},
                 {"address", key_.address},
                 {"region", key_.region},
                 {"base_dir", key_.base_dir},
                 {"since", since_.empty() ? UtcText(clock_.Wall()) : since_}});
}

Expected<void> StoppedRecord::Take(std::string_view line) {
  const Json json = Json::parse(line, nullptr, false);
  if (lines_++ == 0) {
    const bool ours = json.is_object() && json.value("record", "") == kKind && IsOf(json, key_);
    if (ours) since_ = json.value("since", "");
    return ours ? Expected<void>() : NotARecord(path());
  }
  if (!json.is_object()) return {};  // what a loss of power left
  if (json.contains("stopped")) {
    entries_[RefIn(json, "stopped")] = {json.at("at").get<std::string>(), next_order_++};
  } else if (json.contains("started")) {
    entries_.erase(RefIn(json, "started"));
    if (entries_.empty()) since_ = json.value("at", since_);
  } else if (json.contains("took_over")) {
    taken_over_.insert(json.at("took_over").get<std::string>());
  }
  return {};
}

Expected<void> StoppedRecord::Read() {
  TRY_ASSIGN(const SharedLog::News news, log_.Read());
  if (news.anew) {
    entries_.clear();
    taken_over_.clear();
    lines_ = 0;
  }
  try {
    for (std::string_view rest = news.lines; !rest.empty();) {
      const std::size_t end = rest.find('\n');
      TRY(Take(rest.substr(0, end)));
      rest.remove_prefix(end + 1);
    }
  } catch (const Json::exception&) {
    return NotARecord(path());
  }
  return lines_ == 0 && !MayBeginWith(news.half) ? NotARecord(path()) : Expected<void>();
}

// Whether `half` is what a kill can have left of the first line.
bool StoppedRecord::MayBeginWith(std::string_view half) const {
  const std::string line = HeaderLine();
  const std::string_view fixed = std::string_view(line).substr(0, line.find(R"("since")"));
  return half.substr(0, fixed.size()) == fixed.substr(0, half.size());
}

// One that cannot be read is only ours where its name says so.
Expected<void> StoppedRecord::ReadOldRecords() {
  FileSystem& files = RealFileSystem();
  old_.clear();
  const auto entries = files.ListFolder(folder_);
  if (!entries) return {};
  for (const FolderEntry& found : *entries) {
    const bool named = old_names_.contains(found.name);
    if (!found.name.ends_with(".json") || taken_over_.contains(found.name)) continue;
    if (found.kind != FileKind::kFile && !named) continue;
    const Path path = JoinPath(folder_, found.name);
    const auto text = files.ReadFile(path, kMaxFileSize);
    if (!text && named) return text.error();
    if (!text) continue;
    try {
      const Json document = Json::parse(*text);
      if (!IsOf(document, key_)) {
        if (named) return NotARecord(path);
        continue;
      }
      std::vector<std::pair<nomad::JobRef, std::string>>& jobs = old_[found.name];
      for (const Json& entry : document.at("jobs")) {
        jobs.emplace_back(RefIn(entry, "id"), entry.at("stopped_at").get<std::string>());
      }
    } catch (const Json::exception&) {
      old_.erase(found.name);
      if (named) return NotARecord(path);
    }
  }
  return {};
}

// With the lock: `lines` and what has to go before them.
Expected<void> StoppedRecord::Change(const std::string& lines) {
  std::string all = lines_ == 0 ? HeaderLine() : "";
  std::vector<std::string> took;
  if (!old_.empty()) {
    TRY(ReadOldRecords());
    for (const auto& [name, jobs] : old_) {
      for (const auto& [ref, at] : jobs) {
        if (!entries_.contains(ref)) all += StoppedLine(ref, at);
      }
      all += LineOf({{"took_over", name}});
      took.push_back(name);
    }
  }
  all += lines;
  TRY(log_.Append(all));
  std::string_view rest = all;
  for (; !rest.empty(); rest.remove_prefix(rest.find('\n') + 1)) {
    TRY(Take(rest.substr(0, rest.find('\n'))));
  }
  if (!took.empty()) {
    TRY(log_.Sync());
    for (const std::string& name : took) ::unlink(JoinPath(folder_, name).c_str());
    old_.clear();
  }
  if (!swept_) {
    std::set<std::string> own = old_names_;
    own.insert(BaseName(path()));
    SweepLeftOvers(folder_, own, clock_.Wall());
  }
  swept_ = true;
  return Shorten();
}

Expected<void> StoppedRecord::Shorten() {
  constexpr std::size_t kWorthIt = 256;
  if (lines_ < kWorthIt || lines_ < 4 * entries_.size()) return {};
  std::string all = HeaderLine();
  std::size_t lines = 1;
  for (const std::string& name : taken_over_) {
    if (RealFileSystem().Stat(JoinPath(folder_, name))) {
      all += LineOf({{"took_over", name}});
      ++lines;
    }
  }
  for (const StoppedJob& job : Sorted()) {
    all += StoppedLine(job.ref, job.stopped_at);
    ++lines;
  }
  TRY(log_.Replace(all));
  lines_ = lines;
  return {};
}

Expected<void> StoppedRecord::Try() {
  const std::lock_guard lock(mutex_);
  TRY_ASSIGN(const SharedLog::Lock between_processes, log_.Acquire());
  TRY(Read());
  TRY(Change(LineOf({{"tried", UtcText(clock_.Wall())}})));
  return log_.Sync();
}

Expected<void> StoppedRecord::Add(const nomad::JobRef& ref, std::string stopped_at) {
  const nomad::JobRef whole = Whole(ref);
  const auto add = [&]() -> Expected<void> {
    const std::lock_guard lock(mutex_);
    TRY_ASSIGN(const SharedLog::Lock between_processes, log_.Acquire());
    TRY(Read());
    TRY(Change(StoppedLine(whole, stopped_at)));
    known_[whole] = std::move(stopped_at);
    return {};
  };
  Expected<void> added = add();
  if (added) added = log_.Sync();
  if (added) return {};
  const std::lock_guard lock(mutex_);
  if (missed_.empty() && told_) told_(added.error());
  missed_.insert(whole);
  return added;
}

Expected<void> StoppedRecord::Remove(const nomad::JobRef& ref) {
  const nomad::JobRef whole = Whole(ref);
  const std::lock_guard lock(mutex_);
  const auto known = known_.find(whole);
  if (known == known_.end()) return {};
  TRY_ASSIGN(const SharedLog::Lock between_processes, log_.Acquire());
  TRY(Read());
  const bool taken_over_now = !old_.empty();
  const auto entry = entries_.find(whole);
  const bool same = entry != entries_.end() ? entry->second.at == known->second : taken_over_now;
  if (!same) return {};
  TRY(Change(LineOf({{"started", whole.id},
                     {"namespace", whole.name_space},
                     {"region", whole.region},
                     {"at", UtcText(clock_.Wall())}})));
  known_.erase(known);
  return {};
}

std::vector<StoppedJob> StoppedRecord::Sorted() const {
  std::vector<std::pair<std::uint64_t, StoppedJob>> ordered;
  for (const auto& [ref, entry] : entries_) ordered.push_back({entry.order, {ref, entry.at}});
  std::sort(ordered.begin(), ordered.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<StoppedJob> jobs;
  for (const auto& [name, old] : old_) {
    for (const auto& [ref, at] : old) {
      if (!entries_.contains(ref)) jobs.push_back({ref, at});
    }
  }
  for (auto& [order, job] : ordered) jobs.push_back(std::move(job));
  return jobs;
}

bool StoppedRecord::Holds(const nomad::JobRef& ref) const {
  const std::lock_guard lock(mutex_);
  const nomad::JobRef whole = Whole(ref);
  if (entries_.contains(whole)) return true;
  return std::any_of(old_.begin(), old_.end(), [&whole](const auto& old) {
    return std::any_of(old.second.begin(), old.second.end(),
                       [&whole](const auto& job) { return job.first == whole; });
  });
}

std::vector<StoppedJob> StoppedRecord::jobs() const {
  const std::lock_guard lock(mutex_);
  return Sorted();
}

std::string StoppedRecord::since() const {
  const std::lock_guard lock(mutex_);
  return since_;
}

bool StoppedRecord::Missed(const nomad::JobRef& ref) const {
  const std::lock_guard lock(mutex_);
  return missed_.contains(Whole(ref));
}

}  // namespace nmgr::rollout
