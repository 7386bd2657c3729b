// One run of the program: from argv to an exit code.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "nmgr/base/clock.h"
#include "nmgr/base/file_system.h"
#include "nmgr/base/interruption.h"
#include "nmgr/base/process.h"

namespace nmgr::cli {

// What a run is given of the world, besides standard output and standard error. Not owned.
struct World {
  FileSystem& files;
  Clock& clock;
  Processes& processes;
  std::map<std::string, std::string> environment;
  Interruption& interruption;
};

// The variables of this process.
std::map<std::string, std::string> ProcessEnvironment();

// `arguments` without the program's name. Prints everything there is to say.
int Run(const World& world, const std::vector<std::string>& arguments);

}  // namespace nmgr::cli
