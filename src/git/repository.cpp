#include "git/repository.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <string_view>
#include <system_error>
#include <utility>

#include "git/failure.h"
#include "nmgr/base/folders.h"
#include "nmgr/git/command.h"

namespace nmgr::git {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kKept[] = {"PATH",        "TMPDIR",      "http_proxy",
                                      "https_proxy", "HTTPS_PROXY", "all_proxy",
                                      "ALL_PROXY",   "no_proxy",    "NO_PROXY"};

// The last ones: faults of old commits that harm nobody, and that servers keep.
constexpr std::string_view kMirrorSettings[] = {
    "core.symlinks=false",
    "core.protectHFS=true",
    "core.protectNTFS=true",
    "core.bigFileThreshold=16m",
    "core.commitGraph=false",
    "core.multiPackIndex=false",
    "core.logAllRefUpdates=false",
    "credential.helper=",
    "fetch.recurseSubmodules=false",
    "fetch.unpackLimit=1",
    "gc.auto=0",
    "http.followRedirects=false",
    "http.lowSpeedLimit=1000",
    "http.lowSpeedTime=30",
    "log.showSignature=false",
    "maintenance.auto=false",
    "pack.threads=1",
    "pack.windowMemory=64m",
    "protocol.ext.allow=never",
    "submodule.recurse=false",
    "transfer.bundleURI=false",
    "transfer.fsckObjects=true",
};
constexpr std::string_view kHarmless[] = {"badDate",
                                          "badDateOverflow",
                                          "badEmail",
                                          "badName",
                                          "badTimezone",
                                          "missingEmail",
                                          "missingNameBeforeEmail",
                                          "missingSpaceBeforeDate",
                                          "missingSpaceBeforeEmail",
                                          "zeroPaddedDate",
                                          "zeroPaddedFilemode"};

std::vector<std::string> Settings() {
  std::vector<std::string> words;
  const auto add = [&words](std::string setting) {
    words.emplace_back("-c");
    words.push_back(std::move(setting));
  };
  for (const std::string_view setting : kMirrorSettings) add(std::string(setting));
  for (const std::string_view fault : kHarmless) {
    add(fmt::format("fetch.fsck.{}=ignore", fault));
    add(fmt::format("fsck.{}=ignore", fault));
  }
  return words;
}

}  // namespace

Repository::Repository(Path folder, Processes& processes, const Limits& limits)
    : folder_(std::move(folder)),
      processes_(processes),
      limits_(limits),
      lock_(folder_ + ".lock") {}

ProcessOptions Repository::Options(std::string_view transports) const {
  ProcessOptions options = CommandOptions(transports);
  options.only = {std::begin(kKept), std::end(kKept)};
  options.with.insert(options.with.end(),
                      {"GIT_DIR=" + folder_, "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null",
                       "GIT_ATTR_NOSYSTEM=1", "GIT_LFS_SKIP_SMUDGE=1", "HOME=" + folder_});
  options.limit = limits_.deadline;
  options.most_output = limits_.most_output;
  options.most_file = limits_.most_pack;
  if (held_) options.kept_open = held_->descriptor();
  return options;
}

Expected<ProcessResult> Repository::Run(std::vector<std::string> arguments, ProcessOptions options,
                                        const std::stop_token& stop) {
  std::vector<std::string> words = Settings();
  std::move(arguments.begin(), arguments.end(), std::back_inserter(words));
  auto result = processes_.Run(CommandLine(std::move(words)), "/", stop, options);
  const bool failed = !result || result->exit_code >= 128;
  if (failed && RemoveLeftovers() >= limits_.most_pack) {
    return Error{ErrorCode::kRejected,
                 fmt::format("{}: git was ended: what it fetched is larger than {} MiB", folder_,
                             limits_.most_pack >> 20U),
                 "keep what no spec needs in another repository"};
  }
  if (!result && result.error().code == ErrorCode::kNotFound) {
    return Error{ErrorCode::kConfig, "cannot run git: there is no such program",
                 "install the package git"};
  }
  return result;
}

Expected<ProcessResult> Repository::Ask(std::vector<std::string> arguments,
                                        const std::stop_token& stop,
                                        std::vector<std::string> variables) {
  ProcessOptions options = Options("none");
  for (std::string& variable : variables) {
    const std::string name = variable.substr(0, variable.find('=') + 1);
    std::erase_if(options.with, [&](const std::string& own) { return own.starts_with(name); });
    options.with.push_back(std::move(variable));
  }
  return Run(std::move(arguments), std::move(options), stop);
}

Error Repository::Failure(const ProcessResult& result) const {
  return {ErrorCode::kIo, fmt::format("{}: git failed: {}", folder_,
                                      MainLine(result.err.empty() ? result.out : result.err))};
}

Expected<std::string> Repository::Local(std::vector<std::string> arguments,
                                        const std::stop_token& stop,
                                        std::vector<std::string> variables) {
  TRY_ASSIGN(ProcessResult result, Ask(std::move(arguments), stop, std::move(variables)));
  if (result.exit_code != 0) return Failure(result);
  return std::move(result.out);
}

Expected<Differences> Repository::Differing(const std::string& older, const std::string& newer,
                                            const std::stop_token& stop) {
  TRY_ASSIGN(const std::string text, Local({"diff-tree", "-r", "-z", "--name-status",
                                            "--no-renames", "--no-ext-diff", older, newer},
                                           stop));
  std::optional<Differences> differences = ReadDifferences(text);
  if (!differences) return OddOutput("differences");
  return *std::move(differences);
}

Expected<ProcessResult> Repository::RunProgram(const std::vector<std::string>& words,
                                               const std::stop_token& stop) {
  return processes_.Run(words, "/", stop, Options("none"));
}

Expected<ProcessResult> Repository::Talk(std::vector<std::string> arguments,
                                         const Connection& connection,
                                         const std::stop_token& stop) {
  ProcessOptions options = Options(connection.transports);
  options.with.insert(options.with.end(), connection.variables.begin(), connection.variables.end());
  std::vector<std::string> words;
  for (const std::string& setting : connection.settings) words.insert(words.end(), {"-c", setting});
  std::move(arguments.begin(), arguments.end(), std::back_inserter(words));
  auto result = Run(std::move(words), std::move(options), stop);
  if (result) result->err = connection.secrets->HideAll(result->err);
  return result;
}

// What a git that was killed left: nobody else is at work here, and no child of an earlier process,
// which would hold the lock still.
std::uint64_t Repository::RemoveLeftovers() {
  std::error_code error;
  std::vector<fs::path> found;
  const auto add = [&found](const fs::path& path) {
    const std::string name = path.filename().string();
    if (name.ends_with(".lock") || name.starts_with("tmp_") || name.starts_with(".tmp-")) {
      found.push_back(path);
    }
  };
  for (const char* below : {"", "/objects", "/objects/pack"}) {
    for (fs::directory_iterator at(folder_ + below, error), end; !error && at != end;
         at.increment(error)) {
      add(at->path());
    }
  }
  for (fs::recursive_directory_iterator at(folder_ + "/refs", error), end; !error && at != end;
       at.increment(error)) {
    add(at->path());
  }
  std::uint64_t largest = 0;
  for (const fs::path& path : found) {
    const std::uint64_t size = fs::file_size(path, error);
    if (!error) largest = std::max(largest, size);
    fs::remove_all(path, error);
  }
  return largest;
}

Expected<void> Repository::Open(const std::stop_token& stop) {
  constexpr std::chrono::seconds kLock{10};
  if (!held_) {
    TRY_ASSIGN(FileLock::Held held, lock_.Acquire(kLock, stop));
    held_.emplace(std::move(held));
    RemoveLeftovers();
  }
  if (made_) return {};
  std::error_code error;
  if (!fs::exists(folder_ + "/HEAD", error)) return Remake(stop);
  made_ = true;
  return {};
}

Expected<void> Repository::Remake(const std::stop_token& stop) {
  made_ = false;
  const Path fresh = folder_ + ".new";
  TRY(RemoveTree(fresh));
  TRY(RemoveTree(folder_));
  TRY(MakeFolders(fresh));
  TRY_ASSIGN(
      const ProcessResult result,
      Ask({"init", "--quiet", "--bare", "--template=", "--", fresh}, stop, {"GIT_DIR=" + fresh}));
  if (result.exit_code != 0) {
    return Error{ErrorCode::kIo,
                 fmt::format("{}: cannot make a mirror: {}", folder_, MainLine(result.err))};
  }
  TRY(Rename(fresh, folder_));
  made_ = true;
  return {};
}

Expected<bool> Repository::IsSound(const std::stop_token& stop) {
  TRY_ASSIGN(const ProcessResult result,
             Ask({"fsck", "--no-dangling", "--no-reflogs", "--no-progress"}, stop));
  return result.exit_code == 0;
}

}  // namespace nmgr::git
