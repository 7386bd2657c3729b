#include "serve/page.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "nmgr/base/text.h"
#include "serve/assets.h"

namespace nmgr::serve {
namespace {

using sync::JobStatus;
using sync::Phase;
using sync::SourceStatus;
using sync::Verdict;

constexpr std::size_t kShownCommit = 12;

std::string ShortCommit(const std::string& commit) { return commit.substr(0, kShownCommit); }

// "main" of "refs/heads/main".
std::string ShortRef(std::string_view ref) {
  for (const std::string_view prefix : {"refs/heads/", "refs/tags/"}) {
    if (ref.starts_with(prefix)) return std::string(ref.substr(prefix.size()));
  }
  return std::string(ref.substr(
      0, ref.find_first_not_of("0123456789abcdef") == std::string_view::npos ? kShownCommit
                                                                             : ref.size()));
}

std::string_view ToneOf(Verdict verdict) {
  switch (verdict) {
    case Verdict::kInSync:
      return "good";
    case Verdict::kWillApply:
    case Verdict::kApplying:
      return "busy";
    case Verdict::kFailed:
    case Verdict::kKnownBad:
    case Verdict::kFrozen:
    case Verdict::kConflict:
      return "bad";
    case Verdict::kUnmanaged:
      return "quiet";
    default:
      return "warn";
  }
}

Node Badge(std::string_view tone, std::string text) {
  return Element("span", fmt::format("badge {}", tone), std::move(text));
}

Node Moment(WallTime at, WallTime now) {
  Node node = Element("time", "", ShortAge(at, now) + (at > now ? "" : " ago"));
  const std::string whole = UtcText(at).substr(0, 19) + "Z";
  node.attributes.emplace_back("datetime", whole);
  node.attributes.emplace_back("title", whole);
  return node;
}

// A command to be typed, whole, so that a click selects it.
Node Command(const std::string& line) { return Element("code", "command", line); }

Node Fact(std::string name, Node value) {
  Node row = Element("div", "fact");
  row.Add(Element("dt", "", std::move(name)));
  row.Add(Element("dd", "")).Add(std::move(value));
  return row;
}

Node Text(std::string text) { return Element("span", "", std::move(text)); }

Node Counts(const SourceStatus& source) {
  Node line = Element("p", "counts");
  for (const auto& [verdict, count] : source.counts) {
    if (count > 0) line.Add(Badge(ToneOf(verdict), fmt::format("{} {}", count, WordOf(verdict))));
  }
  if (line.children.empty()) line.text = "no job is known yet";
  return line;
}

void AddTrouble(const SourceStatus& source, WallTime now, Node& card) {
  const std::string stale = StaleReason(source, now);
  if (!stale.empty()) card.Add(Element("p", "trouble", stale));
  if (!stale.empty() && !source.hint.empty()) card.Add(Element("p", "hint", source.hint));
  if (!source.paused) return;
  const sync::PauseStatus& pause = *source.paused;
  Node& line = card.Add(Element("p", "trouble warn"));
  line.text = "Paused";
  if (!pause.by.empty()) line.text += " by " + pause.by;
  if (pause.until) line.text += " until " + UtcText(*pause.until).substr(0, 16) + "Z";
  line.text += ": nothing is applied. ";
  line.Add(Command("nmgr sync resume " + ShellWord(source.name)));
}

Node SourceCard(const SourceStatus& source, WallTime now) {
  const bool stale = !StaleReason(source, now).empty();
  Node card = Element("article", stale ? "card bad" : source.paused ? "card warn" : "card good");
  Node& head = card.Add(Element("h3", "", source.name));
  head.text += " ";
  head.Add(Badge(stale                          ? "bad"
                 : source.phase == Phase::kIdle ? "good"
                                                : "busy",
                 std::string(WordOf(source.phase))));
  if (source.paused) head.Add(Badge("warn", "paused"));
  card.Add(Element("p", "where", source.url + " \u00b7 " + ShortRef(source.ref)));
  AddTrouble(source, now, card);
  card.Add(Counts(source));
  Node& facts = card.Add(Element("dl", ""));
  if (!source.commit.empty()) {
    Node commit = Element("code", "", ShortCommit(source.commit));
    commit.attributes.emplace_back("title", source.commit);
    Node& fact = facts.Add(Fact("commit", std::move(commit)));
    if (!source.subject.empty())
      fact.children[1].Add(Element("span", "subject", " " + source.subject));
  }
  facts.Add(Fact("fetched", source.fetched_at ? Moment(*source.fetched_at, now) : Text("never")));
  facts.Add(Fact("applied", source.applied_at ? Moment(*source.applied_at, now) : Text("never")));
  if (source.next_look)
    facts.Add(
        Fact("next look",
             Text(*source.next_look <= now ? "now" : "in " + ShortAge(*source.next_look, now))));
  facts.Add(Fact("led by", Text(source.leader.empty() ? "nobody"
                                : source.leads        ? source.leader + " (this copy)"
                                                      : source.leader)));
  return card;
}

Node TableOf(std::initializer_list<std::string_view> heads) {
  Node table = Element("table", "");
  Node& row = table.Add(Element("thead", "")).Add(Element("tr", ""));
  for (const std::string_view head : heads) row.Add(Element("th", "", std::string(head)));
  table.Add(Element("tbody", ""));
  return table;
}

Node& Cell(Node& row, std::string_view name, std::string text = {}) {
  Node& cell = row.Add(Element("td", "", std::move(text)));
  cell.attributes.emplace_back("data-name", std::string(name));
  return cell;
}

void AddJobRow(const JobStatus& job, WallTime now, Node& body) {
  Node& row = body.Add(Element("tr", ""));
  Cell(row, "verdict").Add(Badge(ToneOf(job.verdict), sync::Words(job.verdict, job.hold)));
  Node& name = Cell(row, "job");
  name.Add(Element("strong", "", job.id));
  name.Add(
      Element("span", "where", job.name_space + (job.path.empty() ? "" : " \u00b7 " + job.path)));
  Cell(row, "source", job.source.empty() ? "none" : job.source);
  Node& why = Cell(row, "why", job.reason);
  if (!job.hint.empty()) why.Add(Command(job.hint));
  Node& since = Cell(row, "since");
  if (job.since) since.Add(Moment(*job.since, now));
}

// The jobs of which `takes` holds; nothing where there is none.
template <class Takes>
std::vector<Node> JobTable(const State& state, WallTime now, Takes takes) {
  Node table = TableOf({"verdict", "job", "source", "why, and what to type", "since"});
  std::size_t count = 0;
  for (const JobStatus& job : state.jobs) {
    if (takes(job) && ++count <= kMostRows) AddJobRow(job, now, table.children[1]);
  }
  std::vector<Node> nodes;
  if (count == 0) return nodes;
  nodes.push_back(Element("div", "scroll"));
  nodes.back().Add(std::move(table));
  if (count > kMostRows)
    nodes.push_back(Element(
        "p", "hint", fmt::format("and {} more: /api/v1/jobs has them all", count - kMostRows)));
  return nodes;
}

std::size_t CountJobs(const State& state, bool (*takes)(Verdict)) {
  return static_cast<std::size_t>(
      std::count_if(state.jobs.begin(), state.jobs.end(),
                    [&](const JobStatus& job) { return takes(job.verdict); }));
}

bool IsInSync(Verdict verdict) { return verdict == Verdict::kInSync; }
bool IsMoving(Verdict verdict) {
  return verdict == Verdict::kWillApply || verdict == Verdict::kApplying;
}
bool IsUnmanaged(Verdict verdict) { return verdict == Verdict::kUnmanaged; }
bool IsTrouble(Verdict verdict) { return sync::NeedsALook(verdict) && !IsUnmanaged(verdict); }

Node Summary(const State& state, WallTime now) {
  const auto stale = static_cast<std::size_t>(
      std::count_if(state.sources.begin(), state.sources.end(),
                    [&](const SourceStatus& one) { return !StaleReason(one, now).empty(); }));
  const std::size_t trouble = CountJobs(state, IsTrouble);
  Node line = Element("p", stale > 0     ? "summary bad"
                           : trouble > 0 ? "summary warn"
                                         : "summary good");
  if (state.sources.empty()) {
    line = Element("p", "summary warn", "No source is known yet.");
    return line;
  }
  line.text = stale == 0
                  ? (state.sources.size() == 1
                         ? "The source is fresh"
                         : fmt::format("All {} sources are fresh", state.sources.size()))
                  : fmt::format("{} of {} not fresh", stale, Count(state.sources.size(), "source"));
  line.text += fmt::format(" \u00b7 {} in sync", Count(CountJobs(state, IsInSync), "job"));
  if (const std::size_t moving = CountJobs(state, IsMoving); moving > 0)
    line.text += fmt::format(" \u00b7 {} on the way", moving);
  if (trouble > 0) line.text += fmt::format(" \u00b7 {} to look at", trouble);
  return line;
}

// One that was cut off by the end of the daemon has not failed.
std::string_view ToneOfSync(std::string_view result) {
  return result == "ok" ? "good" : result == "interrupted" ? "quiet" : "bad";
}

struct Past {
  const SourceStatus* source;
  const sync::PastSync* sync;
};

void AddHistory(const State& state, WallTime now, Node& main) {
  std::vector<Past> past;
  for (const SourceStatus& source : state.sources) {
    for (const sync::PastSync& one : source.history) past.push_back({&source, &one});
  }
  if (past.empty()) return;
  std::stable_sort(past.begin(), past.end(),
                   [](const Past& a, const Past& b) { return a.sync->at > b.sync->at; });
  if (past.size() > sync::kKeptSyncs) past.resize(sync::kKeptSyncs);
  Node& section = main.Add(Element("section", ""));
  section.Add(Element("h2", "", "Last syncs"));
  Node table = TableOf({"result", "source", "commit", "applied", "when", "what was said"});
  for (const Past& one : past) {
    Node& row = table.children[1].Add(Element("tr", ""));
    Cell(row, "result").Add(Badge(ToneOfSync(one.sync->result), one.sync->result));
    Cell(row, "source", one.source->name);
    Cell(row, "commit").Add(Element("code", "", ShortCommit(one.sync->commit)));
    Cell(row, "applied", Count(one.sync->applied, "job"));
    Cell(row, "when").Add(Moment(one.sync->at, now));
    Cell(row, "said", one.sync->error);
  }
  section.Add(Element("div", "scroll")).Add(std::move(table));
}

void AddJobs(const State& state, WallTime now, Node& main, std::string title,
             bool (*takes)(Verdict)) {
  std::vector<Node> nodes =
      JobTable(state, now, [&](const JobStatus& job) { return takes(job.verdict); });
  if (nodes.empty()) return;
  Node& section = main.Add(Element("section", ""));
  section.Add(Element("h2", "", std::move(title)));
  for (Node& node : nodes) section.Add(std::move(node));
}

void AddFolded(const State& state, WallTime now, Node& main, std::string_view key,
               const std::string& title, bool (*takes)(Verdict)) {
  std::vector<Node> nodes =
      JobTable(state, now, [&](const JobStatus& job) { return takes(job.verdict); });
  if (nodes.empty()) return;
  Node& details = main.Add(Element("details", ""));
  details.attributes.emplace_back("id", std::string(key));
  details.Add(Element("summary", "", fmt::format("{} ({})", title, CountJobs(state, takes))));
  for (Node& node : nodes) details.Add(std::move(node));
}

Node LinkTo(std::string_view target, std::string text) {
  Node link = Element("a", "", std::move(text));
  link.attributes.emplace_back("href", std::string(target));
  return link;
}

}  // namespace

std::string ShortAge(WallTime from, WallTime to) {
  const auto seconds =
      std::abs(std::chrono::duration_cast<std::chrono::seconds>(to - from).count());
  if (seconds < 1) return "now";
  if (seconds < 100) return fmt::format("{} s", seconds);
  if (seconds < 100 * 60) return fmt::format("{} m", seconds / 60);
  if (seconds < 48 * 3600) return fmt::format("{} h", seconds / 3600);
  return fmt::format("{} d", seconds / 86400);
}

Node PageBody(const State& state, WallTime now) {
  Node main = Element("main", "");
  main.attributes.emplace_back("id", "state");
  main.Add(Summary(state, now));
  if (!state.ready && !state.not_ready.empty())
    main.Add(Element("p", "trouble", "Not ready: " + state.not_ready));
  Node& sources = main.Add(Element("section", ""));
  sources.Add(Element("h2", "", "Sources"));
  if (state.sources.empty()) {
    Node& none = sources.Add(Element("p", "hint",
                                     "A source is a git repository with job specs. To add one, "
                                     "write [source.NAME] with its url into the config file: "));
    none.Add(Command("nmgr config"));
  }
  Node& cards = sources.Add(Element("div", "cards"));
  for (const SourceStatus& source : state.sources) cards.Add(SourceCard(source, now));
  AddJobs(state, now, main, "To look at", IsTrouble);
  AddJobs(state, now, main, "On the way", IsMoving);
  AddHistory(state, now, main);
  AddFolded(state, now, main, "in-sync", "In sync", IsInSync);
  AddFolded(state, now, main, "unmanaged", "In Nomad, and of no source", IsUnmanaged);
  Node& foot = main.Add(Element("footer", ""));
  foot.text = fmt::format("{} \u00b7 instance {} \u00b7 this copy: {} \u00b7 as of {}Z \u00b7 ",
                          state.version, state.instance, state.holder, UtcText(now).substr(0, 19));
  foot.Add(LinkTo("/api/v1/status", "API"));
  foot.Add(Text(" \u00b7 "));
  foot.Add(LinkTo("/metrics", "metrics"));
  return main;
}

std::string PageText(const State& state, WallTime now) {
  Node html = Element("html", "");
  html.attributes.emplace_back("lang", "en");
  Node& head = html.Add(Element("head", ""));
  head.Add({"meta", {{"charset", "utf-8"}}});
  head.Add({"meta", {{"name", "viewport"}, {"content", "width=device-width, initial-scale=1"}}});
  head.Add({"meta", {{"name", "color-scheme"}, {"content", "light dark"}}});
  head.Add(Element("title", "", "nmgr \u00b7 " + state.instance));
  head.Add({"link", {{"rel", "icon"}, {"href", "data:,"}}});
  head.Add({"link", {{"rel", "stylesheet"}, {"href", "/assets/page.css"}}});
  head.Add({"script", {{"src", "/assets/page.js"}, {"defer", ""}}});
  Node& body = html.Add(Element("body", ""));
  Node& header = body.Add(Element("header", ""));
  header.Add(Element("h1", "", "nmgr"));
  header.Add(Element("span", "where", "keeps the cluster as its repositories say"));
  Node& live = header.Add(Element("span", "live", ""));
  live.attributes.emplace_back("id", "live");
  body.Add(PageBody(state, now));
  return "<!DOCTYPE html>\n" + WriteHtml(html) + "\n";
}

}  // namespace nmgr::serve
