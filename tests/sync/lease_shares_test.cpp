// How copies share sources: each with what it believes of the others.
#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "nmgr/sync/lease.h"

namespace nmgr::sync {
namespace {

double First() { return 0; }

std::string SourceOf(std::size_t number) { return "s" + std::to_string(number); }

// Copies and who of them leads what; each knows it all.
class Crowd {
 public:
  Crowd(std::size_t sources, std::size_t copies) : sources_(sources) {
    for (std::size_t i = 0; i < copies; ++i) Join();
  }
  std::string Join() {
    const std::string name = std::string(1, static_cast<char>('a' + shares_.size()));
    shares_.try_emplace(name, sources_);
    Tell();
    return name;
  }
  void Lead(const std::string& source, const std::string& copy) {
    leads_[source] = copy;
    Tell();
  }
  // The asks of all copies, as they know it now, in an order of chance; how many moved.
  std::size_t Round(std::minstd_rand& random) {
    std::vector<std::pair<std::string, std::string>> asks;
    const auto chance = [&] { return std::uniform_real_distribution<>(0, 1)(random); };
    for (auto& [name, shares] : shares_) {
      for (const std::string& source : shares.Wanted(chance)) asks.emplace_back(source, name);
    }
    std::shuffle(asks.begin(), asks.end(), random);
    std::size_t moved = 0;
    std::map<std::string, std::string> given;
    for (const auto& [source, copy] : asks) {
      if (!shares_.at(leads_.at(source)).Give(source, copy)) continue;
      given[source] = copy;
      ++moved;
    }
    for (const auto& [source, copy] : given) leads_[source] = copy;
    Tell();
    return moved;
  }
  std::vector<std::size_t> Counts() const {
    std::vector<std::size_t> counts;
    for (const auto& [name, shares] : shares_) counts.push_back(shares.Own());
    std::sort(counts.begin(), counts.end());
    return counts;
  }

 private:
  void Tell() {
    for (auto& [name, shares] : shares_) {
      for (const auto& [source, leader] : leads_) shares.Note(source, leader, leader == name);
    }
  }

  std::size_t sources_;
  std::map<std::string, LeaseShares> shares_;
  std::map<std::string, std::string> leads_;  // by source
};

Crowd AllAtFirst(std::size_t sources, std::size_t copies) {
  Crowd crowd(sources, copies);
  for (std::size_t i = 0; i < sources; ++i) crowd.Lead(SourceOf(i), "a");
  return crowd;
}

}  // namespace

TEST_CASE("shares: the part of a copy is told from those that hold leases, and itself") {
  LeaseShares shares(6);
  CHECK_FALSE(shares.OverShare());
  for (const char* source : {"a", "b", "c", "d", "e", "f"}) shares.Note(source, "me", true);
  CHECK_FALSE(shares.OverShare());
  shares.Note("e", "you", false);
  CHECK(shares.Own() == 5);
  CHECK(shares.OverShare());
  shares.Note("d", "you", false);
  shares.Note("c", "you", false);
  CHECK_FALSE(shares.OverShare());
  shares.SetSources(2);
  CHECK(shares.OverShare());
  for (const char* source : {"a", "b", "c"}) shares.Drop(source);
  CHECK(shares.Own() == 1);
}

TEST_CASE("shares: nothing is wanted as long as a source has no leader that is known") {
  LeaseShares shares(4);
  for (const char* source : {"a", "b", "c"}) shares.Note(source, "you", false);
  CHECK(shares.Wanted(First).empty());
  shares.Note("d", "", false);
  CHECK(shares.Wanted(First).empty());
  shares.Note("d", "you", false);
  CHECK(shares.Wanted(First).size() == 2);
}

TEST_CASE("shares: one source stays where it is, however many copies there are") {
  LeaseShares shares(1);
  shares.Note("a", "you", false);
  CHECK(shares.Wanted(First).empty());
}

TEST_CASE("shares: who is asked gives to who leads two fewer, and counts what is on its way") {
  LeaseShares shares(4);
  for (const char* source : {"a", "b", "c", "d"}) shares.Note(source, "me", true);
  CHECK_FALSE(shares.Give("x", "you"));
  CHECK(shares.Give("a", "you"));
  shares.Note("a", "", false);  // released, and not taken yet
  CHECK(shares.Give("b", "you"));
  CHECK_FALSE(shares.Give("c", "you"));
  CHECK(shares.Give("c", "third"));
  CHECK(shares.Own() == 1);
  shares.Note("c", "me", true);  // never taken: taken back
  CHECK(shares.Own() == 2);
  CHECK_FALSE(shares.Give("c", "you"));
}

TEST_CASE("shares: whoever comes gets its part, and then nothing moves any more") {
  for (unsigned seed = 0; seed < 60; ++seed) {
    std::minstd_rand random(seed + 1);
    const std::size_t sources = 1 + random() % 24;
    const std::size_t copies = 1 + random() % 5;
    CAPTURE(seed, sources, copies);
    Crowd crowd = AllAtFirst(sources, copies);
    for (int i = 0; i < 12; ++i) crowd.Round(random);
    CHECK(crowd.Round(random) == 0);
    CHECK(crowd.Counts().back() <= crowd.Counts().front() + 1);
    crowd.Join();
    for (int i = 0; i < 12; ++i) crowd.Round(random);
    CHECK(crowd.Round(random) == 0);
    CHECK(crowd.Counts().back() <= crowd.Counts().front() + 1);
  }
}

}  // namespace nmgr::sync
