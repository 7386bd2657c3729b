// One log of one task, read so that nothing of it comes twice and nothing is left out, also where
// the connection breaks in the middle or the log is rotated meanwhile.
//
// Nomad tells with each piece the file that it is from, but where it ends in it only roughly:
// pieces that are written in quick succession are joined, and bear the offset of one of them. So a
// place is known by counting, from a start that is certain: the beginning of the oldest file, that
// of the newest (`origin=end&offset=0`), or an offset in the first file ever. What is known already
// is dropped.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "nmgr/nomad/allocation_client.h"

namespace nmgr::nomad {

class LogReader {
 public:
  LogReader(AllocationClient& client, LogRequest log, JobRef job)
      : client_(client), log_(std::move(log)), job_(std::move(job)) {}

  // The last `lines` lines as they are now; less where there are fewer. What is read afterwards
  // goes on behind them.
  Expected<std::string> Tail(std::size_t lines, const Call& call);

  // From where it is to the end as it is now, a piece at a time, until `take` returns false.
  Expected<void> ReadOn(const std::function<bool(std::string_view bytes)>& take, const Call& call);

  // The same and what is written later; never ends by itself, but when the connection breaks. Then
  // it is to be called again. `take` is called with "" once a second while nothing comes.
  Expected<void> Follow(const std::function<bool(std::string_view bytes)>& take, const Call& call);

  // Whether output was rotated away before it could be read; reset by the asking.
  bool LostSome() { return std::exchange(lost_, false); }

 private:
  // A place in the log: the number of a file, and an offset in it.
  struct Place {
    std::uint64_t file = 0;
    std::uint64_t offset = 0;
  };
  // One request, and where it stands in the log.
  struct Pass {
    LogStart start;
    std::optional<Place> at;  // behind the last frame; nothing before the first
    bool unclear = false;     // where it began cannot be told, or too late: begin with the oldest
    // The place of its first byte, which is in that file.
    std::optional<Place> Anchor(std::uint64_t file) const;
  };

  Expected<void> Read(bool follow, const std::function<bool(std::string_view bytes)>& take,
                      const Call& call);
  // False where the pass has to end.
  bool TakeFrame(const LogFrame& frame, Pass& pass,
                 const std::function<bool(std::string_view bytes)>& take);

  AllocationClient& client_;
  const LogRequest log_;
  const JobRef job_;
  std::optional<Place> place_;
  bool lost_ = false;
};

// "alloc/logs/web.stdout.3" is 3; 0 where there is no number.
std::uint64_t LogFileNumber(std::string_view file);

// The last `lines` lines of `text`, one that has no end yet among them.
std::string_view LastLines(std::string_view text, std::size_t lines);

}  // namespace nmgr::nomad
