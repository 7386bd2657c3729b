// Image references as they are written: [TRANSPORT:][HOST[:PORT]/]NAME[:TAG][@DIGEST].
#pragma once

#include <string_view>

namespace nmgr::jobspec {

// Whether it names an image of a registry by a tag alone, so that another push can put another
// image there.
bool LacksDigest(std::string_view image);

}  // namespace nmgr::jobspec
