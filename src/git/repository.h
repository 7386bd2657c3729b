// The bare repository of a mirror: made, locked, asked, and made anew where it is broken.
//
// git is told everything by us: no configuration but the one that `git init` wrote, no variable but
// PATH, TMPDIR and the proxies.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "git/connection.h"
#include "nmgr/base/file_lock.h"
#include "nmgr/base/process.h"
#include "nmgr/git/mirror.h"
#include "nmgr/git/output.h"

namespace nmgr::git {

class Repository {
 public:
  Repository(Path folder, Processes& processes, const Limits& limits);

  const Path& folder() const { return folder_; }

  // Takes the lock and makes the repository, where that has not been done.
  Expected<void> Open(const std::stop_token& stop);
  // Empty afterwards. With the lock.
  Expected<void> Remake(const std::stop_token& stop);
  // Whether all that the refs lead to is there and whole.
  Expected<bool> IsSound(const std::stop_token& stop);

  // One command on what is here; `variables` beside ours. Errors: those of Processes::Run.
  Expected<ProcessResult> Ask(std::vector<std::string> arguments, const std::stop_token& stop,
                              std::vector<std::string> variables = {});
  // The same of one that has to succeed: what it prints. kIo where it fails.
  Expected<std::string> Local(std::vector<std::string> arguments, const std::stop_token& stop,
                              std::vector<std::string> variables = {});
  // kIo, with git's words.
  Error Failure(const ProcessResult& result) const;
  // What differs between the trees of two commits that are here.
  Expected<Differences> Differing(const std::string& older, const std::string& newer,
                                  const std::stop_token& stop);
  // Another program, with the same environment and bounds. kNotFound where there is none.
  Expected<ProcessResult> RunProgram(const std::vector<std::string>& words,
                                     const std::stop_token& stop);
  // One command that talks to the server.
  Expected<ProcessResult> Talk(std::vector<std::string> arguments, const Connection& connection,
                               const std::stop_token& stop);

 private:
  Expected<ProcessResult> Run(std::vector<std::string> arguments, ProcessOptions options,
                              const std::stop_token& stop);
  ProcessOptions Options(std::string_view transports) const;
  std::uint64_t RemoveLeftovers();  // the size of the largest

  const Path folder_;
  Processes& processes_;
  const Limits limits_;
  FileLock lock_;
  std::optional<FileLock::Held> held_;
  bool made_ = false;
};

}  // namespace nmgr::git
