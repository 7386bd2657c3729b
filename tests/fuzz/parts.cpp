// A document, whole or in parts: within its bounds our reader takes what another JSON reader takes,
// and keeps of it what is wanted and nothing else; the same of each row of a list.

#include <algorithm>
#include <array>

#include "fuzz/fuzz.h"
#include "nomad/json_reader.h"

namespace nmgr::fuzz {
namespace {

using PartsJson = nlohmann::json;

constexpr std::array<std::string_view, 6> kPartNames = {"", "ID", "Name", "Summary", "a", "b"};
constexpr std::array<std::string_view, 2> kWholeParts = {"Summary", "b"};
constexpr nomad::ReadFields kPartFields{kPartNames, kWholeParts};
constexpr const nomad::ReadFields* kAllFields = nullptr;

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

PartsJson Kept(const PartsJson& value, const nomad::ReadFields* fields) {
  return fields == nullptr ? value : PartsOf(value);
}

// What another reader makes of it, which knows none of our bounds, and what it would cost.
struct ByAnother {
  PartsJson json;
  int depth = 0;
  std::size_t values = 0;

  explicit ByAnother(std::string_view text) {
    const auto count = [this](int level, PartsJson::parse_event_t event, PartsJson& /*value*/) {
      using Event = PartsJson::parse_event_t;
      const bool opens = event == Event::object_start || event == Event::array_start;
      if (opens) depth = std::max(depth, level + 1);
      if (opens || event == Event::value) ++values;
      return true;
    };
    json = PartsJson::parse(text, count, /*allow_exceptions=*/false);
  }
  bool is_good() const { return !json.is_discarded() && depth <= nomad::kMaxNesting; }
};

void CheckDocument(std::string_view text, const nomad::ReadFields* fields) {
  const ByAnother other(text);
  const auto json = nomad::ParseJson(text, fields);
  if (!json && json.error() == nomad::Misfit::kTooLarge) {
    Require(other.values > nomad::kMostValues, "an ordinary document is too large");
    return;
  }
  Require(json.has_value() == other.is_good(), "one of two readers refuses a document");
  if (json) Require(*json == Kept(other.json, fields), "the document is another one");
}

void CheckRows(std::string_view text, const nomad::ReadFields* fields) {
  const ByAnother other(text);
  if (other.values > nomad::kMostRows) return;
  PartsJson rows = PartsJson::array();
  const auto wrong = nomad::ForEachRow(text, fields, [&](const PartsJson& row) {
    rows.push_back(row);
    return std::nullopt;
  });
  const int most = nomad::kMaxNesting + 1;  // the bound is that of a row
  const bool is_list = (other.json.is_array() && other.depth <= most) || other.json.is_null();
  Require(is_list != wrong.has_value(), "a list is refused, or something else taken for one");
  if (other.json.is_array() && !wrong)
    Require(rows == Kept(other.json, fields), "the rows are other ones");
}

}  // namespace

void Parts(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) return;  // the other one takes it for the end
  for (const nomad::ReadFields* fields : {&kPartFields, kAllFields}) {
    CheckDocument(text, fields);
    CheckRows(text, fields);
  }
}

}  // namespace nmgr::fuzz
