// The bcrypt password hash from libcrypt, which only bcrypt.cpp knows.
#pragma once

#include <string>
#include <string_view>

#include "nmgr/hcl/functions/function.h"

namespace nmgr::hcl::functions {

// "$2a$COST$..." with fresh salt. `cost` from 4 to 31; the password is at most 72 bytes without
// NUL.
FunctionOutcome<std::string> HashPassword(std::string_view password, int cost);

}  // namespace nmgr::hcl::functions
