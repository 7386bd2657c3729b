#include "hcl/functions/bcrypt.h"

#include <crypt.h>

#include <array>
#include <memory>

#include "hcl/functions/support.h"

namespace nmgr::hcl::functions {

FunctionOutcome<std::string> HashPassword(std::string_view password, int cost) {
  // "$2b$" is what other implementations write as "$2a$": libcrypt's own "$2a$" guards against the
  // hashes of an old fault and differs for some passwords.
  std::array<char, CRYPT_GENSALT_OUTPUT_SIZE> setting{};
  if (crypt_gensalt_rn("$2b$", static_cast<unsigned long>(cost), nullptr, 0, setting.data(),
                       static_cast<int>(setting.size())) == nullptr) {
    return Fault("no salt could be made");
  }
  const auto data = std::make_unique<crypt_data>();
  const std::string text(password);
  const char* hash = crypt_rn(text.c_str(), setting.data(), data.get(), sizeof(crypt_data));
  if (hash == nullptr) return Fault("the password could not be hashed");
  std::string result(hash);
  result[2] = 'a';
  return result;
}

}  // namespace nmgr::hcl::functions
