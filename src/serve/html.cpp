#include "serve/html.h"

#include <algorithm>
#include <array>

#include "nmgr/base/text.h"

namespace nmgr::serve {
namespace {

constexpr std::array<std::string_view, 3> kVoidTags = {"meta", "link", "br"};

void Write(const Node& node, std::string& into) {
  into += '<';
  into += node.tag;
  for (const auto& [name, value] : node.attributes) {
    into += ' ';
    into += name;
    into += "=\"";
    into += EscapeHtml(value);
    into += '"';
  }
  into += '>';
  if (std::find(kVoidTags.begin(), kVoidTags.end(), node.tag) != kVoidTags.end()) return;
  into += EscapeHtml(node.text);
  for (const Node& child : node.children) Write(child, into);
  into += "</";
  into += node.tag;
  into += '>';
}

}  // namespace

Node Element(std::string_view tag, std::string_view css_class, std::string text) {
  Node node{tag};
  if (!css_class.empty()) node.attributes.emplace_back("class", std::string(css_class));
  node.text = std::move(text);
  return node;
}

std::string EscapeHtml(std::string_view text) {
  std::string escaped;
  for (const char c : EscapeControls(text, "\n")) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

std::string WriteHtml(const Node& node) {
  std::string text;
  Write(node, text);
  return text;
}

Json WriteJson(const Node& node) {
  Json attributes = Json::object();
  for (const auto& [name, value] : node.attributes)
    attributes[std::string(name)] = EscapeControls(value);
  Json children = Json::array();
  for (const Node& child : node.children) children.push_back(WriteJson(child));
  return Json::array(
      {node.tag, std::move(attributes), EscapeControls(node.text, "\n"), std::move(children)});
}

}  // namespace nmgr::serve
