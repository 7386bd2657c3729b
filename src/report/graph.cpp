#include "nmgr/report/graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "nmgr/base/text.h"

namespace nmgr::report {
namespace {

std::string EdgeReasonText(const order::EdgeReason& reason) {
  const std::string place = ToText(reason.place);
  return place.empty() ? reason.what : reason.what + ": " + place;
}

class GraphTree {
 public:
  explicit GraphTree(const Graph& graph) : graph_(graph), below_(graph.jobs.size()) {
    std::vector<bool> is_below(graph.jobs.size(), false);
    for (const GraphEdge& edge : graph.edges) {
      below_[edge.edge.job].push_back(&edge);
      is_below[edge.edge.after] = true;
    }
    for (std::size_t i = 0; i < below_.size(); ++i) {
      if (!is_below[i] && !below_[i].empty()) roots_.push_back(i);
    }
  }

  std::vector<std::string> Run() {
    for (const std::size_t root : roots_) DrawRoot(root);
    for (std::size_t i = 0; i < below_.size(); ++i) {  // what lies on a cycle
      if (!below_[i].empty() && !drawn_.contains(i)) DrawRoot(i);
    }
    return std::move(lines_);
  }

 private:
  struct Row {
    std::size_t job;
    std::size_t next = 0;
    std::string margin;
  };

  void DrawRoot(std::size_t root) {
    lines_.push_back(EscapeControls(graph_.jobs[root].name));
    drawn_.insert(root);
    std::vector<Row> rows = {{root, 0, {}}};
    while (!rows.empty()) {
      const std::size_t job = rows.back().job;
      if (rows.back().next == below_[job].size()) {
        rows.pop_back();
        continue;
      }
      const GraphEdge& edge = *below_[job][rows.back().next++];
      const bool last = rows.back().next == below_[job].size();
      const std::string margin = rows.back().margin;
      const bool deeper = DrawEdge(edge, margin, last);
      if (deeper) rows.push_back({edge.edge.after, 0, margin + (last ? "   " : "│  ")});
    }
  }

  // Whether what it leads to is still to be drawn.
  bool DrawEdge(const GraphEdge& edge, const std::string& margin, bool last) {
    const std::size_t to = edge.edge.after;
    const bool more = !below_[to].empty();
    const bool again = more && !drawn_.insert(to).second;
    const std::string name = graph_.jobs[to].name + (again ? " (see there)" : "");
    bool first = true;
    for (const std::string& reason : ReasonLines(edge)) {
      const std::string head =
          first ? (last ? "└─ " : "├─ ") + EscapeControls(name)
                : std::string(last ? "   " : "│  ") + (more && !again ? "│" : "");
      lines_.push_back(margin + head + (reason.empty() ? "" : "  " + EscapeControls(reason)));
      first = false;
    }
    return more && !again;
  }

  const Graph& graph_;
  std::vector<std::vector<const GraphEdge*>> below_;
  std::vector<std::size_t> roots_;
  std::set<std::size_t> drawn_;
  std::vector<std::string> lines_;
};

std::string InDotQuotes(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : EscapeControls(text)) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "\"";
}

// Mermaid takes entities for what means something to it.
std::string InMermaidQuotes(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : EscapeControls(text)) {
    switch (c) {
      case '"':
        quoted += "#quot;";
        break;
      case '#':
        quoted += "#35;";
        break;
      case '<':
        quoted += "#lt;";
        break;
      case '>':
        quoted += "#gt;";
        break;
      default:
        quoted += c;
    }
  }
  return quoted + "\"";
}

std::vector<std::size_t> JobsWithEdges(const Graph& graph) {
  std::set<std::size_t> jobs;
  for (const GraphEdge& edge : graph.edges) {
    jobs.insert(edge.edge.job);
    jobs.insert(edge.edge.after);
  }
  return {jobs.begin(), jobs.end()};
}

std::string EdgeLabel(const GraphEdge& edge) {
  std::vector<std::string> what;
  for (const order::EdgeReason& reason : edge.edge.reasons) {
    if (std::find(what.begin(), what.end(), reason.what) == what.end()) what.push_back(reason.what);
  }
  return SomeOf(what);
}

}  // namespace

std::vector<std::string> ReasonLines(const GraphEdge& edge) {
  std::vector<std::string> lines;
  for (const order::EdgeReason& reason : edge.edge.reasons) lines.push_back(EdgeReasonText(reason));
  if (lines.empty()) lines.emplace_back();
  if (edge.dropped) lines.front() += "; on a cycle, so it orders nothing";
  return lines;
}

std::vector<std::string> GraphLines(const Graph& graph) { return GraphTree(graph).Run(); }

std::string GraphDot(const Graph& graph) {
  std::string text = "digraph nmgr {\n  rankdir=LR;\n  node [shape=box];\n";
  for (const std::size_t i : JobsWithEdges(graph)) {
    text += fmt::format("  n{} [label={}];\n", i, InDotQuotes(graph.jobs[i].name));
  }
  for (const GraphEdge& edge : graph.edges) {
    text += fmt::format("  n{} -> n{} [label={}{}];\n", edge.edge.job, edge.edge.after,
                        InDotQuotes(EdgeLabel(edge)),
                        edge.dropped           ? ", style=dotted"
                        : edge.edge.configured ? ""
                                               : ", style=dashed");
  }
  return text + "}\n";
}

std::string GraphMermaid(const Graph& graph) {
  std::string text = "flowchart LR\n";
  for (const std::size_t i : JobsWithEdges(graph)) {
    text += fmt::format("  n{}[{}]\n", i, InMermaidQuotes(graph.jobs[i].name));
  }
  for (const GraphEdge& edge : graph.edges) {
    text += fmt::format("  n{} {}|{}| n{}\n", edge.edge.job, edge.edge.configured ? "-->" : "-.->",
                        InMermaidQuotes(EdgeLabel(edge)), edge.edge.after);
  }
  return text;
}

nlohmann::json EdgesJson(const Graph& graph) {
  nlohmann::json edges = nlohmann::json::array();
  for (const GraphEdge& edge : graph.edges) {
    nlohmann::json reasons = nlohmann::json::array();
    for (const order::EdgeReason& reason : edge.edge.reasons) {
      nlohmann::json json = {{"what", reason.what}, {"path", reason.place.file}};
      if (reason.place.line != 0) json["line"] = reason.place.line;
      if (!reason.place.name.empty()) json["name"] = reason.place.name;
      reasons.push_back(std::move(json));
    }
    edges.push_back({{"job", graph.jobs[edge.edge.job].name},
                     {"after", graph.jobs[edge.edge.after].name},
                     {"configured", edge.edge.configured},
                     {"dropped", edge.dropped},
                     {"reasons", std::move(reasons)}});
  }
  return edges;
}

nlohmann::json ToJson(const Graph& graph) {
  nlohmann::json jobs = nlohmann::json::array();
  for (const GraphJob& job : graph.jobs) {
    jobs.push_back({{"id", job.id},
                    {"namespace", job.name_space},
                    {"region", job.region},
                    {"path", job.path},
                    {"infra", job.infra}});
  }
  return {{"jobs", std::move(jobs)}, {"edges", EdgesJson(graph)}};
}

void ReportGraph(Reporter& out, const Graph& graph, Output form) {
  switch (form) {
    case Output::kJson:
      return out.Json(ToJson(graph));
    case Output::kDot:
      return out.Raw(GraphDot(graph));
    case Output::kMermaid:
      return out.Raw(GraphMermaid(graph));
    case Output::kText:
    case Output::kLines:
    case Output::kGithub:
      break;
  }
  out.Lines(GraphLines(graph));
  std::set<std::size_t> tied;
  for (const GraphEdge& edge : graph.edges) {
    tied.insert(edge.edge.job);
    tied.insert(edge.edge.after);
  }
  const std::size_t free = graph.jobs.size() - tied.size();
  if (free != 0) out.Notice(Count(free, "job") + " without an edge");
}

JsonFields EdgeFields() {
  const JsonFields reason = {
      shape::Text("what", "the service, port, volume or rule"),
      shape::Text("path", "the file that names it"),
      shape::Optional(shape::Whole("line", "of that file")),
      shape::Optional(shape::Text("name", "the attribute of the evaluated spec"))};
  return {shape::Text("job", "what it is shown as"),
          shape::Text("after", "the job that it comes after"),
          shape::Flag("configured", "by [order]; else the specs say so"),
          shape::Flag("dropped", "it lies on a cycle of such edges and orders nothing"),
          shape::Objects("reasons", "why", reason)};
}

JsonShape GraphShape() {
  return {.fields = {shape::Objects("jobs", "those of the edges, and of the targets", JobFields()),
                     shape::Objects("edges", "what comes after what", EdgeFields())}};
}

}  // namespace nmgr::report
