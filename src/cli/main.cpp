#include "cli/signals.h"
#include "nmgr/base/system.h"
#include "nmgr/cli/run.h"

int main(int argc, char** argv) {
  nmgr::cli::HoldStandardStreams();
  nmgr::PrepareProcess();
  nmgr::Interruption interruption;
  const nmgr::cli::Signals signals(interruption);
  const nmgr::cli::World world{nmgr::RealFileSystem(), nmgr::RealClock(), nmgr::RealProcesses(),
                               nmgr::cli::ProcessEnvironment(), interruption};
  return nmgr::cli::Run(world, {argv + (argc > 0 ? 1 : 0), argv + argc});
}
