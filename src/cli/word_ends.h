// Where the words of an option end: what CLI11 cannot tell, because its list options swallow
// targets and the next option.
//
// The words of a list (`--infra-jobs a b`) go on to the next option, to `--` or, before the action,
// to the first name of an action; the value of an optional one (`--forget [JOB]`) is the next word
// under the same conditions. Both are given to CLI11 attached (`--infra-jobs=a,b`). What else needs
// a value takes the next word, unless that begins with a dash: then the value has been forgotten.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "nmgr/base/expected.h"
#include "nmgr/cli/options.h"

namespace nmgr::cli {

struct AttachedWords {
  std::vector<std::string> words;  // for CLI11, in which every list has its words attached
  std::size_t behind_dashes = 0;   // how many of them, the last, stand behind `--`
  // Long name of a list option, and the words that it took without a `=`.
  std::vector<std::pair<std::string, std::string>> swallowed;
  const Option* awaited = nullptr;  // the option whose value the next word would be
};

// kUsage where a value is missing. `goes_on`: there is a word to come, which is being typed; a
// value that is missing elsewhere is passed over then.
Expected<AttachedWords> AttachWords(const std::vector<std::string>& arguments,
                                    bool goes_on = false);

// Adds what AttachWords attached to the values of its option. An empty value (`--base-dir=`) cannot
// be told to CLI11, which would take the next word, and stands there as a mark.
void AddAttached(const Option& row, std::string_view attached, std::vector<std::string>& values);

}  // namespace nmgr::cli
