#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <exception>

#include "fake_nomad/options.h"
#include "fake_nomad/server.h"

// A test that crashed left its server behind, and with it the pipe that its runner waits for.
static bool EndsWith(int parent) {
  return prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent;
}

// Where it is linked with ASan: a tool of the tests, which is not what they look for faults in,
// pays for no more of it than it must.
extern "C" const char* __asan_default_options() {
  return "detect_leaks=0:malloc_context_size=0:quarantine_size_mb=0:thread_local_quarantine_size_"
         "kb=0";
}

int main(int argc, char** argv) {
  int exit_code = 0;
  const std::optional<nmgr::fake::Options> options =
      nmgr::fake::ParseOptions(argc, argv, &exit_code);
  if (!options.has_value()) return exit_code;
  if (options->parent != 0 && !EndsWith(options->parent)) return 1;
  try {
    nmgr::fake::Server server(*options);
    std::printf("listening on %s\n", server.address().c_str());
    std::fflush(stdout);
    server.Run();
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "fake-nomad: %s\n", error.what());
    return 1;
  }
}
