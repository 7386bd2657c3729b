#include "cli/signals.h"
#include "nmgr/cli/run.h"

int main(int argc, char** argv) {
  nmgr::cli::HoldStandardStreams();
  const nmgr::cli::Signals signals;
  const nmgr::cli::World world{nmgr::RealFileSystem(), nmgr::RealClock(), nmgr::RealProcesses(),
                               nmgr::cli::ProcessEnvironment(), signals.token()};
  return nmgr::cli::Run(world, {argv + (argc > 0 ? 1 : 0), argv + argc});
}
