// The page: what it says, and that nothing that anybody named becomes markup.
#include "serve/page.h"

#include <catch2/catch.hpp>

#include "serve/assets.h"
#include "serve/samples.h"

namespace nmgr::serve {
namespace {

using std::chrono::seconds;
using sync::Verdict;
using testing::Has;
using testing::kNow;

std::size_t Occurrences(const std::string& text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++count;
  return count;
}

TEST_CASE("the page says what is fresh, what is held, and what to type") {
  const std::string page = PageText(testing::SmallState(kNow), kNow);
  CHECK(page.starts_with("<!DOCTYPE html>\n<html lang=\"en\">"));
  CHECK(Has(page, "The source is fresh \u00b7 1 job in sync \u00b7 1 to look at"));
  CHECK(Has(page, "held (drift)"));
  CHECK(Has(page, "somebody changed its count"));
  CHECK(Has(page, "<code class=\"command\">nmgr sync confirm homelab grafana</code>"));
  CHECK(Has(page, ">cccccccccccc<"));
  CHECK(Has(page, "20 s ago"));
  CHECK_FALSE(Has(page, "style="));
  CHECK_FALSE(Has(page, "onclick"));
  CHECK(Occurrences(page, "<script") == 1);
}

TEST_CASE("every verdict has its word on the page") {
  for (const sync::VerdictRow& row : sync::Verdicts()) {
    State state;
    state.sources = {testing::Source("homelab", kNow)};
    state.jobs = {testing::Job("the-job", row.verdict, "because of it")};
    const std::string page = PageText(state, kNow);
    INFO(row.word);
    CHECK(Has(page, std::string(">") + std::string(row.word) + "<"));
    CHECK(Has(page, "the-job"));
    CHECK(Has(page, "because of it"));
  }
}

TEST_CASE("a source that is not fresh says why and what helps") {
  State state = testing::SmallState(kNow);
  sync::SourceStatus& source = state.sources[0];
  CHECK(StaleReason(source, kNow).empty());
  CHECK(StaleReason(source, kNow + seconds(300)) == "it should have been looked at by now");
  source.leader = "";
  CHECK(StaleReason(source, kNow) == "nobody leads it");
  source.error = "the branch is gone";
  source.hint = "name another branch";
  const std::string page = PageText(state, kNow);
  CHECK(Has(page, "1 of 1 source not fresh"));
  CHECK(Has(page, "the branch is gone"));
  CHECK(Has(page, "name another branch"));
}

TEST_CASE("a pause is told with its end and the command that ends it") {
  State state = testing::SmallState(kNow);
  state.sources[0].paused = sync::PauseStatus{"anna", kNow, kNow + seconds(3600)};
  const std::string page = PageText(state, kNow);
  CHECK(Has(page, "Paused by anna until 2023-11-14T23:13Z: nothing is applied."));
  CHECK(Has(page, "nmgr sync resume homelab"));
}

TEST_CASE("a sync that was cut off by the end of the daemon is shown as no failure") {
  State state = testing::SmallState(kNow);
  state.sources[0].history[0].result = "interrupted";
  CHECK(Has(PageText(state, kNow), "<span class=\"badge quiet\">interrupted</span>"));
  state.sources[0].history[0].result = "failed";
  CHECK(Has(PageText(state, kNow), "<span class=\"badge bad\">failed</span>"));
}

TEST_CASE("whatever anybody named is text on the page") {
  const std::string evil = "<script>alert(1)</script>\"'&<img src=x onerror=alert(1)>";
  State state = testing::SmallState(kNow);
  sync::SourceStatus& source = state.sources[0];
  source.name = source.url = source.ref = source.subject = source.author = evil;
  source.error = source.hint = source.leader = evil;
  source.commit = source.history[0].error = source.history[0].result = evil;
  source.paused = sync::PauseStatus{evil, kNow, std::nullopt};
  sync::JobStatus& job = state.jobs[1];
  job.source = job.name_space = job.id = job.path = job.reason = job.hint = evil;
  state.version = state.instance = state.holder = state.not_ready = evil;
  state.ready = false;
  const std::string page = PageText(state, kNow);
  CHECK(Occurrences(page, "<script") == 1);
  CHECK_FALSE(Has(page, "<img"));
  CHECK(Has(page, "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;"));
}

TEST_CASE("characters that hide or turn a line around are made visible") {
  State state = testing::SmallState(kNow);
  state.jobs[1].id = "a\u202e\x1b[31m\xff";
  const std::string page = PageText(state, kNow);
  CHECK_FALSE(Has(page, "\u202e"));
  CHECK_FALSE(Has(page, "\x1b"));
  CHECK_FALSE(Has(page, "\xff"));
  CHECK_FALSE(Has(WriteJson(PageBody(state, kNow)).dump(), "\u202e"));
}

TEST_CASE("the tree for the script has the same elements as the text") {
  const State state = testing::SmallState(kNow);
  const Json tree = WriteJson(PageBody(state, kNow));
  CHECK(tree.at(0) == "main");
  CHECK(tree.at(1).at("id") == "state");
  const std::string text = tree.dump();
  CHECK(Has(text, "nmgr sync confirm homelab grafana"));
  // What the script lets through is what the page is made of.
  std::string script;
  for (const Asset& asset : Assets()) script += asset.name == "page.js" ? asset.text : "";
  const auto check = [&](const auto& self, const Json& node) -> void {
    CHECK(Has(script, "'" + node.at(0).get<std::string>() + "'"));
    for (const auto& [name, value] : node.at(1).items()) CHECK(Has(script, "'" + name + "'"));
    for (const Json& child : node.at(3)) self(self, child);
  };
  check(check, tree);
}

TEST_CASE("the script takes texts as texts, and asks nobody else") {
  REQUIRE(Assets().size() == 2);
  for (const Asset& asset : Assets()) {
    INFO(asset.name);
    for (const char* word : {"innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval(",
                             "Function(", "http:", "https:", "//cdn", "@import", "localStorage"})
      CHECK_FALSE(Has(std::string(asset.text), word));
  }
}

TEST_CASE("many jobs do not make an endless page") {
  State state = testing::SmallState(kNow);
  for (std::size_t i = 0; i < 2 * kMostRows; ++i)
    state.jobs.push_back(testing::Job("j" + std::to_string(i), Verdict::kInSync));
  const std::string page = PageText(state, kNow);
  CHECK(Has(page, "In sync (1001)"));
  CHECK(Has(page, "and 501 more"));
  CHECK(Occurrences(page, "<tr>") < kMostRows + 20);
}

TEST_CASE("without a source the page says how to get one") {
  const std::string page = PageText(State(), kNow);
  CHECK(Has(page, "No source is known yet."));
  CHECK(Has(page, "[source.NAME]"));
}

TEST_CASE("ages are short") {
  CHECK(ShortAge(kNow, kNow) == "now");
  CHECK(ShortAge(kNow, kNow + seconds(99)) == "99 s");
  CHECK(ShortAge(kNow, kNow + seconds(100)) == "1 m");
  CHECK(ShortAge(kNow + seconds(7200), kNow) == "2 h");
  CHECK(ShortAge(kNow, kNow + seconds(86400 * 3)) == "3 d");
}

}  // namespace
}  // namespace nmgr::serve
