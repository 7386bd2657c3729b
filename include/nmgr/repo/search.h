// Which specs hold a string. Texts are searched as they are, so that a spec which does not parse is
// found too.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "nmgr/base/expected.h"
#include "nmgr/base/line_matcher.h"
#include "nmgr/repo/repo.h"

namespace nmgr::repo {

struct SearchOptions {
  bool regular_expression = false;  // RE2's dialect
  bool ignore_case = false;
  bool word = false;       // only where it is no part of a longer word
  bool configs = false;    // the config files beside the specs too
  bool evaluated = false;  // the flat text of what evaluates; lines are its own
};

// One line that matches.
struct Match {
  Path path;
  std::size_t line = 0;  // from 1
  std::string text;      // without its line ending
};

struct SpecMatches {
  std::vector<Match> matches;
  std::vector<std::string> warnings;  // what could not be searched, or not as asked
};

// kUsage for a pattern that is to be a regular expression and is none.
Expected<LineMatcher> MakeMatcher(const std::string& pattern, const SearchOptions& options);

// One for each of `specs`. After a stop request of the repository's access the rest is left
// unsearched.
std::vector<SpecMatches> Search(const Repo& repo, const std::vector<SpecPtr>& specs,
                                const LineMatcher& matcher, const SearchOptions& options);

}  // namespace nmgr::repo
