// A map that is kept in several variables, each key in the one that its hash names: BASE/00,
// BASE/01, ... Read once, written only where something changed, each write a check-and-set.
//
// Whoever holds the lease writes, so a conflict means that somebody else has: a person, a leader
// before us that landed late, a backup. Then the variable is read again: what we changed since the
// last write is ours, everything else is as it stands there. Such a meeting is told, and so is a
// variable that is gone, whose memory is lost.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "nmgr/nomad/variable_client.h"

namespace nmgr::sync {

// Of keys and values; above it, values are shortened, then the variable is not written.
inline constexpr std::size_t kShardCap = 60'000;

struct SaveReport {
  std::size_t written = 0;            // variables
  std::vector<std::string> troubles;  // a sentence each: what was lost, what is full
  std::optional<Error> error;         // the first question that failed; the rest is tried again
  bool merged = false;                // what others wrote has come in
  bool deleted = false;               // a variable that was there is gone

  bool good() const { return troubles.empty() && !error; }
};

class ShardedVariables {
 public:
  // The value with at most `most` bytes of what matters least.
  using Shorten = std::function<std::string(const std::string& value, std::size_t most)>;

  // Whether a value that was changed here is written although somebody has deleted or overwritten
  // the variable that it was in.
  using Outlives = std::function<bool(const std::string& value)>;

  // `client` must outlive it. `shards`: a power of two, at most 256.
  ShardedVariables(
      nomad::VariableClient& client, nomad::VariableRef base, unsigned shards, Shorten shorten,
      Outlives outlives = [](const std::string&) { return true; });

  // Reads what is not known yet. A variable that is not there is empty.
  SaveReport Load(const nomad::Call& call);
  // Forgets what was read, so that Load() reads it all again; unsaved changes are lost.
  void Forget();
  // Nothing is known for sure any more: Load() reads all of it again, and keeps unsaved changes.
  void LookAgain();

  std::map<std::string, std::string> Values() const;
  void Set(const std::string& key, std::string value);
  void Erase(const std::string& key);

  // Writes each variable that changed; what is not known yet is read first.
  SaveReport Save(const nomad::Call& call);

  // What the largest variable takes.
  std::size_t MostBytes() const;
  unsigned ShardOf(std::string_view key) const;

 private:
  struct Shard {
    bool known = false;
    std::uint64_t index = 0;  // of the variable; 0: there is none
    nomad::VariableItems stored;
    std::map<std::string, std::string> values;
    std::set<std::string> changed;  // since it was stored
  };

  nomad::VariableRef RefOf(unsigned number) const;
  // False where it could not be read. `sent`: what may have been written, since no answer came.
  bool Read(unsigned number, const nomad::Call& call, SaveReport& report,
            const nomad::VariableItems* sent = nullptr);
  void SaveOne(unsigned number, const nomad::Call& call, SaveReport& report);
  // Nothing where it does not fit, however short.
  std::optional<nomad::VariableItems> Fit(const Shard& shard) const;

  nomad::VariableClient& client_;
  nomad::VariableRef base_;
  Shorten shorten_;
  Outlives outlives_;
  std::vector<Shard> shards_;
};

}  // namespace nmgr::sync
