#include <cstdio>
#include <exception>

#include "fake_nomad/options.h"
#include "fake_nomad/server.h"

int main(int argc, char** argv) {
  int exit_code = 0;
  const std::optional<nmgr::fake::Options> options =
      nmgr::fake::ParseOptions(argc, argv, &exit_code);
  if (!options.has_value()) return exit_code;
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
