#include "nmgr/git/command.h"

#include <iterator>
#include <string_view>
#include <utility>

namespace nmgr::git {
namespace {

constexpr std::string_view kForeign[] = {"GIT_ALTERNATE_OBJECT_DIRECTORIES",
                                         "GIT_ATTR_SOURCE",
                                         "GIT_COMMON_DIR",
                                         "GIT_CONFIG",
                                         "GIT_DIR",
                                         "GIT_EXTERNAL_DIFF",
                                         "GIT_GLOB_PATHSPECS",
                                         "GIT_GRAFT_FILE",
                                         "GIT_ICASE_PATHSPECS",
                                         "GIT_IMPLICIT_WORK_TREE",
                                         "GIT_INDEX_FILE",
                                         "GIT_INTERNAL_SUPER_PREFIX",
                                         "GIT_LITERAL_PATHSPECS",
                                         "GIT_NAMESPACE",
                                         "GIT_NOGLOB_PATHSPECS",
                                         "GIT_NO_REPLACE_OBJECTS",
                                         "GIT_OBJECT_DIRECTORY",
                                         "GIT_PREFIX",
                                         "GIT_QUARANTINE_PATH",
                                         "GIT_REPLACE_REF_BASE",
                                         "GIT_SHALLOW_FILE",
                                         "GIT_WORK_TREE"};

constexpr std::string_view kOwn[] = {"GIT_NO_LAZY_FETCH=1", "GIT_OPTIONAL_LOCKS=0",
                                     "GIT_TERMINAL_PROMPT=0", "LC_ALL=C"};

constexpr std::string_view kSettings[] = {"safe.bareRepository=explicit", "core.fsmonitor=false",
                                          "core.hooksPath=/dev/null", "core.preloadIndex=false"};

}  // namespace

std::vector<std::string> CommandLine(std::vector<std::string> arguments) {
  std::vector<std::string> line = {"git", "--no-pager", "--literal-pathspecs"};
  for (const std::string_view setting : kSettings) {
    line.insert(line.end(), {"-c", std::string(setting)});
  }
  std::move(arguments.begin(), arguments.end(), std::back_inserter(line));
  return line;
}

// An object that a partial clone lacks would be fetched, by programs of the repository's choice: no
// transport is allowed, also for versions of git that do not know GIT_NO_LAZY_FETCH.
ProcessOptions CommandOptions(std::string_view transports) {
  ProcessOptions options;
  options.without = {std::begin(kForeign), std::end(kForeign)};
  options.with = {std::begin(kOwn), std::end(kOwn)};
  options.with.push_back("GIT_ALLOW_PROTOCOL=" + std::string(transports));
  return options;
}

std::string Line(std::string text) {
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

}  // namespace nmgr::git
