#include "nmgr/rollout/record.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <ctime>
#include <nlohmann/json.hpp>
#include <string_view>

namespace nmgr::rollout {
namespace {

// FNV-1a: stable between builds and machines, and it need not be safe, since Open compares the key.
std::uint64_t Fingerprint(std::string_view text) {
  std::uint64_t hash = 14695981039346656037ULL;
  for (const char c : text) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 1099511628211ULL;
  }
  return hash;
}

nlohmann::json ToJson(const RecordKey& key, const std::vector<StoppedJob>& stopped) {
  nlohmann::json jobs = nlohmann::json::array();
  for (const StoppedJob& job : stopped) {
    jobs.push_back({{"id", job.ref.id},
                    {"namespace", job.ref.name_space},
                    {"region", job.ref.region},
                    {"stopped_at", job.stopped_at}});
  }
  return {{"address", key.address},
          {"region", key.region},
          {"base_dir", key.base_dir},
          {"jobs", std::move(jobs)}};
}

Error NotARecord(const Path& path) {
  return {ErrorCode::kInvalid, path + " is no record of stopped jobs",
          "move the file away if it is not needed"};
}

std::vector<StoppedJob> JobsOf(const nlohmann::json& document, const RecordKey& key) {
  if (document.at("address") != key.address || document.at("region") != key.region ||
      document.at("base_dir") != key.base_dir) {
    throw nlohmann::json::other_error::create(0, "another key", nullptr);
  }
  std::vector<StoppedJob> jobs;
  for (const nlohmann::json& entry : document.at("jobs")) {
    jobs.push_back({{entry.at("id").get<std::string>(), entry.at("namespace").get<std::string>(),
                     entry.at("region").get<std::string>()},
                    entry.at("stopped_at").get<std::string>()});
  }
  return jobs;
}

}  // namespace

Path StoppedRecord::PathOf(const Path& state_folder, const RecordKey& key) {
  const std::string whole = key.address + '\0' + key.region + '\0' + key.base_dir;
  return JoinPath(state_folder, fmt::format("stopped/{:016x}.json", Fingerprint(whole)));
}

Expected<std::unique_ptr<StoppedRecord>> StoppedRecord::Open(FileSystem& files,
                                                             const Path& state_folder,
                                                             RecordKey key) {
  Path path = PathOf(state_folder, key);
  std::unique_ptr<StoppedRecord> record(new StoppedRecord(files, std::move(path), std::move(key)));
  TRY(record->Read());
  return record;
}

nomad::JobRef StoppedRecord::Whole(nomad::JobRef ref) const {
  if (ref.name_space.empty()) ref.name_space = key_.name_space;
  if (ref.region.empty()) ref.region = key_.region;
  return ref;
}

Expected<void> StoppedRecord::Read() {
  auto text = files_.ReadFile(path_, kMaxFileSize);
  if (!text && text.error().code == ErrorCode::kNotFound) {
    jobs_.clear();
    return {};
  }
  if (!text) return std::move(text).error();
  try {
    jobs_ = JobsOf(nlohmann::json::parse(*text), key_);
  } catch (const nlohmann::json::exception&) {
    return NotARecord(path_);
  }
  return {};
}

Expected<void> StoppedRecord::Write() const {
  using nlohmann::json;
  return files_.WriteFileAtomically(
      path_, ToJson(key_, jobs_).dump(2, ' ', false, json::error_handler_t::replace) + "\n");
}

Expected<void> StoppedRecord::Add(const nomad::JobRef& ref, std::string stopped_at) {
  const std::lock_guard lock(mutex_);
  TRY(Read());
  nomad::JobRef whole = Whole(ref);
  std::erase_if(jobs_, [&whole](const StoppedJob& job) { return job.ref == whole; });
  jobs_.push_back({std::move(whole), std::move(stopped_at)});
  return Write();
}

Expected<void> StoppedRecord::Remove(const nomad::JobRef& ref) {
  const std::lock_guard lock(mutex_);
  const auto same = [whole = Whole(ref)](const StoppedJob& job) { return job.ref == whole; };
  if (std::none_of(jobs_.begin(), jobs_.end(), same)) return {};
  TRY(Read());
  std::erase_if(jobs_, same);
  return Write();
}

bool StoppedRecord::Holds(const nomad::JobRef& ref) const {
  const std::lock_guard lock(mutex_);
  return std::any_of(jobs_.begin(), jobs_.end(),
                     [whole = Whole(ref)](const StoppedJob& job) { return job.ref == whole; });
}

std::vector<StoppedJob> StoppedRecord::jobs() const {
  const std::lock_guard lock(mutex_);
  return jobs_;
}

std::string UtcNow() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

}  // namespace nmgr::rollout
