#include "nmgr/jobspec/partial.h"

#include <re2/re2.h>

#include <algorithm>
#include <set>

#include "jobspec/body.h"
#include "jobspec/header.h"
#include "jobspec/images.h"
#include "jobspec/json_job.h"
#include "jobspec/names.h"
#include "jobspec/top_level.h"

namespace nmgr::jobspec {

std::optional<JobSpec> EvaluateKnownPart(const ParsedSpec& parsed, const SpecContext& context) {
  if (!parsed.valid) return std::nullopt;
  const ParsedSpec spec = WithTree(parsed);
  hcl::Diagnostics ignored;
  const VariableFilesPtr files = ReadVariableFiles(context, ignored);
  const TopLevel top = ReadTopLevel(spec, ignored);
  Session session(spec.source, spec.path, context);
  session.partly = true;
  EvaluateNamesPartly(top, InputOf(context), files ? *files : std::vector<VariableFile>(), session);
  JobSpec result;
  if (!top.jobs.empty()) {
    EvaluatedBlock job = EvaluateJob(*top.jobs[0], session, ignored);
    result.images = ImagesOf(job);
    result.body.blocks.push_back(std::move(job));
  } else if (!top.json_jobs.empty()) {
    const EvaluatedJsonJob job = EvaluateJsonJob(top.json_jobs[0], session, ignored);
    result.images = ImagesOf(job);
    result.json_body.blocks.push_back(BlockOf(job));
  } else {
    return std::nullopt;
  }
  result.path = spec.path;
  result.header = parsed.header;
  result.source = spec.source;
  result.inputs = session.files.paths();
  return result;
}

bool IsWhollyKnown(const EvaluatedBody& body) {
  return std::all_of(body.attributes.begin(), body.attributes.end(),
                     [](const EvaluatedAttribute& one) { return one.value.IsWhollyKnown(); }) &&
         std::all_of(body.blocks.begin(), body.blocks.end(), [](const EvaluatedBlock& block) {
           return std::find(block.labels.begin(), block.labels.end(), kUnknownImage) ==
                      block.labels.end() &&
                  IsWhollyKnown(block.body);
         });
}

bool ReadsAreKnown(const ParsedSpec& spec, const std::vector<Path>& inputs) {
  static const RE2 kCall(R"re(\bfile(?:base64|exists|set)?\s*\(\s*([^,)]*))re");
  static const RE2 kPlain(R"re("[^"$%\\]*"\s*)re");
  if (!spec.valid || !spec.source) return false;
  const std::string_view text = spec.source->text();
  re2::StringPiece rest(text.data(), text.size());
  re2::StringPiece argument;
  std::set<std::string> named;
  while (RE2::FindAndConsume(&rest, kCall, &argument)) {
    if (!RE2::FullMatch(argument, kPlain)) return false;
    named.emplace(argument.data(), argument.size());
  }
  return named.size() <= inputs.size();
}

}  // namespace nmgr::jobspec
