// Variables and the locks on them, as a real server keeps them (2.0.5), with its traps: a lock that
// nobody renews lives for twice its TTL and then its delay; acquiring again with the own ID does
// not restart that; a plain write that bears an ID locks what is not locked, for ever.
//
// A list that waits is woken as go-memdb's radix tree has it: by each change below the edge that
// leads to the deepest node that the prefix came to, which neighbours share where nothing was
// found.
//
// Raises the index of the store with each write. Timers are Advance()'s, as the cluster's.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "fake_nomad/http_types.h"
#include "fake_nomad/json.h"
#include "fake_nomad/store.h"

namespace nmgr::fake {

class Variables {
 public:
  // `store` must outlive it.
  explicit Variables(Store& store) : store_(store) {}

  // A page of metadata, from `next_token` on; `ns` "*" is all.
  Reply List(const std::string& ns, const std::string& prefix, std::size_t per_page,
             const std::string& next_token) const;
  Reply Read(const JobKey& key) const;
  // `cas`: nothing for a write without. `body`: "Items", and "Lock" where it bears one.
  Reply Write(const JobKey& key, std::optional<std::uint64_t> cas, const Json& body, Nanos now);
  Reply Delete(const JobKey& key, std::optional<std::uint64_t> cas);
  Reply Acquire(const JobKey& key, const Json& body, Nanos now);
  Reply Renew(const JobKey& key, const std::string& id, Nanos now);
  Reply Release(const JobKey& key, const std::string& id);

  // The edge that a list waits at: the keys below it begin so.
  std::string Watched(const std::string& ns, const std::string& prefix) const;
  // The index of the last change of a key that begins so; 0.
  std::uint64_t ChangedBelow(const std::string& watched) const;

  std::optional<Nanos> NextDue() const;
  void Advance(Nanos now);

 private:
  struct Lock {
    std::string id;
    Nanos ttl = 0;
    Nanos delay = 0;
    std::optional<Nanos> expires = {};  // twice the TTL after the last renewal; none: it never does
    Nanos waits = 0;                    // the delay that it was acquired with
    bool expired = false;               // its delay runs, until `expires` plus `waits`
  };
  struct Record {
    Json items = Json::object();
    std::uint64_t create_index = 0;
    std::uint64_t modify_index = 0;
    Nanos create_time = 0;
    Nanos modify_time = 0;
    std::optional<Lock> lock = {};
  };
  using Table = std::map<JobKey, Record>;

  static Json Shown(const JobKey& key, const Record& record, bool items);
  static std::optional<Nanos> DueOf(const Record& record);
  // With the variable as it is, or, where that is told to nobody, a zeroed one.
  static Reply Conflict(const JobKey& key, const Record* current);
  Record& Put(const JobKey& key, const Json& items, Nanos now);
  void Touch(const JobKey& key, Record& record) { record.modify_index = Changed(key); }
  std::uint64_t Changed(const JobKey& key);
  // The refusal of a write to `key`; nothing where it may be written.
  std::optional<Reply> Refusal(const JobKey& key, std::optional<std::uint64_t> cas,
                               const std::string& lock_id) const;

  Store& store_;
  Table records_;
  std::map<std::string, std::uint64_t> changes_;  // by the key of the tree: the index of its last
  std::uint64_t table_index_ = 1;
};

}  // namespace nmgr::fake
