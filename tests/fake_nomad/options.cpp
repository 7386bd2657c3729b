#include "fake_nomad/options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <utility>

namespace nmgr::fake {
namespace {

std::string Footer() {
  return fmt::format(
      "Job IDs of --fail, --broken, --never and --busy may be glob patterns; a parent's name "
      "covers its "
      "children.\n\n{}\n\nPUT /fake/fail/ALLOCATION lets the tasks of a "
      "running allocation exit with 1.\nPUT /fake/behaviour changes fail, broken, sick, never, "
      "busy, "
      "healthy_after_ms, gone_after_ms and "
      "kept_versions while the server runs.\nGET /fake/connections tells how many are open, and "
      "were at most.\nPUT /fake/log {{allocation, task, stream, data, "
      "rotate, "
      "forget, cut}} lets a task write.",
      kFaultHelp);
}

bool SplitAddress(const std::string& address, Options& options) {
  const std::size_t colon = address.rfind(':');
  if (colon == std::string::npos) return false;
  const std::string port = address.substr(colon + 1);
  if (port.empty() || port.find_first_not_of("0123456789") != std::string::npos) return false;
  options.host = address.substr(0, colon);
  options.port = std::atoi(port.c_str());
  return true;
}

}  // namespace

std::optional<Options> ParseOptions(int argc, char** argv, int* exit_code) {
  Options options;
  std::string listen = "127.0.0.1:0";
  int healthy_after = 30;
  int gone_after = 30;
  int latency = 0;
  std::vector<std::string> namespaces;
  std::vector<std::string> faults;

  CLI::App app{"A stand-in Nomad server for tests, benchmarks and demonstrations"};
  app.footer(Footer());
  app.add_option("--listen", listen, "HOST:PORT; port 0 takes a free one")->capture_default_str();
  app.add_option("--healthy-after", healthy_after, "milliseconds from placement to healthy")
      ->capture_default_str();
  app.add_option("--gone-after", gone_after, "milliseconds from stop to terminal allocations")
      ->capture_default_str();
  app.add_option("--latency", latency, "milliseconds added to every answer")->capture_default_str();
  const auto list = [&app](const char* flag, std::vector<std::string>& into, const char* help) {
    app.add_option(flag, into, help)
        ->type_size(1)
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  };
  list("--fail", options.behaviour.fail, "JOB whose allocations and deployment fail (repeatable)");
  list("--broken", options.behaviour.broken,
       "JOB whose tasks cannot be started, as where an image is missing (repeatable)");
  list("--sick", options.behaviour.sick,
       "JOB whose tasks run, but whose checks and deployment fail (repeatable)");
  list("--never", options.behaviour.never, "JOB that nothing can place (repeatable)");
  list("--busy", options.behaviour.busy, "batch JOB that runs until it is stopped (repeatable)");
  list("--namespace", namespaces, "NAME that exists besides \"default\" (repeatable)");
  list("--fault", faults, "what to answer instead of the truth, see below (repeatable)");
  app.add_option("--token", options.token, "refuse requests without this X-Nomad-Token");
  app.add_option("--read-token", options.read_token,
                 "a token that may read and parse, and no more");
  app.add_option("--log", options.log_path, "FILE for one JSON line a request");
  app.add_flag("--log-bodies", options.log_bodies, "what was sent, in the log too");
  app.add_option("--seed", options.seed, "of the identifiers")->capture_default_str();
  app.add_option("--parent", options.parent, "PID of the starter, to end when that one does");
  try {
    app.parse(argc, argv);
    if (!SplitAddress(listen, options)) throw CLI::ValidationError("--listen", "needs HOST:PORT");
    for (const std::string& text : faults) {
      const std::optional<Fault> fault = ParseFault(text);
      if (!fault.has_value())
        throw CLI::ValidationError("--fault", "cannot read, or can never match: \"" + text + "\"");
      options.faults.push_back(*fault);
    }
  } catch (const CLI::ParseError& error) {
    *exit_code = app.exit(error) == 0 ? 0 : 64;
    return std::nullopt;
  }
  options.behaviour.healthy_after = healthy_after * kMillisecond;
  options.behaviour.gone_after = gone_after * kMillisecond;
  options.latency = latency * kMillisecond;
  options.namespaces.insert(namespaces.begin(), namespaces.end());
  return options;
}

}  // namespace nmgr::fake
