// What can be asked of the program and stands in no help: the entry of the completion scripts, the
// pages that the build makes (`__man`, `__reference`), and the options of the original nmgr that
// its own completion asked.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "nmgr/base/expected.h"
#include "nmgr/cli/run.h"

namespace nmgr::cli {

// `__complete WORD...`; --list-actions, --list-targets, --list-options; --completion, which
// installs bash's script where bash-completion looks for it ($XDG_DATA_HOME). The text for standard
// output, or nothing where `arguments` ask for none of them.
std::optional<Expected<std::string>> Unlisted(const World& world,
                                              const std::vector<std::string>& arguments);

}  // namespace nmgr::cli
