// The record of stopped jobs with any text as its file: read without harm, and either it is no
// record of ours, which is then left as it is, or a job that enters it is there afterwards beside
// what was there before.

#include "nmgr/rollout/record.h"

#include <unistd.h>

#include <fstream>
#include <iterator>

#include "fuzz/fuzz.h"
#include "support/temp_dir.h"

namespace nmgr::fuzz {
namespace {

using rollout::StoppedRecord;

const rollout::RecordKey kKey{"http://127.0.0.1:4646", "", "/cld"};

std::string ReadAll(const Path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace

void Record(std::string_view text) {
  const testing::TempDir dir;
  const Path path = StoppedRecord::PathOf(dir.path(), kKey);
  dir.Write(path.substr(dir.path().size() + 1), std::string(text));
  const auto record = StoppedRecord::Open(dir.path(), kKey, RealClock());
  if (!record) {
    Require(ReadAll(path) == text, "what is no record was changed");
    return;
  }
  const std::vector<rollout::StoppedJob> before = (*record)->jobs();
  const nomad::JobRef job{"fuzz job", "default", ""};
  Require((*record)->Add(job, "2026-11-21T04:11:25Z").has_value(), "no job can be added");
  const auto again = StoppedRecord::Open(dir.path(), kKey, RealClock());
  Require(again.has_value(), "what was written is no record");
  Require((*again)->Holds(job), "a job that was added is not there");
  for (const rollout::StoppedJob& stopped : before) {
    Require((*again)->Holds(stopped.ref), "a job that was there is lost");
  }
}

}  // namespace nmgr::fuzz
