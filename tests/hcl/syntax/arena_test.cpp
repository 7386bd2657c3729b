#include "hcl/syntax/arena.h"

#include <catch2/catch.hpp>
#include <cstdint>
#include <memory>

namespace nmgr::hcl {
namespace {

TEST_CASE("An arena gives aligned memory that stays where it is") {
  struct Wide {
    std::uint64_t a;
    std::uint64_t b;
  };
  Arena arena;
  std::vector<const Wide*> wide;
  for (std::uint64_t i = 0; i < 20000; ++i) {
    arena.New(static_cast<char>(i));
    wide.push_back(arena.New(Wide{i, ~i}));
    REQUIRE(reinterpret_cast<std::uintptr_t>(wide.back()) % alignof(Wide) == 0);
  }
  for (std::uint64_t i = 0; i < wide.size(); ++i) {
    REQUIRE(wide[i]->a == i);
    REQUIRE(wide[i]->b == ~i);
  }
}

TEST_CASE("An arena takes blocks larger than its own") {
  Arena arena;
  const std::string large(3 << 20, 'x');
  CHECK(arena.Copy(std::string_view(large)) == large);
  CHECK(arena.Copy(std::string_view("small")) == "small");
  CHECK(arena.Copy(std::string_view()).empty());
}

TEST_CASE("A pool destroys what it holds") {
  const auto shared = std::make_shared<int>(1);
  {
    Pool<std::shared_ptr<int>> pool;
    for (int i = 0; i < 10000; ++i) pool.New(std::shared_ptr<int>(shared));
    std::vector<std::shared_ptr<int>> many(9000, shared);
    const auto moved = pool.Move(many);
    CHECK(moved.size() == 9000);
    CHECK(moved.back() == shared);
    many.clear();
    CHECK(shared.use_count() == 19001);
    CHECK(pool.Move({}).empty());
  }
  CHECK(shared.use_count() == 1);
}

}  // namespace
}  // namespace nmgr::hcl
