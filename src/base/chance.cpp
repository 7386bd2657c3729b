#include "nmgr/base/chance.h"

#include <random>

namespace nmgr {

double Chance() {
  thread_local std::minstd_rand random{std::random_device{}()};
  return std::uniform_real_distribution<double>(0, 1)(random);
}

}  // namespace nmgr
