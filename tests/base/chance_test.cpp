#include "nmgr/base/chance.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>
#include <thread>
#include <vector>

namespace nmgr {
namespace {

std::vector<double> Draws() {
  std::vector<double> draws(1000);
  std::generate(draws.begin(), draws.end(), Chance);
  return draws;
}

}  // namespace

TEST_CASE("a chance lies from 0 up to 1, anywhere there, and no thread repeats another") {
  const std::vector<double> here = Draws();
  std::vector<double> there;
  std::thread([&there] { there = Draws(); }).join();
  const auto outside = [](double chance) { return chance < 0 || chance >= 1; };
  CHECK(std::none_of(here.begin(), here.end(), outside));
  std::set<int> tenths;
  for (const double chance : here) tenths.insert(static_cast<int>(chance * 10));
  CHECK(tenths.size() == 10);
  CHECK(here != there);
}

}  // namespace nmgr
