// A reader of JSON that makes a document of those members alone that somebody looks at. What it
// skips is checked as strictly as what it keeps (RFC 8259, UTF-8, pairs of surrogates), in the same
// pass, at several times the speed of a reader that makes values of everything: most of a list of
// allocations, and of a job, is of no use to us.
//
// Of any text it says the same as nlohmann::json of the whole of it with the rest left out; a fuzz
// target holds it to that.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <tl/expected.hpp>

#include "json_reader.h"

namespace nmgr::nomad {

tl::expected<nlohmann::json, Misfit> ReadParts(std::string_view text, const ReadFields& fields);

// The same (null: all) of each element of the array that `text` is (null: of none), one after the
// other, until `row` returns a misfit. Never holds more than the one. The bounds of ParseJson are
// those of one element.
std::optional<Misfit> ForEachPart(
    std::string_view text, const ReadFields* fields,
    const std::function<std::optional<Misfit>(const nlohmann::json& row)>& row);

}  // namespace nmgr::nomad
