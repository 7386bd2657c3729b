// What reads files, and what only takes paths apart.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "hcl/functions/glob.h"
#include "hcl/functions/support.h"
#include "nmgr/base/base64.h"
#include "nmgr/base/scan.h"
#include "nmgr/base/text.h"

namespace nmgr::hcl::functions {
namespace {

// Reaching for the disk takes time, which counts as memory here.
constexpr std::int64_t kCostOfFile = 1024;
constexpr std::int64_t kCostOfGlobStep = 512;

FunctionError TooManyFiles() { return Fault("too many files are looked at in one evaluation"); }

// "~" and what follows it by `home`; other paths as they are.
FunctionOutcome<Path> Expand(std::string_view path, const FunctionContext& context) {
  if (path.empty() || path[0] != '~') return Path(path);
  if (path.size() > 1 && path[1] != '/' && path[1] != '\\') {
    return Fault("cannot expand user-specific home dir");
  }
  if (context.home.empty()) return Fault("the home folder is not known (HOME is not set)");
  return CleanPath(context.home + "/" + std::string(path.substr(1)));
}

FunctionOutcome<Path> FullPath(std::string_view path, const FunctionContext& context) {
  const auto expanded = Expand(path, context);
  if (!expanded) return Fault("failed to expand ~: " + expanded.error().message);
  if ((*expanded).find('\0') != Path::npos) return Fault("a path must not hold a NUL character");
  return JoinPath(context.base_dir, *expanded);
}

// Why the file is not there: paths start at another folder than its author thought.
std::string NoFileAt(const Path& path, std::string_view given, const FunctionContext& context) {
  const std::string message = "no file exists at " + path;
  if (context.repository.empty() || given.empty() || given[0] == '~' || IsAbsolutePath(given)) {
    return message;
  }
  const Path other = JoinPath(context.repository, given);
  if (other == path || !context.files->Stat(other)) return message;
  return fmt::format(
      "{}, but there is {} below the base directory (file_root = \"base\" in the config file lets "
      "paths start there)",
      message, other);
}

FunctionOutcome<std::string> ReadBytes(const FunctionCall& call) {
  const auto path = FullPath(call.arguments[0].as_string(), call.context);
  if (!path) return path.error();
  if (!Charge(call.context, kCostOfFile)) return TooManyFiles();
  Expected<std::string> content = call.context.files->ReadFile(*path, kMaxFileSize);
  if (!content && content.error().code == ErrorCode::kNotFound) {
    return Fault(NoFileAt(*path, call.arguments[0].as_string(), call.context));
  }
  if (!content) return Fault("failed to read " + content.error().message);
  if (!Charge(call.context, static_cast<std::int64_t>(content->size()))) return TooLarge();
  return *std::move(content);
}

FunctionResult File(const FunctionCall& call) {
  auto content = ReadBytes(call);
  if (!content) return content.error();
  if (!IsValidUtf8(SkipAscii(*content))) {
    return Fault(
        fmt::format("contents of {} are not valid UTF-8; use the filebase64 function to "
                    "obtain the Base64 encoded contents",
                    call.arguments[0].as_string()));
  }
  return Value::Of(std::move(*content));
}

FunctionResult FileBase64(const FunctionCall& call) {
  const auto content = ReadBytes(call);
  if (!content) return content.error();
  return Value::Of(EncodeBase64(*content));
}

// Whether some folder on the way to `path` is no folder.
bool LeadsThroughFile(const Path& path, FileSystem& files) {
  for (Path parent = DirName(path); parent != "." && parent != "/"; parent = DirName(parent)) {
    const Expected<FileInfo> info = files.Stat(parent);
    if (info) return info->kind != FileKind::kFolder;
  }
  return false;
}

FunctionResult FileExists(const FunctionCall& call) {
  const auto path = FullPath(call.arguments[0].as_string(), call.context);
  if (!path) return path.error();
  if (!Charge(call.context, kCostOfFile)) return TooManyFiles();
  const Expected<FileInfo> info = call.context.files->Stat(*path);
  if (info) {
    if (info->kind == FileKind::kFile) return Value::Bool(true);
    const std::string_view what = info->kind == FileKind::kFolder ? "a folder" : "something else";
    return Fault(fmt::format("{} is not a regular file, but {}", *path, what));
  }
  if (info.error().code != ErrorCode::kNotFound || LeadsThroughFile(*path, *call.context.files)) {
    return Fault("failed to stat " + *path);
  }
  return Value::Bool(false);
}

std::vector<std::string_view> Elements(std::string_view path) {
  std::vector<std::string_view> elements = Split(path, '/');
  std::erase_if(elements,
                [](std::string_view element) { return element.empty() || element == "."; });
  return elements;
}

// How to get from `folder` to `path`; both are clean.
Path RouteTo(const Path& path, const Path& folder) {
  const std::vector<std::string_view> to = Elements(path);
  const std::vector<std::string_view> from = Elements(folder);
  std::size_t shared = 0;
  while (shared < to.size() && shared < from.size() && to[shared] == from[shared]) ++shared;
  std::vector<std::string> route(from.size() - shared, "..");
  for (std::size_t i = shared; i < to.size(); ++i) route.emplace_back(to[i]);
  return route.empty() ? "." : Join(route, "/");
}

FunctionResult FileSet(const FunctionCall& call) {
  constexpr std::size_t kMaxPattern = 8192;
  if (call.arguments[1].as_string().size() > kMaxPattern) return Fault("the pattern is too long");
  const Path folder = JoinPath(call.context.base_dir, call.arguments[0].as_string());
  const Path pattern = CleanPath(folder + "/" + std::string(call.arguments[1].as_string()));
  if (pattern.find('\0') != Path::npos) return Value::Set(Type::String(), {});
  Globber globber(*call.context.files);
  const auto found = globber.Find(pattern);
  if (!Charge(call.context, globber.steps() * kCostOfGlobStep)) return TooManyFiles();
  if (!found) {
    return Fault(fmt::format("failed to glob pattern ({}): {}", pattern, found.error().message));
  }
  if (!ChargeElements(call.context, (*found).size())) return TooManyFiles();
  Values names;
  for (const Path& path : *found) {
    const Expected<FileInfo> info = call.context.files->Stat(path);
    if (!info) return Fault(fmt::format("failed to stat ({})", path));
    if (info->kind == FileKind::kFile) names.push_back(Value::Of(RouteTo(path, folder)));
  }
  return Value::Set(Type::String(), std::move(names));
}

FunctionResult BaseNameOf(const FunctionCall& call) {
  return Value::Of(BaseName(call.arguments[0].as_string()));
}

FunctionResult DirNameOf(const FunctionCall& call) {
  return Value::Of(DirName(call.arguments[0].as_string()));
}

FunctionResult AbsolutePath(const FunctionCall& call) {
  const Path here = call.context.current.empty() ? CurrentFolder() : call.context.current;
  return Value::Of(JoinPath(here, call.arguments[0].as_string()));
}

FunctionResult PathExpand(const FunctionCall& call) {
  auto expanded = Expand(call.arguments[0].as_string(), call.context);
  if (!expanded) return expanded.error();
  return Value::Of(std::move(*expanded));
}

Function OfPath(std::string_view name, std::string_view summary, Type result,
                FunctionResult (*call)(const FunctionCall&), bool pure = false) {
  return Function{.name = name,
                  .family = kFilesFamily,
                  .summary = summary,
                  .parameters = {StringParameter("path")},
                  .static_type = std::move(result),
                  .call = call,
                  .filesystem = true,
                  .pure = pure};
}

}  // namespace

std::vector<Function> FilesystemFunctions() {
  Function file_set = OfPath(
      "fileset", "The files in a folder that match a pattern with *, **, ?, [a-z] and {a,b}.",
      Type::Set(Type::String()), FileSet);
  file_set.parameters.push_back(StringParameter("pattern"));
  return {
      OfPath("abspath", "The path as an absolute one, from the current folder.", Type::String(),
             AbsolutePath),
      OfPath("basename", "The last element of a path.", Type::String(), BaseNameOf, true),
      OfPath("dirname", "The path without its last element.", Type::String(), DirNameOf, true),
      OfPath("file", "The text (UTF-8) of a file, looked up from the folder of the spec.",
             Type::String(), File),
      OfPath("filebase64", "The bytes of a file in base 64.", Type::String(), FileBase64),
      OfPath("fileexists", "Whether there is a file at a path.", Type::Bool(), FileExists),
      std::move(file_set),
      OfPath("pathexpand", "The path with a leading ~ replaced by the home folder.", Type::String(),
             PathExpand),
  };
}

}  // namespace nmgr::hcl::functions
