// Which storage plugin serves a volume: said by the volume's own file, which `nomad volume create`
// reads, where it lies beside the spec that mounts it or beside the plugin's.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "nmgr/base/file_system.h"
#include "nmgr/base/path.h"
#include "nmgr/order/links.h"

namespace nmgr::order {

// Plugin by the ID of the volume, from the *.hcl and *.volume files of these folders. What cannot
// be read says nothing.
std::map<std::string, std::string> PluginsOfVolumes(const std::vector<Path>& folders,
                                                    FileSystem& files);

// The same for these jobs, whose specs lie at `paths`: nothing is read unless one of them mounts a
// volume and one has a plugin.
std::map<std::string, std::string> PluginsOfVolumes(const std::vector<const Links*>& jobs,
                                                    const std::vector<Path>& paths,
                                                    FileSystem& files);

}  // namespace nmgr::order
