// What can be asked of an evaluated spec by name: `image`, `driver`, `meta.KEY` and so on, in the
// config file and as KEY:PATTERN on the command line. The table of names is the only list of them.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nmgr/repo/repo.h"

namespace nmgr::repo {

enum class SpecField {
  kImage,       // of every task, with what its services ask Nomad to run beside it
  kDriver,      // of every task
  kType,        // "service" where the spec does not say
  kNamespace,   // the client's where the spec does not say
  kNodePool,    // "default" where the spec does not say
  kDatacenter,  // "*" where the spec does not say
  kVolume,      // name and source of volume blocks, named volumes of the drivers
  kHostPath,    // what the drivers mount from the host
  kPort,        // label, static and to of the ports of networks
  kService,     // names; Nomad's own where the spec does not say
  kMeta,        // a key of any meta block
  kEnv,         // a variable of any env block
  kReads,       // files that the evaluation looked at
};

struct SpecFieldRow {
  std::string_view name;
  SpecField field;
  std::string_view help;
  bool has_key = false;        // "meta.KEY"
  bool may_be_secret = false;  // its values are never shown
};
std::span<const SpecFieldRow> SpecFields();

struct SpecKey {
  SpecField field = SpecField::kImage;
  std::string key = {};  // of meta and env

  std::string name() const;  // "meta.tier"
  friend bool operator==(const SpecKey&, const SpecKey&) = default;
};

// "image", "meta.tier"; nothing for what is no key.
std::optional<SpecKey> ParseSpecKey(std::string_view name);
const SpecFieldRow& RowOf(SpecField field);

// One value that a spec has for a key, and where.
struct HeldValue {
  std::string text;
  Path file;             // the spec's, or the file that is read
  std::size_t line = 0;  // 0: unknown
  std::string name;      // "config.image"; "" for what stands nowhere
};

// What a spec holds, or that nobody knows, because it does not evaluate.
struct HeldValues {
  std::vector<HeldValue> values;
  bool complete = true;
};

// Type and namespace come from the header; everything else is evaluated. Of a spec that does not
// evaluate, what hangs on nothing that is unset or broken is known.
HeldValues ValuesOf(const SpecKey& key, const SpecFile& spec, const Repo& repo);

}  // namespace nmgr::repo
