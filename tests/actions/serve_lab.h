// A git repository in a temporary folder, the stand-in Nomad, and `nmgr serve` between them.
#pragma once

#include <chrono>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>

#include "actions/lab.h"

namespace nmgr::testing {

// Whether it does while somebody waits for it: half a minute and more, on a busy machine too.
inline bool ComesTrue(const std::function<bool()>& now) {
  for (int i = 0; i < 900; ++i) {
    if (now()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return false;
}

class ServeLab : public Lab {
 public:
  explicit ServeLab(FakeNomadOptions options = {}) : Lab(std::move(options)) {
    env["XDG_CACHE_HOME"] = dir.At("cache");
    env["NMGR_CONFIG"] = dir.At("config.toml");
    env["GIT_CONFIG_NOSYSTEM"] = "1";
    env["GIT_CONFIG_GLOBAL"] = "/dev/null";
    env.erase("NMGR_INFRA_JOBS");
    dir.MakeFolder("repo");
    Shell("git init -q -b main .");
    Config("");
  }

  // The usual source, with `more` lines in it and after it.
  void Config(const std::string& more) const {
    dir.Write("config.toml", "[source.lab]\nurl = \"file://" + dir.At("repo") + "\"\n" + more);
  }

  void File(const std::string& path, const std::string& text) const {
    dir.Write("repo/" + path, text);
  }
  void Web(const std::string& image) const { File("web.hcl", ServiceSpec("web", image)); }

  void Commit(const std::string& message = "change") const {
    Shell(
        "git add -A . && git -c user.name=Ann -c user.email=ann@example.org commit -q "
        "--allow-empty -m '" +
        message + "'");
  }
  void Shell(const std::string& line) const {
    NmgrOptions options = Options();
    options.folder = dir.At("repo");
    const NmgrResult result = RunShell(line, options);
    if (result.exit_code != 0) throw std::runtime_error(line + ": " + result.err);
  }

  NmgrResult Once(const Words& more = {}) const {
    Words words = {"serve", "--once"};
    words.insert(words.end(), more.begin(), more.end());
    return Run(words);
  }

  // The row of one job, from -o json.
  nlohmann::json Row(const std::string& id, const Words& more = {}) const {
    Words words = more;
    words.insert(words.end(), {"-o", "json"});
    const NmgrResult result = Once(words);
    const nlohmann::json json = nlohmann::json::parse(result.out);
    for (const nlohmann::json& job : json.at("jobs")) {
      if (job.at("id") == id) return job;
    }
    throw std::runtime_error("no row of " + id + ": " + result.out + result.err);
  }
  // "held (drift)"
  std::string VerdictOf(const std::string& id, const Words& more = {}) const {
    const nlohmann::json row = Row(id, more);
    const std::string hold = row.at("hold");
    return row.at("verdict").get<std::string>() + (hold.empty() ? "" : " (" + hold + ")");
  }
};

}  // namespace nmgr::testing
