// Flags before environment before config file before defaults, by the option table.
#pragma once

#include "cli/command_line.h"
#include "cli/config_file.h"
#include "cli/environment.h"
#include "nmgr/actions/settings.h"
#include "nmgr/base/expected.h"

namespace nmgr::cli {

// Values of HCL input variables in the environment, as Nomad reads them.
inline constexpr std::string_view kInputVariablePrefix = "NOMAD_VAR_";

// Where the config file is, and whether it was asked for by name (-c, NMGR_CONFIG): then it must
// exist.
struct ConfigPath {
  Path path;
  bool named = false;
};
ConfigPath FindConfigFile(const CommandLine& line, const Environment& environment);

// The same, or the file of the original 1.0 beside one that was not named and is not there.
ConfigPath ConfigFileInForce(const CommandLine& line, const Environment& environment,
                             FileSystem& files);

// A warning for each variable that begins with NMGR_ and is that of no option.
std::vector<std::string> UnknownVariables(const Environment& environment);

// kUsage for a wrong value of a flag or variable, kConfig for one of the config file; the message
// names which. Connection settings that are left empty are for nomad::ResolveConnection.
Expected<actions::Settings> MakeSettings(const CommandLine& line, const Environment& environment,
                                         const ConfigFile& config, const Path& home);

// Where Nomad is, by these settings and the environment.
Expected<nomad::ConnectionOptions> ConnectionOf(const actions::Settings& settings,
                                                const Environment& environment, FileSystem& files);

}  // namespace nmgr::cli
