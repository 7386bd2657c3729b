#include "nmgr/rollout/known_bad.h"

#include <catch2/catch.hpp>

#include "nmgr/base/file_system.h"
#include "rollout/simulated_nomad.h"
#include "support/temp_dir.h"

namespace nmgr::rollout {
namespace {

using nmgr::testing::TempDir;
using testing::ManualClock;

const nomad::JobRef kBadWeb{"web", "", ""};

MemoryPlace BadPlace(const std::string& address = "http://nomad:4646") {
  return {address, "", "default", ""};
}

}  // namespace

TEST_CASE("A bad spec is known by its very text, to later runs too, until it is taken back") {
  TempDir dir;
  ManualClock clock;
  const std::string bad = KnownBad::DigestOf("job \"web\" {}\n");
  const std::string other = KnownBad::DigestOf("job \"web\" { }\n");
  KnownBad first(dir.path(), BadPlace(), clock);
  CHECK_FALSE(first.Holds(kBadWeb, bad));
  REQUIRE(first.Add(kBadWeb, bad));
  CHECK(first.Holds(kBadWeb, bad));
  {
    const KnownBad later(dir.path(), BadPlace(), clock);
    CHECK(later.Holds(kBadWeb, bad));
    CHECK(later.Holds({"web", "default", "global"}, bad));
    CHECK_FALSE(later.Holds(kBadWeb, other));
    CHECK_FALSE(later.Holds({"web", "ops", ""}, bad));
    CHECK_FALSE(KnownBad(dir.path(), BadPlace("http://other:4646"), clock).Holds(kBadWeb, bad));
  }
  KnownBad second(dir.path(), BadPlace(), clock);
  REQUIRE(second.Remove(kBadWeb));
  CHECK_FALSE(KnownBad(dir.path(), BadPlace(), clock).Holds(kBadWeb, bad));
}

TEST_CASE("A register is known by its text and its index, whatever has become of it") {
  TempDir dir;
  ManualClock clock;
  const std::string text = KnownBad::DigestOf("a");
  const std::string other = KnownBad::DigestOf("b");
  KnownBad marks(dir.path(), BadPlace(), clock);
  CHECK(marks.RegisterOf(kBadWeb, text) == 0);
  REQUIRE(marks.Try(kBadWeb, text, 17));
  CHECK(marks.RegisterOf(kBadWeb, text) == 17);
  CHECK(marks.RegisterOf(kBadWeb, other) == 0);
  CHECK_FALSE(marks.Holds(kBadWeb, text));
  REQUIRE(marks.Add(kBadWeb, text));
  const KnownBad later(dir.path(), BadPlace(), clock);
  CHECK(later.Holds(kBadWeb, text));
  CHECK(later.RegisterOf(kBadWeb, text) == 17);
  // Tried once more.
  REQUIRE(marks.Try(kBadWeb, text, 23));
  CHECK_FALSE(marks.Holds(kBadWeb, text));
  CHECK(marks.RegisterOf(kBadWeb, text) == 23);
  // Of another text nothing is known of when it was registered.
  REQUIRE(marks.Add(kBadWeb, other));
  CHECK(marks.RegisterOf(kBadWeb, other) == 0);
  REQUIRE(marks.Remove(kBadWeb));
  CHECK(marks.RegisterOf(kBadWeb, other) == 0);
}

TEST_CASE("The file of bad specs tells nobody what they are, and what is no line says nothing") {
  TempDir dir;
  ManualClock clock;
  const std::string bad = KnownBad::DigestOf("password = \"hunter2\"");
  REQUIRE(KnownBad(dir.path(), BadPlace(), clock).Add(kBadWeb, bad));
  const std::string text = RealFileSystem().ReadFile(dir.At("bad-specs"), 1U << 20U).value();
  CHECK(text.find("web") == std::string::npos);
  CHECK(text.find(bad) == std::string::npos);
  for (const std::string& rubbish :
       {std::string("nonsense\n\n a b c\n"), std::string(1000, '\0') + "\n",
        text.substr(0, 40) + "\n", std::string("\xff\xfe - 7\n")}) {
    dir.Write("bad-specs", rubbish + text);
    CHECK(KnownBad(dir.path(), BadPlace(), clock).Holds(kBadWeb, bad));
    dir.Write("bad-specs", rubbish);
    CHECK_FALSE(KnownBad(dir.path(), BadPlace(), clock).Holds(kBadWeb, bad));
  }
}

TEST_CASE("The file of bad specs stays short, and several that write at once lose nothing") {
  TempDir dir;
  ManualClock clock;
  KnownBad one(dir.path(), BadPlace(), clock);
  KnownBad two(dir.path(), BadPlace(), clock);
  const std::string bad = KnownBad::DigestOf("x");
  REQUIRE(one.Add(kBadWeb, bad));
  REQUIRE(two.Add({"db", "", ""}, bad));
  REQUIRE(one.Add({"cache", "", ""}, bad));
  const KnownBad later(dir.path(), BadPlace(), clock);
  for (const char* id : {"web", "db", "cache"}) CHECK(later.Holds({id, "", ""}, bad));
}

TEST_CASE("What cannot be written is told to who marks") {
  TempDir dir;
  ManualClock clock;
  dir.Write("file", "");
  KnownBad nowhere(dir.At("file") + "/state", BadPlace(), clock);
  CHECK_FALSE(nowhere.Add(kBadWeb, KnownBad::DigestOf("x")));
  CHECK(nowhere.Remove(kBadWeb));
}

}  // namespace nmgr::rollout
