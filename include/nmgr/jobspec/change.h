// One literal of a spec changed to another value, and nothing else of the text.
//
// What is to change is named by a key:
//
//   image                      the image of the job's only task that has one
//   TASK, GROUP/TASK           the image of that task
//   meta.VERSION, group.web.count, group.web.task.app.config.args[0], template[1].data
//                              a path: block types, labels, names of arguments and keys, with dots
//                              between them; [N] counts from 0 what has no name. A name with other
//                              characters stands in quotes: meta."com.example/x". `job.` may stand
//                              before it
//   local.tag, variable.tag    a local, the default of a variable
//
// Where the argument is no literal, the literal that its value comes from is looked for: through
// `local` and `var`, into objects and lists, and in a template (`"repo:${var.tag}"`) the one piece
// that differs where all others stay equal. Everything else (calls, conditions, what an iteration
// gives) is computed and refused.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nmgr/jobspec/jobspec.h"

namespace nmgr::jobspec {

struct WantedChange {
  std::string key;
  std::string value;  // as it is to be after evaluation, not as it is to be written
  // A literal that others use too may change, and so what they come to.
  bool shared = false;
};

// A value that is named, and what around it tells what it is.
struct ChangedValue {
  std::string text;
  std::string name;                        // its argument and what leads into it: "args[0]"
  std::vector<std::string> list = {};      // where it is an element: all of them, as texts
  std::size_t index = 0;                   // of the element
  std::vector<std::string> programs = {};  // image, command and entrypoint beside the argument
};

struct ChangedText {
  std::string text;      // the whole new text; the old one where the value was this already
  std::string argument;  // the path of what was named: "group.web.task.app.config.image"
  ChangedValue before;   // what it came to
  ChangedValue after;
  hcl::Span place;  // of the changed bytes in the old text; empty where nothing changed
  bool changed = false;
};

// "KEY=VALUE" apart at the first equals sign outside of quotes. kUsage where there is none, the key
// cannot be read, or the value holds a line break or NUL or is no UTF-8.
Expected<WantedChange> ParseWantedChange(std::string_view text);

// The new text has been evaluated: the argument has the wanted value, and without `shared` no image
// but the named one differs. Nothing, and the reason with its place in `diagnostics`, where the
// spec does not parse or evaluate, nothing has that key, what it names is computed, stands in a
// variable that is set from elsewhere, or is shared.
std::optional<ChangedText> ChangeSpec(const ParsedSpec& spec, const SpecContext& context,
                                      const WantedChange& wanted, hcl::Diagnostics& diagnostics);

}  // namespace nmgr::jobspec
