// What comes after what, drawn: as a tree of lines, for graphviz, for mermaid, as JSON.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "nmgr/order/edges.h"
#include "nmgr/report/reporter.h"
#include "nmgr/report/shape.h"

namespace nmgr::report {

struct GraphJob {
  std::string name;  // what it is shown as
  std::string id;
  std::string name_space;
  std::string region;
  std::string path;
  bool infra = false;
};

struct GraphEdge {
  order::Edge edge;      // of positions in `jobs`
  bool dropped = false;  // inferred and on a cycle: it orders nothing
};

struct Graph {
  std::vector<GraphJob> jobs;
  std::vector<GraphEdge> edges;
};

// Each job that comes after others, with those below it; one that nobody comes after first. What a
// job comes after is drawn once; an edge that is named by several lines has a line for each.
std::vector<std::string> GraphLines(const Graph& graph);

// An arrow points from a job to the one that it comes after; inferred edges are dashed.
std::string GraphDot(const Graph& graph);
std::string GraphMermaid(const Graph& graph);

// Why, a line each: "service zdb: app.hcl:9".
std::vector<std::string> ReasonLines(const GraphEdge& edge);

// The edges as objects, and their fields.
nlohmann::json EdgesJson(const Graph& graph);
JsonFields EdgeFields();

nlohmann::json ToJson(const Graph& graph);
// In the form that is wanted; of the tree also how many jobs no edge touches, as a notice.
void ReportGraph(Reporter& out, const Graph& graph, Output form);
JsonShape GraphShape();

}  // namespace nmgr::report
