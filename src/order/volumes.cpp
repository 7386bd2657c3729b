#include "nmgr/order/volumes.h"

#include <memory>
#include <set>
#include <utility>

#include "nmgr/hcl/syntax/parse.h"

namespace nmgr::order {
namespace {

constexpr std::uint64_t kMaxVolumeFile = std::uint64_t{256} << 10U;

// A plain string of the file; "" for anything else.
std::string PlainText(const hcl::Body& body, std::string_view name) {
  for (const hcl::BodyItem& item : body.items) {
    if (item.attribute == nullptr || item.attribute->name != name) continue;
    const hcl::Expr& expr = *item.attribute->expr;
    if (expr.kind != hcl::ExprKind::kLiteral) return {};
    const hcl::Value& value = hcl::As<hcl::LiteralExpr>(expr).value;
    const bool text = value.has_content() && value.kind() == hcl::Kind::kString;
    return text ? std::string(value.as_string()) : std::string();
  }
  return {};
}

}  // namespace

std::map<std::string, std::string> PluginsOfVolumes(const std::vector<Path>& folders,
                                                    FileSystem& files) {
  std::map<std::string, std::string> plugins;
  for (const Path& folder : std::set<Path>(folders.begin(), folders.end())) {
    const auto entries = files.ListFolder(folder);
    if (!entries) continue;
    for (const FolderEntry& entry : *entries) {
      if (!entry.name.ends_with(".hcl") && !entry.name.ends_with(".volume")) continue;
      const Path path = JoinPath(folder, entry.name);
      auto text = files.ReadFile(path, kMaxVolumeFile);
      if (!text || text->find("plugin_id") == std::string::npos) continue;
      hcl::Diagnostics faults;
      const hcl::BodyPtr body =
          hcl::ParseBody(std::make_shared<hcl::SourceFile>(path, *std::move(text)), faults);
      if (faults.HasErrors()) continue;
      std::string id = PlainText(body->root(), "id");
      std::string plugin = PlainText(body->root(), "plugin_id");
      if (!id.empty() && !plugin.empty()) plugins.emplace(std::move(id), std::move(plugin));
    }
  }
  return plugins;
}

std::map<std::string, std::string> PluginsOfVolumes(const std::vector<const Links*>& jobs,
                                                    const std::vector<Path>& paths,
                                                    FileSystem& files) {
  std::vector<Path> folders;
  bool mounts = false;
  bool serves = false;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    mounts = mounts || !jobs[i]->volumes.empty();
    serves = serves || !jobs[i]->plugins.empty();
    if (jobs[i]->volumes.empty() && jobs[i]->plugins.empty()) continue;
    folders.push_back(DirName(paths[i]));
  }
  if (!mounts || !serves) return {};
  return PluginsOfVolumes(folders, files);
}

}  // namespace nmgr::order
