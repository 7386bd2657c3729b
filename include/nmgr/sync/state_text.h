// One value of a state variable as a line that a person can read and anybody may have written:
//
//   held:drift c=1a2b3c4d5e6f i=1234 t=2026-11-26T18:31:00Z p=web/web.nomad.hcl | changed by hand
//
// A word, fields in any order, and a rest that may hold anything. Blanks, controls and '%' in a
// field are %XX.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "nmgr/base/clock.h"

namespace nmgr::sync {

struct StateText {
  std::string word;
  std::map<std::string, std::string, std::less<>> fields;
  std::string rest;

  // "" where there is none.
  const std::string& Field(std::string_view name) const;
  // Leaves empty values out.
  void Add(std::string_view name, std::string_view value);
};

// The rest is escaped, and cut to `most_rest` bytes, as CutProse does.
std::string WriteStateText(const StateText& text, std::size_t most_rest = std::string::npos);
// Of any bytes; a field that comes twice counts as it came first.
StateText ReadStateText(std::string_view text);

// The first `most` bytes of `text`, escaped, whole characters only.
std::string CutText(std::string_view text, std::size_t most);
// The same of what people read: "…" is its last character where something was cut off. `most`
// counts its three bytes, and below them nothing is left. Cut once more it stays as it is.
std::string CutProse(std::string_view text, std::size_t most);

// "2026-11-26T18:31:00Z": seconds are enough here, and what is read within one is its beginning.
// Nothing for what is no time.
std::string StateTime(WallTime time);
std::optional<WallTime> ReadStateTime(std::string_view text);
// Lower-case hexadecimal digits, at most `most`; "" too.
bool IsHex(std::string_view text, std::size_t most);

}  // namespace nmgr::sync
