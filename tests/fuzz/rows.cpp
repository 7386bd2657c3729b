// A list from a server, which may be anything: our splitter takes what a JSON reader takes as an
// array, and gives the same rows; what it refuses, that one refuses too, or it is above a bound.

#include "fuzz/fuzz.h"
#include "nmgr/base/text.h"
#include "nomad/decode.h"

namespace nmgr::fuzz {

void Rows(std::string_view text) {
  using Json = nlohmann::json;
  std::vector<Json> rows;
  bool parsed = true;
  const auto wrong = nomad::ForEachRow(text, [&](std::string_view row) {
    Require(row.empty() ||
                (row.data() >= text.data() && row.data() + row.size() <= text.data() + text.size()),
            "a row lies outside of the list");
    auto json = nomad::ParseJson(row);
    parsed = parsed && json.has_value();
    if (json) rows.push_back(*std::move(json));
    return json ? std::nullopt : std::optional(json.error());
  });
  const auto whole = nomad::ParseJson(text);
  if (wrong || !parsed) {
    const bool is_list = whole && (whole->is_array() || whole->is_null());
    Require(!is_list || *wrong == nomad::Misfit::kTooLarge, "a good list was refused");
    return;
  }
  if (!whole) {
    Require(whole.error() == nomad::Misfit::kTooLarge, "a list was taken that is no JSON");
    return;
  }
  Require(whole->is_null() ? rows.empty() : *whole == Json(rows), "the rows are other ones");
}

}  // namespace nmgr::fuzz
