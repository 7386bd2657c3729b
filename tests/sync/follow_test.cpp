#include "nmgr/sync/follow.h"

#include <catch2/catch.hpp>

namespace nmgr::sync {
namespace {

TagPattern Pattern(const std::string& text) {
  auto pattern = TagPattern::Parse(text);
  INFO(text);
  REQUIRE(pattern);
  return *std::move(pattern);
}

FollowCase CaseOfFollow(const TagPattern& pattern, const std::string& git,
                        std::vector<std::string> tags) {
  FollowCase follow;
  follow.key = "VERSION";
  follow.git = git;
  follow.pattern = &pattern;
  follow.tags = std::move(tags);
  return follow;
}

}  // namespace

TEST_CASE("a pattern takes the tags of a range, or of an expression that matches all of them") {
  struct Row {
    const char* pattern;
    std::vector<std::string> fit;
    std::vector<std::string> unfit;
  };
  const std::vector<Row> rows = {
      {"*", {"1", "0.0.1", "v9.9", "2024.1"}, {"latest", "", "v", "x1"}},
      {"1", {"1", "1.0.0", "1.99.3-alpine"}, {"2.0", "0.9", "10.0"}},
      {"1.x", {"1.0", "1.5.2"}, {"2.0", "0.9.9"}},
      {"1.2.x", {"1.2", "1.2.9"}, {"1.3.0", "1.1.9"}},
      {"1.2.3", {"1.2.3", "v1.2.3", "1.2.3-rc1"}, {"1.2.4", "1.2.2", "1.2"}},
      {"=1.2.3", {"1.2.3"}, {"1.2.4"}},
      {"^1.2.3", {"1.2.3", "1.3.0", "1.99.0"}, {"1.2.2", "2.0.0"}},
      {"^0.2.3", {"0.2.3", "0.2.9"}, {"0.3.0", "0.2.2", "1.0.0"}},
      {"^0.0.3", {"0.0.3"}, {"0.0.4", "0.1.0"}},
      {"~1.2.3", {"1.2.3", "1.2.9"}, {"1.3.0", "1.2.2"}},
      {"~1.2", {"1.2.0", "1.2.9"}, {"1.3.0"}},
      {"~1", {"1.0.0", "1.9.9"}, {"2.0.0"}},
      {">1.2.3", {"1.2.4", "2.0"}, {"1.2.3", "1.2.3-rc1"}},
      {">1.2", {"1.3.0"}, {"1.2.9", "1.2"}},
      {">= 1.2 < 2", {"1.2", "1.99"}, {"2.0", "1.1"}},
      {">=1.2,<2", {"1.2"}, {"2.0"}},
      {"<=1.2", {"1.2.9", "0.1"}, {"1.3"}},
      {"<1.2", {"1.1.9"}, {"1.2.0"}},
      {"^1 || ^3", {"1.5.0", "3.1.0"}, {"2.0.0", "4.0.0"}},
      {"v1.2", {"v1.2.1", "1.2.1"}, {"1.3"}},
      {R"(/1\.\d+/)", {"1.2", "1.27"}, {"11.2", "1.2.3", "v1.2"}},
      {R"(/v?2\.\d+\.\d+(-alpine)?/)", {"2.1.0", "v2.1.0-alpine"}, {"2.1.0-rc1"}},
  };
  for (const Row& row : rows) {
    const TagPattern pattern = Pattern(row.pattern);
    for (const std::string& tag : row.fit) {
      INFO(row.pattern << " takes " << tag);
      CHECK(pattern.Fits(tag));
    }
    for (const std::string& tag : row.unfit) {
      INFO(row.pattern << " does not take " << tag);
      CHECK_FALSE(pattern.Fits(tag));
    }
  }
  for (const char* text : {"", " ", "||", "^1 ||", "latest", "^", "^x", "1.2.3-rc1", "1..2", "1.",
                           "/(/", ">=", "1.x.3", "99999999999999999999", "=>1", "1 - 2"}) {
    INFO(text);
    CHECK_FALSE(TagPattern::Parse(text));
  }
}

TEST_CASE("the newest tag that fits is followed, until git is there") {
  const TagPattern any = Pattern("^1.2");
  FollowCase follow = CaseOfFollow(
      any, "1.2.0",
      {"1.2.0", "1.1.0", "1.3.0", "1.2.5", "2.0.0", "1.4.0-rc1", "latest", "v1.9.0", "1.9"});
  FollowDecision decision = DecideFollow(follow);
  CHECK(decision.row == FollowRow{"VERSION", "1.3.0", "1.2.0", "", "", false});
  CHECK(decision.news == "VERSION 1.3.0 of the registry is followed");
  CHECK(FollowWords(decision.row, "1.2.0") ==
        "VERSION 1.3.0 of the registry is followed; git has 1.2.0");
  follow.row = decision.row;
  // Nothing new: it stays, also where the registry no longer lists it.
  CHECK(DecideFollow(follow).row == decision.row);
  CHECK(DecideFollow(follow).news.empty());
  follow.tags.clear();
  CHECK(DecideFollow(follow).row == decision.row);
  follow.healthy = true;
  CHECK(DecideFollow(follow).row.good == "1.3.0");
  follow.healthy = false;
  // Git comes closer, is there, is past it, says something else altogether.
  follow.git = "1.2.7";
  CHECK(DecideFollow(follow).row.tag == "1.3.0");
  for (const char* git : {"1.3.0", "1.3.1", "2.0.0", "1.3", "latest"}) {
    follow.git = git;
    INFO(git);
    CHECK(DecideFollow(follow).row.empty());
    CHECK_FALSE(DecideFollow(follow).news.empty());
  }
  // The pattern is another one, or gone.
  follow.git = "1.2.0";
  const TagPattern narrow = Pattern("~1.2");
  follow.pattern = &narrow;
  CHECK(DecideFollow(follow).row.empty());
  follow.pattern = nullptr;
  CHECK(DecideFollow(follow).row.empty());
  // Without anything that is newer nothing is remembered.
  CHECK(DecideFollow(CaseOfFollow(any, "1.3.0", {"1.2.9"})).row.empty());
  CHECK(DecideFollow(CaseOfFollow(any, "", {"1.2.9"})).row.empty());
}

TEST_CASE("a bad tag gives way to the last good one, and only newer ones come after it") {
  const TagPattern any = Pattern("*");
  FollowCase follow = CaseOfFollow(any, "1.0.0", {"1.1.0", "1.2.0"});
  follow.row = {"VERSION", "1.2.0", "1.0.0", "1.1.0", "", false};
  follow.failed = true;
  FollowDecision decision = DecideFollow(follow);
  CHECK(decision.row == FollowRow{"VERSION", "1.1.0", "1.0.0", "1.1.0", "1.2.0", false});
  CHECK(decision.news == "VERSION 1.2.0 did not become healthy; back to 1.1.0");
  follow.row = decision.row;
  follow.failed = false;
  CHECK(DecideFollow(follow).row == decision.row);
  follow.tags = {"1.1.5", "1.2.0", "1.2.1"};
  CHECK(DecideFollow(follow).row.tag == "1.2.1");
  follow.tags = {"1.1.5", "1.2.0"};
  CHECK(DecideFollow(follow).row.tag == "1.1.0");
  // Without a good one it is git's, and the bad one is remembered until git is there.
  follow.row = {"VERSION", "1.2.0", "1.0.0", "", "", false};
  follow.failed = true;
  decision = DecideFollow(follow);
  CHECK(decision.row == FollowRow{"VERSION", "", "1.0.0", "", "1.2.0", false});
  CHECK(decision.news == "VERSION 1.2.0 did not become healthy; back to 1.0.0 of git");
  follow.row = decision.row;
  follow.failed = false;
  CHECK(DecideFollow(follow).row == decision.row);
  follow.git = "1.2.0";
  CHECK(DecideFollow(follow).row.empty());
}

TEST_CASE("where every tag fails, each is tried once and git's stays") {
  const TagPattern any = Pattern("*");
  FollowCase follow = CaseOfFollow(any, "1.0.0", {"1.3.0", "1.4.0"});
  follow.row = {"VERSION", "1.3.0", "1.0.0", "1.3.0", "", false};
  std::vector<std::string> tried;
  for (int look = 0; look < 20; ++look) {
    const FollowDecision decision = DecideFollow(follow);
    if (!decision.row.tag.empty() && decision.row.tag != follow.row.tag) {
      tried.push_back(decision.row.tag);
    }
    follow.row = decision.row;
    follow.failed = !follow.row.tag.empty();
  }
  CHECK(tried == std::vector<std::string>{"1.4.0", "1.3.0"});
  CHECK(follow.row == FollowRow{"VERSION", "", "1.0.0", "", "1.4.0", false});
}

TEST_CASE("unfollow drops it until git changes the key") {
  const TagPattern any = Pattern("*");
  FollowCase follow = CaseOfFollow(any, "1.0.0", {"1.1.0"});
  follow.row = {"VERSION", "1.1.0", "1.0.0", "1.1.0", "", false};
  follow.unfollow = true;
  const FollowDecision decision = DecideFollow(follow);
  CHECK(decision.row == FollowRow{"VERSION", "", "1.0.0", "", "", true});
  follow.row = decision.row;
  follow.unfollow = false;
  follow.tags = {"1.1.0", "1.5.0"};
  CHECK(DecideFollow(follow).row == decision.row);
  follow.git = "1.0.1";
  CHECK(DecideFollow(follow).row.tag == "1.5.0");
}

}  // namespace nmgr::sync
