#include "fake_nomad/variables.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace nmgr::fake {
namespace {

constexpr Nanos kDefaultTime = 15 * kSecond;
constexpr std::size_t kMostBytes = 65'536;
constexpr const char* kIsLocked = "attempting to modify locked variable";

Reply Refused(int status, std::string text) {
  Reply reply = ErrorReply(status, std::move(text));
  reply.index = 0;
  return reply;
}

Nanos TimeOf(const Json& lock, const char* key) {
  const Json& value = Member(lock, key);
  Nanos time = 0;
  std::string error;
  if (value.is_number()) time = value.get<Nanos>();
  if (value.is_string()) ParseGoDuration(value.get<std::string>(), time, error);
  return time == 0 ? kDefaultTime : time;
}

bool IsTooLarge(const Json& items) {
  std::size_t bytes = 0;
  for (const auto& [key, value] : items.items())
    bytes += key.size() + value.get_ref<const std::string&>().size();
  return bytes > kMostBytes;
}

Reply TooLargeReply() {
  return Refused(400, "RPC Error:: 400,variables are limited to 64KiB in total size");
}

// As the table's tree has it.
std::string TreeKey(const std::string& ns, const std::string& path) {
  return ns + std::string(1, '\0') + path;
}

std::size_t CommonBytes(const std::string& a, const std::string& b) {
  return static_cast<std::size_t>(std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first -
                                  a.begin());
}

}  // namespace

std::uint64_t Variables::Changed(const JobKey& key) {
  table_index_ = store_.NextIndex();
  changes_[TreeKey(key.ns, key.id) + std::string(1, '\0')] = table_index_;
  return table_index_;
}

std::string Variables::Watched(const std::string& ns, const std::string& prefix) const {
  if (ns == "*") return {};
  const std::string sought = TreeKey(ns, prefix);
  std::vector<std::string> keys;
  for (const auto& entry : records_)
    keys.push_back(TreeKey(entry.first.ns, entry.first.id) + std::string(1, '\0'));
  // Down the tree: `edge` leads to a node, whose own key is what all below the edge share.
  std::string edge;
  for (;;) {
    std::erase_if(keys, [&](const std::string& key) { return !key.starts_with(edge); });
    if (keys.empty()) return edge;
    std::string node = keys.front();
    for (const std::string& key : keys) node.resize(CommonBytes(node, key));
    if (sought.size() <= node.size() || !sought.starts_with(node)) return edge;
    const std::string next = sought.substr(0, node.size() + 1);
    const bool has_edge = std::any_of(
        keys.begin(), keys.end(), [&](const std::string& key) { return key.starts_with(next); });
    if (!has_edge) return edge;
    edge = next;
  }
}

std::uint64_t Variables::ChangedBelow(const std::string& watched) const {
  std::uint64_t last = 0;
  for (auto at = changes_.lower_bound(watched);
       at != changes_.end() && at->first.starts_with(watched); ++at) {
    last = std::max(last, at->second);
  }
  return last;
}

Json Variables::Shown(const JobKey& key, const Record& record, bool items) {
  Json shown = {{"CreateIndex", record.create_index},
                {"CreateTime", record.create_time},
                {"ModifyIndex", record.modify_index},
                {"ModifyTime", record.modify_time},
                {"Namespace", key.ns},
                {"Path", key.id}};
  if (items && !record.items.empty()) shown["Items"] = record.items;
  if (record.lock) {
    shown["Lock"] = {{"ID", record.lock->id},
                     {"TTL", FormatGoDuration(record.lock->ttl)},
                     {"LockDelay", FormatGoDuration(record.lock->delay)}};
  }
  return shown;
}

Reply Variables::List(const std::string& ns, const std::string& prefix, std::size_t per_page,
                      const std::string& next_token) const {
  Json page = Json::array();
  std::string next;
  for (const auto& [key, record] : records_) {
    const std::string token = key.ns + "." + key.id;
    if ((ns != "*" && key.ns != ns) || !key.id.starts_with(prefix) || token < next_token) continue;
    if (per_page != 0 && page.size() == per_page) {
      next = token;
      break;
    }
    page.push_back(Shown(key, record, false));
  }
  Reply reply = ReadReply([page = std::move(page)] { return page.dump(); }, table_index_);
  reply.next_token = next;
  reply.watched = Watched(ns, prefix);
  return reply;
}

Reply Variables::Read(const JobKey& key) const {
  const auto found = records_.find(key);
  if (found != records_.end()) {
    const Json shown = Shown(key, found->second, true);
    return ReadReply([shown] { return shown.dump(); }, found->second.modify_index);
  }
  Reply reply = Refused(404, "variable not found");
  reply.index = table_index_;
  reply.is_read = true;
  return reply;
}

Reply Variables::Conflict(const JobKey& key, const Record* current) {
  const Record zeroed;
  const Record& shown = current == nullptr ? zeroed : *current;
  return Refused(409, Shown(key, shown, true).dump());
}

Variables::Record& Variables::Put(const JobKey& key, const Json& items, Nanos now) {
  Record& record = records_[key];
  Touch(key, record);
  if (record.create_index == 0) {
    record.create_index = record.modify_index;
    record.create_time = now;
  }
  record.modify_time = now;
  record.items = items.is_object() ? items : Json::object();
  return record;
}

std::optional<Reply> Variables::Refusal(const JobKey& key, std::optional<std::uint64_t> cas,
                                        const std::string& lock_id) const {
  const auto found = records_.find(key);
  const Record* record = found == records_.end() ? nullptr : &found->second;
  if (cas && *cas != (record == nullptr ? 0 : record->modify_index)) {
    Reply reply = Conflict(key, record);
    if (record != nullptr) reply.index = record->modify_index;
    return reply;
  }
  if (record != nullptr && record->lock && record->lock->id != lock_id)
    return Conflict(key, nullptr);
  return std::nullopt;
}

Reply Variables::Write(const JobKey& key, std::optional<std::uint64_t> cas, const Json& body,
                       Nanos now) {
  const Json& given = Member(body, "Lock");
  const std::string id = Text(given, "ID");
  if (!Member(given, "TTL").is_null() || !Member(given, "LockDelay").is_null()) {
    return Refused(400,
                   "RPC Error:: 400,RPC Error:: 400,variable should not contain lock definition");
  }
  if (IsTooLarge(body["Items"])) return TooLargeReply();
  if (std::optional<Reply> refusal = Refusal(key, cas, id)) return *std::move(refusal);
  Record& record = Put(key, body["Items"], now);
  if (!id.empty()) {
    if (!record.lock) record.lock = Lock{id};
    record.lock->ttl = record.lock->delay = kDefaultTime;
  }
  return WriteReply(Shown(key, record, true), record.modify_index);
}

Reply Variables::Delete(const JobKey& key, std::optional<std::uint64_t> cas) {
  if (std::optional<Reply> refusal = Refusal(key, cas, "")) return *std::move(refusal);
  records_.erase(key);
  Changed(key);
  Reply reply;
  reply.status = 204;
  reply.index = table_index_;
  return reply;
}

Reply Variables::Acquire(const JobKey& key, const Json& body, Nanos now) {
  const Json& given = Member(body, "Lock");
  const Nanos ttl = TimeOf(given, "TTL");
  if (ttl < 10 * kSecond || ttl > 24 * 3600 * kSecond) {
    return Refused(400,
                   "RPC Error:: 400,1 error occurred:\n\t* TTL must be between 10 seconds and 24 "
                   "hours\n\n");
  }
  const Json& items = Member(body, "Items");
  if (items.is_object() && IsTooLarge(items)) return TooLargeReply();
  const auto found = records_.find(key);
  const Lock* held = found != records_.end() && found->second.lock ? &*found->second.lock : nullptr;
  if (held != nullptr && (held->expired || held->id != Text(given, "ID"))) {
    store_.NextIndex();  // a refused one costs an entry of the log, too
    Reply reply = Conflict(key, nullptr);
    reply.index.reset();
    return reply;
  }
  Record& record = Put(key, items, now);
  if (!record.lock) {
    const std::string id = Text(given, "ID");
    record.lock = Lock{id.empty() ? store_.NewId() : id};
    record.lock->expires = now + 2 * ttl;
    record.lock->waits = TimeOf(given, "LockDelay");
  }
  record.lock->ttl = ttl;
  record.lock->delay = TimeOf(given, "LockDelay");
  return WriteReply(Shown(key, record, true), record.modify_index);
}

Reply Variables::Renew(const JobKey& key, const std::string& id, Nanos now) {
  if (id.empty()) return ErrorReply(500, "1 error occurred:\n\t* missing lock ID\n\n");
  const auto found = records_.find(key);
  if (found == records_.end()) return ErrorReply(404, "variable doesn't exist");
  std::optional<Lock>& lock = found->second.lock;
  if (!lock) return ErrorReply(409, "variable doesn't hold a lock");
  if (lock->id != id || lock->expired || !lock->expires) return ErrorReply(409, kIsLocked);
  lock->expires = now + 2 * lock->ttl;
  return JsonReply(Shown(key, found->second, false));
}

Reply Variables::Release(const JobKey& key, const std::string& id) {
  const auto found = records_.find(key);
  if (found == records_.end()) return Refused(500, "variable doesn't exist");
  Record& record = found->second;
  if (!record.lock) return Refused(500, "variable doesn't hold a lock");
  if (record.lock->id != id) {
    Reply reply = Conflict(key, nullptr);
    reply.index.reset();
    return reply;
  }
  record.lock.reset();
  Touch(key, record);
  return WriteReply(Shown(key, record, false), record.modify_index);
}

std::optional<Nanos> Variables::DueOf(const Record& record) {
  if (!record.lock || !record.lock->expires) return std::nullopt;
  return *record.lock->expires + (record.lock->expired ? record.lock->waits : 0);
}

std::optional<Nanos> Variables::NextDue() const {
  std::optional<Nanos> next;
  for (const auto& entry : records_) {
    const std::optional<Nanos> due = DueOf(entry.second);
    if (due && (!next || *due < *next)) next = due;
  }
  return next;
}

void Variables::Advance(Nanos now) {
  for (auto& [key, record] : records_) {
    for (auto due = DueOf(record); due && *due <= now; due = DueOf(record)) {
      if (!std::exchange(record.lock->expired, true)) continue;
      record.lock.reset();
      Touch(key, record);
    }
  }
}

}  // namespace nmgr::fake
