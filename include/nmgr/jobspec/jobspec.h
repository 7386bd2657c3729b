// One job spec: what its text says (ParseSpec, cheap) and what it comes to once variables, locals,
// functions and dynamic blocks are resolved (EvaluateSpec).
//
// The rules are those of Nomad's jobspec2 on the client (shared reference, sections 5 to 8 and 10).
// What comes out holds literal values only, so that a server which refuses file() and friends reads
// the same job from it. The job schema is not checked here: the server stays its only authority.
//
// Nothing here keeps state; every function may be called from several threads at once.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "nmgr/base/expected.h"
#include "nmgr/base/file_system.h"
#include "nmgr/base/path.h"
#include "nmgr/base/secrets.h"
#include "nmgr/hcl/syntax/diagnostics.h"
#include "nmgr/hcl/syntax/json_tree.h"
#include "nmgr/hcl/syntax/source.h"
#include "nmgr/hcl/syntax/tree.h"
#include "nmgr/hcl/value/value.h"

namespace nmgr::jobspec {

// What names a job in Nomad, and its scheduler type. "" where the spec does not say (Nomad's
// defaults are then the client's settings and "service").
struct JobHeader {
  std::string id;  // the `id` attribute, else the label
  std::string name_space;
  std::string region;
  std::string type;
};

// What stands in the place of an image, or of a name, that is not known.
inline constexpr std::string_view kUnknownImage = "?";

// The image of one task that has one; job-level tasks stand in a group of their own name. Groups
// and tasks in the order of the spec, expanded dynamic blocks in place.
//
// A task that Nomad runs beside a service because of a `connect` block counts when the author wrote
// its image (sidecar_task). `kind` is then what Nomad gives it ("connect-proxy:SERVICE",
// "connect-ingress:SERVICE", ...), and `task` the name: sidecar_task's own, else that of the kind
// with a dash ("connect-proxy-SERVICE").
struct Image {
  std::string group;
  std::string task;
  std::string image;
  std::string kind = {};
  bool known = true;  // else `image` is kUnknownImage: it hangs on what has no value
  friend bool operator==(const Image&, const Image&) = default;
};

// The tag under which `image` may be another one tomorrow: none ("latest"), one of `moving`, or one
// that is put in when it runs; latest also as a part (latest-alpine), if it is among them. "" where
// it is pinned by a digest or another tag, and for what no registry holds.
std::string MovingTag(std::string_view image, const std::vector<std::string>& moving);

// What Nomad's client registers beside a job, so that its UI can show the author's own text.
struct Submission {
  std::string source;
  std::string format;                                 // "hcl2" or "json"
  std::map<std::string, std::string> variable_flags;  // string, number and bool variables, raw text
  std::string variables;  // texts of var files, then `name = text` lines of the other variables
};

// Values for `variable` blocks. The later wins: default, environment, files in order, flags in
// order.
struct VariableInput {
  std::vector<std::pair<std::string, std::string>> flags;  // --var k=v
  std::vector<Path> files;                         // --var-file; relative to the current folder
  std::map<std::string, std::string> environment;  // NOMAD_VAR_k=v without the prefix
  // A flag or file entry that the spec does not declare is an error (else ignored). Commands over
  // several specs turn this off and compare with ParsedSpec::variables themselves.
  bool strict = true;
};

// The variable files of a run, read and parsed by whoever needs them first and kept for all specs.
// May be used from several threads at once.
class VariableFiles {
 public:
  VariableFiles();
  ~VariableFiles();
  VariableFiles(const VariableFiles&) = delete;
  VariableFiles& operator=(const VariableFiles&) = delete;

  struct State;
  State& state() { return *state_; }

 private:
  std::unique_ptr<State> state_;
};

// What an evaluation may use besides the text. Not owned.
struct SpecContext {
  const VariableInput* variables = nullptr;  // null: no values
  FileSystem* files = nullptr;               // null: filesystem functions are disabled
  Path home;                                 // what ~ stands for in pathexpand() and file()
  Path file_root = {};   // where relative paths of file() and its relatives start; "": the spec's
                         // own folder
  Path repository = {};  // the base directory, where messages look for a file that is missing; ""
  Redactor* secrets = nullptr;              // is told env values and variables with such a name
  VariableFiles* variable_files = nullptr;  // null: each spec reads the files anew
  Path current = {};                        // where abspath() starts; "": the current folder
};

// A spec that was read but not evaluated: enough to list, find and stop its job.
struct ParsedSpec {
  Path path;
  hcl::SourcePtr source;
  hcl::BodyPtr body;  // native syntax; null for JSON, and where the tree has not been made
  hcl::JsonPtr json;  // JSON syntax; null for native
  JobHeader header;
  bool has_job = false;                // a top-level job block, also where the text does not parse
  bool valid = false;                  // the text parses
  std::vector<std::string> variables;  // names that it declares, sorted
};

// Where a line of the flat text comes from in the author's file. Of an attribute its name and its
// expression, of a block its type with labels and where it opens. What a `dynamic` block made comes
// from its content block.
struct LinePlace {
  hcl::Span head;
  hcl::Span tail;
};
struct BlockPlace {
  hcl::Span header;
  hcl::Span open;
  hcl::Span close;
};

// An attribute after evaluation. `constructor`: its expression was literally `{ ... }`, which
// Nomad's schema-less blocks (config and others) wrap in a list, while every other object stays as
// it is; the flat text keeps the difference by parentheses.
struct EvaluatedAttribute {
  std::string name;
  hcl::Value value;
  bool constructor = false;
  std::size_t blocks_before = 0;  // how many blocks of the same body stand before it in the source
  LinePlace place = {};           // not set in a JSON spec
};

struct EvaluatedBlock;

// Attributes and blocks, each in source order; `dynamic` blocks are replaced by what they make.
struct EvaluatedBody {
  std::vector<EvaluatedAttribute> attributes;
  std::vector<EvaluatedBlock> blocks;

  const EvaluatedAttribute* FindAttribute(std::string_view name) const;
};

struct EvaluatedBlock {
  std::string type;
  std::vector<std::string> labels;
  EvaluatedBody body;
  BlockPlace place = {};  // not set in a JSON spec
};

// A spec with everything resolved.
struct JobSpec {
  Path path;
  JobHeader header;
  bool periodic = false;
  bool parameterized = false;
  std::vector<Image> images;
  // What is sent to the server: plain HCL with one job block, or for a JSON spec HCL-JSON.
  std::string flat_hcl;
  std::vector<LinePlace> lines;  // of flat_hcl; empty for a JSON spec
  hcl::SourcePtr source;         // what `lines` point into
  EvaluatedBody body;            // one job block; empty for a JSON spec
  EvaluatedBody json_body;       // that of a JSON spec, to look at: numbers are texts, no places
  std::vector<Path>
      inputs;  // files that file(), filebase64(), fileexists() and fileset() looked at, sorted
  Submission submission;

  // The job block in either syntax; null beside an error.
  const EvaluatedBlock* job() const {
    const EvaluatedBody& either = body.blocks.empty() ? json_body : body;
    return either.blocks.empty() ? nullptr : &either.blocks.front();
  }
};

struct JobNames {
  std::string id;
  std::string name;
};

// The name of a service of a group, or of a task of it, as Nomad has it: its own names for jobs,
// groups and tasks are put in, no others; "" becomes Nomad's default.
std::string ServiceName(std::string text, const JobNames& job, const std::string& group,
                        const std::string& task = {});

// Reads `text`, the content of the file at `path` (also its name in messages; file() starts from
// its folder). Where id, namespace, region or type are not plain strings, they are evaluated, for
// which `context` is used; one that cannot be evaluated is "" (id: the label) and a diagnostic
// tells why.
//
// A text with faults still gives what can be said of it: a job block that was read, else the label
// of the first line that looks like a job's header.
ParsedSpec ParseSpec(Path path, std::string text, const SpecContext& context,
                     hcl::Diagnostics& diagnostics);

// What a variable file with this text gives, by name, each as it stands there; nothing where it
// does not parse.
using VariableTexts = std::map<std::string, std::string>;
VariableTexts TextsInVariableFile(std::string text);

// For all specs together: the names that the variable files give values to, to the first that
// cannot be read. What is wrong with one is told in `diagnostics`.
struct VariableNames {
  Path file;
  std::vector<std::string> names;   // in the order of the file
  std::optional<Error> unreadable;  // kNotFound or kIo; of the last one only
};
std::vector<VariableNames> NamesInVariableFiles(const SpecContext& context,
                                                hcl::Diagnostics& diagnostics);

// The whole evaluation. Nothing after an error, also one of the text itself (which ParseSpec has
// reported already and which is not repeated).
std::optional<JobSpec> EvaluateSpec(const ParsedSpec& spec, const SpecContext& context,
                                    hcl::Diagnostics& diagnostics);

// What the server found in the flat text of `spec`, at its place in the author's file: Nomad's
// words "input.hcl:12,17-17: Missing required argument; The argument ..." name a text that nobody
// sees, and so do those about a group or task ("Task group web validation failed: ...", which stand
// at its header). A fault without a place keeps the file, one of a JSON spec tells the line of
// `render`; what a dynamic block made several times is told once.
hcl::Diagnostics ServerFaults(const JobSpec& spec, std::string_view words);

// The same on one line, for messages: "apps/mail.hcl:88:17: Missing required argument; The ...".
std::string WithAuthorsPlaces(const JobSpec& spec, std::string_view words);

// What can be said of a spec that does not evaluate as a whole.
struct PartialSpec {
  std::vector<Image> images;  // those that hang on nothing that is unset or broken are known
  std::vector<Path> inputs;   // files that were looked at, as far as it went
};

// Evaluates every attribute on its own: a variable without a (valid) value and all that hangs on it
// are unknown, the rest is as in a whole evaluation. What a dynamic block makes out of an unknown
// list stands there once, its labels kUnknownImage. Nothing where the text does not parse. Reports
// nothing: EvaluateSpec tells what is wrong.
PartialSpec EvaluatePartly(const ParsedSpec& spec, const SpecContext& context);

// The body as JSON, the form that `nmgr render -o json` prints:
// {"blocks":[{"type":"job","labels":[..], "attrs":{..},"blocks":[..]}]}, empty parts absent, keys
// of objects sorted, numbers as doubles print. kInvalid for an infinite number. For a JSON spec the
// flat text itself.
Expected<std::string> BodyToJson(const JobSpec& spec);

}  // namespace nmgr::jobspec
