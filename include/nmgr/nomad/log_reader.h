// One log of one task, read so that nothing of it comes twice and nothing is left out, also where
// the connection breaks in the middle or the log is rotated meanwhile.
//
// Nomad tells with each piece in which file it ends and where, but takes as the start of a request
// an offset over all files that are there just then. So a log goes on in its first file by its
// offset, and in later ones by asking for the last bytes of the log, more and more of them, and
// dropping what is known already.
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
  // How a pass over the log went.
  struct Pass {
    bool first = true;   // no frame yet
    bool gap = false;    // it begins behind the place: more has to be asked for
    bool ended = false;  // `take` had enough
  };

  Expected<void> Read(bool follow, const std::function<bool(std::string_view bytes)>& take,
                      const Call& call);
  // False where the pass has to end.
  bool TakeFrame(LogFrame& frame, bool accept_gaps, Pass& pass,
                 const std::function<bool(std::string_view bytes)>& take);
  // What of the frame is new; moves the place behind it.
  std::string_view News(const LogFrame& frame);

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
