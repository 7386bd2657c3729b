#include "nmgr/registry/verdict.h"

#include <catch2/catch.hpp>

using namespace nmgr::registry;

namespace {

std::string DigestOf(char mark) { return "sha256:" + std::string(64, mark); }

std::string Judged(const Baseline& baseline, char now, const std::vector<Sighting>& seen,
                   std::int64_t created_ns = 0) {
  const TagVerdict verdict = JudgeTag(baseline, DigestOf(now), seen, created_ns);
  CHECK_FALSE(verdict.reason.empty());
  return std::string(WordsOf(verdict));
}

}  // namespace

TEST_CASE("a tag has moved, is the same, or nobody can say") {
  const std::string a = DigestOf('a');
  const std::string b = DigestOf('b');
  const Baseline runs{"", {{100, 0}}, ""};
  CHECK(Judged({a, {}, ""}, 'a', {}) == "same");
  CHECK(Judged({a, {}, ""}, 'b', {}) == "moved");
  CHECK(Judged({"", {}, "nothing of it runs"}, 'b', {}) == "unknown");
  CHECK(Judged({"", {{0, 0}}, ""}, 'b', {}) == "unknown");
  CHECK(Judged(runs, 'a', {}) == "unknown");
  // Seen for the first time after the start.
  CHECK(Judged(runs, 'a', {{a, 150, 160}}) == "unknown");
  // Something else was there after the start.
  CHECK(Judged(runs, 'b', {{a, 150, 160}}) == "moved");
  CHECK(Judged(runs, 'b', {{a, 50, 160}}) == "moved");
  CHECK(Judged(runs, 'b', {{a, 50, 160}, {b, 170, 180}}) == "moved");
  // There and back again.
  CHECK(Judged(runs, 'b', {{b, 40, 45}, {a, 50, 160}}) == "likely moved");
  // It moved, before the start or after it.
  CHECK(Judged(runs, 'b', {{a, 50, 60}}) == "unknown");
  // The same since before the start.
  CHECK(Judged(runs, 'a', {{a, 50, 60}}) == "likely same");
  CHECK(Judged(runs, 'a', {{b, 10, 20}, {a, 50, 60}}) == "likely same");
  CHECK(Judged({"", {{100, 90}}, ""}, 'a', {{a, 50, 60}}) == "same");
  CHECK(Judged({"", {{100, 40}}, ""}, 'a', {{a, 50, 60}}) == "likely same");
  CHECK(Judged({"", {{100, 90}, {110, 0}}, ""}, 'a', {{a, 50, 60}}) == "likely same");
  // Made after the start, so it came after it; older ones may have come at any time.
  CHECK(Judged(runs, 'a', {}, 101) == "likely moved");
  CHECK(Judged(runs, 'a', {{a, 150, 160}}, 101) == "likely moved");
  CHECK(Judged(runs, 'a', {}, 99) == "unknown");
  CHECK(Judged(runs, 'a', {{a, 50, 60}}, 101) == "likely same");
  CHECK(Judged(runs, 'b', {{a, 150, 160}}, 1) == "moved");
  // The oldest of several counts.
  CHECK(Judged({"", {{200, 0}, {100, 0}}, ""}, 'b', {{a, 50, 160}}) == "moved");
  CHECK(Judged({"", {{200, 0}, {30, 0}}, ""}, 'a', {{a, 50, 160}}) == "unknown");
}

TEST_CASE("what tags were seen to point at is kept, within bounds") {
  Sightings seen;
  seen.Note("x:1", DigestOf('a'), 10);
  seen.Note("x:1", DigestOf('a'), 20);
  seen.Note("x:1", DigestOf('b'), 30);
  CHECK(seen.Of("x:1") == std::vector<Sighting>{{DigestOf('a'), 10, 20}, {DigestOf('b'), 30, 30}});
  CHECK(Sightings::Parse(seen.Text()).Of("x:1") == seen.Of("x:1"));
  CHECK(seen.CreatedOf("x:1", DigestOf('a')) == Sighting::kNotAsked);
  seen.NoteCreated("x:1", DigestOf('a'), 7);
  seen.NoteCreated("y:1", DigestOf('a'), 8);
  seen.Note("x:1", DigestOf('a'), 35);  // back again: what is known of it stays known
  CHECK(Sightings::Parse(seen.Text()).CreatedOf("x:1", DigestOf('a')) == 7);
  CHECK(Sightings::Parse(seen.Text()).CreatedOf("x:1", DigestOf('b')) == Sighting::kNotAsked);
  CHECK(seen.Of("y:1").empty());
  for (char mark : {'c', 'd', 'e', 'f'}) seen.Note("x:1", DigestOf(mark), 40);
  CHECK(seen.Of("x:1").size() == Sightings::kMostDigests);
  CHECK(seen.Of("x:1").front().digest == DigestOf('c'));
  for (const char* text : {"", "[]", "{", R"({"images":[]})", R"({"images":{"x:1":{}}})",
                           R"({"images":{"x:1":[{"digest":"no","first":1,"last":2}]}})"}) {
    CHECK(Sightings::Parse(text).Of("x:1").empty());
  }
}
