// A template of a task as far as it can be read without running it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "nmgr/order/links.h"

namespace nmgr::order {

// Stands for what only a run puts in.
inline constexpr char kUnknownText = '\x01';

struct TemplateService {
  Catalog catalog = Catalog::kConsul;
  std::string name;
  std::size_t line = 0;  // of the template, from 0
};

struct TemplateText {
  // The template line by line; of its actions what they put in where that is known: the value of a
  // variable that is a literal, and `env "X"` as "${X}"; else kUnknownText.
  std::string text;
  std::vector<TemplateService> services;
  std::vector<std::string> node_addresses;  // compared with the own node's by eq or ne
};

TemplateText ReadTemplate(std::string_view data, std::string_view left, std::string_view right);

// Whether the text is hidden by a comment.
bool IsCommentLine(std::string_view line);

// "${attr.unique.network.ip-address}" and whatever else means the node that the task runs on.
bool IsOwnNode(std::string_view host);

}  // namespace nmgr::order
