// What tasks have written beyond what they write by themselves: tests add to it, rotate it, and
// break the connections that read it (POST /fake/log).
#pragma once

#include <map>
#include <string>
#include <tuple>
#include <vector>

namespace nmgr::fake {

// One log: its files by number, of which the oldest may be gone.
struct Log {
  std::size_t first = 0;
  std::vector<std::string> files = {""};
};

class LogBook {
 public:
  using Key = std::tuple<std::string, std::string, std::string>;  // allocation, task, stream

  Log& Of(const Key& key) { return logs_[key]; }
  // Every answer under way breaks off.
  void Cut() { ++cuts_; }
  int cuts() const { return cuts_; }

 private:
  std::map<Key, Log> logs_;
  int cuts_ = 0;
};

}  // namespace nmgr::fake
