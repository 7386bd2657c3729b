#include "git/git_server.h"

#include <filesystem>
#include <stdexcept>

#include "nmgr/base/process.h"

namespace nmgr::testing {

GitOrigin::GitOrigin() {
  dir_.MakeFolder("origin");
  Git({"init", "-q", "-b", "main"});
}

void GitOrigin::Write(std::string_view relative, std::string_view content) {
  dir_.Write("origin/" + std::string(relative), content);
}

void GitOrigin::Remove(std::string_view relative) {
  dir_.Remove("origin/" + std::string(relative));
}

void GitOrigin::Link(std::string_view target, std::string_view relative) {
  std::filesystem::create_directories(DirName(dir_.At("origin/" + std::string(relative))));
  dir_.Link(target, "origin/" + std::string(relative));
}

std::string GitOrigin::Commit(const std::string& message) {
  Git({"add", "-A"});
  Git({"commit", "-q", "--allow-empty", "-m", message});
  return Git({"rev-parse", "HEAD"});
}

std::string GitOrigin::Git(std::vector<std::string> arguments) const {
  std::vector<std::string> line = {"git", "-c", "user.name=Ann Example", "-c",
                                   "user.email=ann@example.org"};
  line.insert(line.end(), arguments.begin(), arguments.end());
  ProcessOptions options;
  options.only = {"PATH", "TMPDIR"};
  options.with = {"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null", "HOME=" + dir_.path()};
  const auto result = RealProcesses().Run(line, path(), {}, options);
  if (!result) throw std::runtime_error(result.error().message);
  if (result->exit_code != 0) throw std::runtime_error(arguments[0] + ": " + result->err);
  std::string out = result->out;
  if (out.ends_with('\n')) out.pop_back();
  return out;
}

}  // namespace nmgr::testing
