// Every seed, and every input that fuzzing has once found a fault with, holds its target's
// properties.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "fuzz/targets.h"

namespace nmgr::fuzz {
namespace {

std::string ReadSeed(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  REQUIRE(file.good());
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void RunSeeds(const Target& target) {
  const std::filesystem::path folder =
      std::filesystem::path(NMGR_SOURCE_DIR) / "tests/fuzz/seeds" / target.name;
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    INFO(entry.path());
    const std::string text = ReadSeed(entry.path());
    CHECK_NOTHROW(target.run(text));
    // Cut short, a text breaks where nobody thought of; two cuts a seed keep this quick.
    CHECK_NOTHROW(target.run(text.substr(0, text.size() / 3)));
    CHECK_NOTHROW(target.run(text.substr(text.size() / 3)));
    ++count;
  }
  CHECK(count >= 5);
}

TEST_CASE("the properties of every fuzz target hold over its seeds") {
  for (const Target& target : kTargets) RunSeeds(target);
}

}  // namespace
}  // namespace nmgr::fuzz
