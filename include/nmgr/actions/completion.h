// The completion scripts. They know no option and no action: for every word they ask the program
// itself (`nmgr __complete WORD...`, cli/completion.h), so that what they offer is always what this
// program takes.
#pragma once

#include <span>
#include <string_view>

namespace nmgr::actions {

struct CompletionScript {
  std::string_view shell;  // "bash"
  std::string_view text;
};
std::span<const CompletionScript> CompletionScripts();

// What the scripts call the program with.
inline constexpr std::string_view kCompleteWord = "__complete";
// Lines of the answer that ask the shell for its own paths.
inline constexpr std::string_view kFilesLine = ":files";
inline constexpr std::string_view kFoldersLine = ":folders";

}  // namespace nmgr::actions
