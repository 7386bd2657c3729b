// A document of which only parts are kept: our reader takes what another JSON reader takes, and
// keeps of it what is wanted and nothing else; the same of each row of a list.

#include <algorithm>
#include <array>

#include "fuzz/fuzz.h"
#include "nomad/json_parts.h"

namespace nmgr::fuzz {
namespace {

using PartsJson = nlohmann::json;

constexpr std::array<std::string_view, 6> kPartNames = {"", "ID", "Name", "Summary", "a", "b"};
constexpr std::array<std::string_view, 2> kWholeParts = {"Summary", "b"};
constexpr nomad::ReadFields kPartFields{kPartNames, kWholeParts};

template <std::size_t N>
bool IsAmong(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

PartsJson PartsOf(const PartsJson& value) {
  if (value.is_array()) {
    PartsJson parts = PartsJson::array();
    for (const PartsJson& element : value) parts.push_back(PartsOf(element));
    return parts;
  }
  if (!value.is_object()) return value;
  PartsJson parts = PartsJson::object();
  for (const auto& [name, member] : value.items()) {
    if (IsAmong(kPartNames, name)) {
      parts[name] = IsAmong(kWholeParts, name) ? member : PartsOf(member);
    }
  }
  return parts;
}

}  // namespace

void Parts(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) return;  // the other one takes it for the end
  const auto whole = nomad::ParseJson(text);
  if (!whole && whole.error() == nomad::Misfit::kTooLarge) return;
  const auto parts = nomad::ReadParts(text, kPartFields);
  Require(whole.has_value() == parts.has_value(), "one of two readers refuses");
  PartsJson rows = PartsJson::array();
  const auto wrong = nomad::ForEachPart(text, &kPartFields, [&](const PartsJson& row) {
    rows.push_back(row);
    return std::nullopt;
  });
  const bool is_list = whole && (whole->is_array() || whole->is_null());
  Require(is_list != wrong.has_value(), "a list is refused, or something else taken for one");
  if (!whole) return;
  Require(*parts == PartsOf(*whole), "the parts are other ones");
  if (whole->is_array()) Require(rows == PartsOf(*whole), "the rows are other ones");
}

}  // namespace nmgr::fuzz
