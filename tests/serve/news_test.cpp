// What is news of a change, and what is not.
#include "nmgr/serve/news.h"

#include <catch2/catch.hpp>

namespace nmgr::serve {
namespace {

using sync::Hold;
using sync::JobStatus;
using sync::LedgerJob;
using sync::LedgerJobs;
using sync::SourceStatus;
using sync::Verdict;

JobStatus JobWith(Verdict verdict, Hold hold = Hold::kNone) {
  JobStatus job;
  job.source = "lab";
  job.name_space = "default";
  job.id = "web";
  job.verdict = verdict;
  job.hold = hold;
  job.reason = "why";
  return job;
}

LedgerJobs LedgerWith(Verdict verdict, Hold hold = Hold::kNone) {
  LedgerJob row;
  row.verdict = verdict;
  row.hold = hold;
  return {{{"default", "web"}, row}};
}

SourceStatus StatusAt(const std::string& commit, const std::string& error = {}) {
  SourceStatus status;
  status.name = "lab";
  status.commit = commit;
  status.error = error;
  return status;
}

std::vector<std::string> TopicsOf(const std::vector<News>& all) {
  std::vector<std::string> names;
  for (const News& news : all) names.emplace_back(TopicName(news.topic));
  return names;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("a job that changes for the worse is news once, and once more when it is well again") {
  SourceNews news;
  const auto told = [&](const LedgerJobs& before, const JobStatus& now) {
    return TopicsOf(news.OfSync(StatusAt("c1"), before, {now}, {}, {}));
  };
  CHECK(told(LedgerWith(Verdict::kInSync), JobWith(Verdict::kFailed)) == Names{"failed"});
  CHECK(told(LedgerWith(Verdict::kFailed), JobWith(Verdict::kFailed)).empty());
  CHECK(told(LedgerWith(Verdict::kFailed), JobWith(Verdict::kKnownBad)) == Names{"known-bad"});
  CHECK(told(LedgerWith(Verdict::kKnownBad), JobWith(Verdict::kApplying)).empty());
  CHECK(told(LedgerWith(Verdict::kApplying), JobWith(Verdict::kInSync)) == Names{"recovered"});
  CHECK(told(LedgerWith(Verdict::kInSync), JobWith(Verdict::kInSync)).empty());
  CHECK(told({}, JobWith(Verdict::kFrozen)) == Names{"frozen"});
  CHECK(told(LedgerWith(Verdict::kInSync), JobWith(Verdict::kHeld, Hold::kDrift)) ==
        Names{"drift"});
  CHECK(told(LedgerWith(Verdict::kInSync), JobWith(Verdict::kHeld, Hold::kRolledBack)) ==
        Names{"drift"});
  CHECK(told(LedgerWith(Verdict::kInSync), JobWith(Verdict::kOrphan)) == Names{"orphan"});
}

TEST_CASE("what nobody has to do anything about is no news") {
  SourceNews news;
  for (const JobStatus& job :
       {JobWith(Verdict::kInSync), JobWith(Verdict::kWillApply), JobWith(Verdict::kApplying),
        JobWith(Verdict::kUnreachable), JobWith(Verdict::kHeld, Hold::kPaused),
        JobWith(Verdict::kHeld, Hold::kStopped), JobWith(Verdict::kHeld, Hold::kAdopt)}) {
    CHECK(news.OfSync(StatusAt("c1"), {}, {job}, {}, {}).empty());
  }
}

TEST_CASE("what fails with another commit is news again") {
  SourceNews news;
  LedgerJobs before = LedgerWith(Verdict::kFailed);
  before.begin()->second.commit12 = "c1";
  JobStatus job = JobWith(Verdict::kFailed);
  job.commit = "c2";
  const std::vector<News> all = news.OfSync(StatusAt("c2"), before, {job}, {}, {});
  REQUIRE(TopicsOf(all) == Names{"failed"});
  CHECK(all[0].job == "web");
  CHECK(all[0].commit == "c2");
  CHECK(all[0].reason == "why");
}

TEST_CASE("what this sync registered has failed, and what it leaves is known to be bad") {
  SourceNews news;
  const JobStatus bad = JobWith(Verdict::kKnownBad);
  CHECK(TopicsOf(news.OfSync(StatusAt("c1"), LedgerWith(Verdict::kInSync), {bad},
                             {{"default", "web"}}, {})) == Names{"failed"});
  CHECK(news.OfSync(StatusAt("c1"), LedgerWith(Verdict::kKnownBad), {bad}, {}, {}).empty());
  SourceNews other;
  CHECK(TopicsOf(other.OfSync(StatusAt("c1"), LedgerWith(Verdict::kInSync), {bad}, {}, {})) ==
        Names{"known-bad"});
}

TEST_CASE("what is as its spec says and runs badly has not recovered") {
  SourceNews news;
  JobStatus job = JobWith(Verdict::kInSync);
  job.trouble = "failed: its deployment failed";
  CHECK(news.OfSync(StatusAt("c1"), LedgerWith(Verdict::kKnownBad), {job}, {}, {}).empty());
  job.trouble.clear();
  CHECK(TopicsOf(news.OfSync(StatusAt("c1"), LedgerWith(Verdict::kInSync), {job}, {}, {})) ==
        Names{"recovered"});
}

TEST_CASE("who takes a source over knows what was told") {
  SourceNews after_a_restart;
  CHECK(
      after_a_restart
          .OfSync(StatusAt("c1"), LedgerWith(Verdict::kFailed), {JobWith(Verdict::kFailed)}, {}, {})
          .empty());
  CHECK(TopicsOf(after_a_restart.OfSync(StatusAt("c1"), LedgerWith(Verdict::kFailed),
                                        {JobWith(Verdict::kInSync)}, {}, {})) ==
        Names{"recovered"});
  const SourceStatus stored = StatusAt("c1", "nobody answers");
  SourceNews taken(&stored);
  CHECK(taken.OfSource(StatusAt("c1", "nobody answers")).empty());
  CHECK(TopicsOf(taken.OfSource(StatusAt("c1"))) == Names{"recovered"});
  CHECK(taken.OfSync(StatusAt("c1"), {}, {}, {}, {"web.hcl:1: no"}).empty());
}

TEST_CASE("a file without an ID is news until it is mended") {
  SourceNews news;
  const std::vector<News> all = news.OfSync(StatusAt("c1"), {}, {}, {}, {"web.hcl:1: no"});
  REQUIRE(TopicsOf(all) == Names{"frozen"});
  CHECK(all[0].subject == "web.hcl");
  CHECK(all[0].reason == "web.hcl:1: no");
  CHECK(news.OfSync(StatusAt("c1"), {}, {}, {}, {"web.hcl:1: no"}).empty());
  CHECK(news.OfSync(StatusAt("c2"), {}, {}, {}, {}).empty());
  CHECK(TopicsOf(news.OfSync(StatusAt("c3"), {}, {}, {}, {"web.hcl:1: no"})) == Names{"frozen"});
}

TEST_CASE("what was told before a reign is taken back in it") {
  SourceNews news;
  CHECK(news.OfSource(StatusAt("c1")).empty());
  SourceNews again;
  again.BeginInTrouble();
  CHECK(TopicsOf(again.OfSource(StatusAt("c1"))) == Names{"recovered"});
}

TEST_CASE("a file whose job is frozen is one piece of news") {
  SourceNews news;
  JobStatus job = JobWith(Verdict::kFrozen);
  job.path = "web.hcl";
  const std::vector<News> all = news.OfSync(StatusAt("c1"), LedgerWith(Verdict::kInSync), {job}, {},
                                            {"web.hcl:1: no", "db.hcl:1: no"});
  REQUIRE(TopicsOf(all) == Names{"frozen", "frozen"});
  CHECK(all[0].job == "web");
  CHECK(all[1].subject == "db.hcl");
}

TEST_CASE("a source that fails is news, and that it answers again") {
  SourceNews news;
  CHECK(news.OfSource(StatusAt("c1")).empty());
  CHECK(TopicsOf(news.OfSource(StatusAt("c1", "gone"))) == Names{"failed"});
  CHECK(news.OfSource(StatusAt("c1", "still gone")).empty());
  CHECK(TopicsOf(news.OfSource(StatusAt("c1"))) == Names{"recovered"});
}

TEST_CASE("news of a lease and of an image tell who, and which") {
  const News lease = LeaseNews("lab", "host:2", "host:1");
  CHECK(lease.topic == Topic::kLeaseChanged);
  CHECK(lease.Line() == "lease-changed: lab (host:2): host:2 leads it now, host:1 did before");
  const News digest = DigestNews("lab", {"default", "web"}, "docker.io/web:1", "sha256:aa", "why");
  CHECK(digest.topic == Topic::kDigestMoved);
  CHECK(digest.subject == "docker.io/web:1@sha256:aa");
}

}  // namespace nmgr::serve
