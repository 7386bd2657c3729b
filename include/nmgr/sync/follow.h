// A version that the registry has and git does not, for sources that switch it on: the one way in
// which anything but git says what runs. Pure.
//
// For jobs whose image is `repo/name:${NOMAD_META_VERSION}` with `meta { VERSION = "…" }` (any
// key): a tag that fits `follow`, is newer and old enough becomes the value of that key. It is kept
// in the ledger's row of the job, shown wherever the job is, put into the spec before that is
// evaluated, and registered by the ordinary path, with all that may hold it.
//
// It ends when git says the same or more, when a person says `unfollow`, and when the pattern no
// longer takes it. A tag whose deployment failed gives way to the last one that became healthy, or
// to git's; after it only newer ones are taken, so nothing goes back and forth.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "nmgr/base/expected.h"

namespace re2 {
class RE2;
}

namespace nmgr::sync {

// `^1.2`, `~1.27`, `>=1.2 <2`, `1.x`, alternatives by `||`; or /an expression/, which has to match
// the whole tag. A range is about the numbers in front of a tag, after a `v`; whether the rest is
// right is decided by what runs: 1.28.0-alpine follows 1.27.3-alpine and not 1.27.3.
class TagPattern {
 public:
  // kUsage for what is neither.
  static Expected<TagPattern> Parse(const std::string& text);
  bool Fits(std::string_view tag) const;

 private:
  using Numbers = std::vector<std::uint64_t>;
  struct Bounds {
    Numbers least;  // inclusive
    Numbers below;  // exclusive; empty: none
    bool Hold(const Numbers& numbers) const;
  };
  static Expected<Bounds> ParseBounds(std::string_view text);

  std::vector<std::vector<Bounds>> any_of_;  // each: all of
  std::shared_ptr<const re2::RE2> expression_;
};

// What the ledger has of it.
struct FollowRow {
  std::string key;   // of meta
  std::string tag;   // in force instead of git's; "": git's
  std::string base;  // what git said when it was taken, or when it was dropped
  std::string good;  // the last one that became healthy; "": git's
  std::string bad;   // the newest one that did not
  bool off = false;  // dropped by a person, until git says something else than `base`

  bool empty() const { return *this == FollowRow(); }
  friend bool operator==(const FollowRow&, const FollowRow&) = default;
};

struct FollowCase {
  FollowRow row;
  std::string key;                      // as the spec has it
  std::string git;                      // its value there
  const TagPattern* pattern = nullptr;  // null: nothing is followed
  std::vector<std::string> tags;        // that the registry has, and that are old enough
  bool unfollow = false;                // a person asks for it
  bool failed = false;                  // the deployment of the spec with the tag has failed
  bool healthy = false;                 // the spec with the tag runs
};

struct FollowDecision {
  FollowRow row;
  std::string news;  // what has changed, in a sentence; ""
};

FollowDecision DecideFollow(const FollowCase& follow);

// "VERSION 1.3.0 of the registry is followed; git has 1.2.0"; "" where git's is in force.
std::string FollowWords(const FollowRow& row, std::string_view git);

}  // namespace nmgr::sync
