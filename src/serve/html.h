// A small tree of HTML, made once and written in two forms: as text for a browser that asks for the
// page, and as JSON from which its script builds the same elements with createElement and
// textContent. So there is one place that says how a thing looks, and none where a job's name could
// become markup.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "serve/answers.h"

namespace nmgr::serve {

// Names of tags and attributes are literals of ours; values and texts are anybody's.
struct Node {
  std::string_view tag;
  std::vector<std::pair<std::string_view, std::string>> attributes = {};
  std::string text = {};  // before the children
  std::vector<Node> children = {};

  Node& Add(Node child) {
    children.push_back(std::move(child));
    return children.back();
  }
};

Node Element(std::string_view tag, std::string_view css_class, std::string text = {});

// Characters that could end a text or an attribute are references; what cannot be seen or would
// turn the line around is made visible.
std::string EscapeHtml(std::string_view text);

std::string WriteHtml(const Node& node);
// ["tag", {attributes}, "text", [children]]
Json WriteJson(const Node& node);

}  // namespace nmgr::serve
