#include "nmgr/base/path.h"

#include <vector>

namespace nmgr {

namespace {

// Most are: nothing of them is to be taken apart.
bool IsClean(std::string_view path) {
  if (path.empty()) return false;
  for (std::size_t at = path.front() == '/' ? 1 : 0;;) {
    const std::size_t end = path.find('/', at);
    const std::string_view element = path.substr(at, end - at);
    if (element.empty() || element == "." || element == "..") return false;
    if (end == std::string_view::npos) return true;
    at = end + 1;
  }
}

}  // namespace

Path CleanPath(std::string_view path) {
  if (IsClean(path)) return Path(path);
  const bool rooted = !path.empty() && path.front() == '/';
  std::vector<std::string_view> elements;
  for (std::size_t at = 0; at < path.size();) {
    std::size_t end = path.find('/', at);
    if (end == std::string_view::npos) end = path.size();
    const std::string_view element = path.substr(at, end - at);
    at = end + 1;
    if (element.empty() || element == ".") continue;
    if (element != "..") {
      elements.push_back(element);
    } else if (!elements.empty() && elements.back() != "..") {
      elements.pop_back();
    } else if (!rooted) {
      elements.push_back(element);
    }
  }
  Path out = rooted ? "/" : "";
  for (std::size_t i = 0; i < elements.size(); ++i) {
    if (i != 0) out += '/';
    out += elements[i];
  }
  return out.empty() ? "." : out;
}

Path JoinPath(std::string_view folder, std::string_view name) {
  if (IsAbsolutePath(name) || folder.empty()) return CleanPath(name);
  Path joined(folder);
  joined += '/';
  joined += name;
  return CleanPath(joined);
}

Path BaseName(std::string_view path) {
  if (path.empty()) return ".";
  while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
  if (path == "/") return "/";
  return Path(path.substr(path.find_last_of('/') + 1));
}

Path DirName(std::string_view path) {
  const std::size_t slash = path.find_last_of('/');
  return CleanPath(slash == std::string_view::npos ? "" : path.substr(0, slash + 1));
}

bool IsAbsolutePath(std::string_view path) { return !path.empty() && path.front() == '/'; }

Path RelativeTo(std::string_view path, std::string_view folder) {
  while (folder.size() > 1 && folder.back() == '/') folder.remove_suffix(1);
  if (path == folder) return ".";
  if (folder == "/" && IsAbsolutePath(path)) return Path(path.substr(1));
  if (path.size() > folder.size() && path.substr(0, folder.size()) == folder &&
      path[folder.size()] == '/') {
    return Path(path.substr(folder.size() + 1));
  }
  return Path(path);
}

Path ExpandHome(std::string_view path, std::string_view home) {
  if (home.empty()) return Path(path);
  if (path == "~") return Path(home);
  if (path.substr(0, 2) == "~/") return JoinPath(home, path.substr(2));
  return Path(path);
}

}  // namespace nmgr
