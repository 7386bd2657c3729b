#include "git/links.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "nmgr/base/path.h"
#include "nmgr/base/text.h"

namespace nmgr::git {
namespace {

// Puts the parts of a path on the stack, the first one on top.
bool Push(std::string_view path, std::vector<std::string>& ahead) {
  if (path.empty() || path.front() == '/' || path.find('\0') != path.npos) return false;
  const std::vector<std::string_view> parts = Split(path, '/');
  std::for_each(parts.rbegin(), parts.rend(),
                [&](std::string_view part) { ahead.emplace_back(part); });
  return true;
}

}  // namespace

bool StaysInside(const Links& links, const std::string& path) {
  constexpr int kMostLinks = 40;  // as Linux
  for (std::size_t slash = path.find('/'); slash != path.npos; slash = path.find('/', slash + 1)) {
    if (links.contains(path.substr(0, slash))) return false;
  }
  std::string at;  // where we are, without links
  std::vector<std::string> ahead;
  if (!Push(path, ahead)) return false;
  for (int followed = 0; !ahead.empty();) {
    const std::string part = std::move(ahead.back());
    ahead.pop_back();
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      if (at.empty()) return false;
      const std::size_t slash = at.rfind('/');
      at.resize(slash == at.npos ? 0 : slash);
      continue;
    }
    const std::string next = at.empty() ? part : at + "/" + part;
    const auto link = links.find(next);
    if (link == links.end()) {
      at = next;
    } else if (++followed > kMostLinks || !Push(link->second, ahead)) {
      return false;
    }
  }
  return true;
}

}  // namespace nmgr::git
