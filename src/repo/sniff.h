// A quick look at bytes, so that the many *.hcl files that are no specs cost no parse.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace nmgr::repo {

// False only where the text cannot hold a top-level job block: no `job` stands where a block's
// header could (first on its line, or behind a comment), or it stands behind a NUL byte, as in
// binary files. In JSON syntax: no "job" key at all.
bool MayHoldJob(std::string_view text);

// A text in UTF-16, by its byte order mark. HCL is UTF-8.
bool IsUtf16(std::string_view text);

// What stands in place of the text of a file, which may have been a spec: a pointer, or something
// encrypted. `remedy` brings the text; "": nobody can say how.
struct StandIn {
  std::string_view why;
  std::string_view remedy;
};
std::optional<StandIn> FindStandIn(std::string_view text);

// A job in the form of Nomad's API, as `nomad job inspect` prints it ({"Job": {"TaskGroups":
// ...}}), which is no spec. HCL's JSON form has "job", with a small letter.
bool IsApiJob(std::string_view text);

// What the first line that begins like a job's header has instead of one: its line (1-based) and
// what keeps it from being read.
struct LostJob {
  std::size_t line = 0;
  std::string_view why;
};
std::optional<LostJob> FindLostJob(std::string_view text);

// A job's ID that a template of another tool is to fill in ("[[ .job_name ]]").
bool IsForeignName(std::string_view id);

// Where the first marker of an unresolved merge conflict stands at the start of a line.
std::optional<std::size_t> FindMergeMarker(std::string_view text);

}  // namespace nmgr::repo
