// The one reader of JSON text of a server, which may be anything: within bounds, row by row, and of
// it no more than somebody looks at.
//
// Of what is skipped no values are made, but it is checked as strictly as what is kept (RFC 8259,
// UTF-8, pairs of surrogates), in the same pass, at several times the speed: most of a list of
// allocations, and of a job, is of no use to us. Of any text within the bounds it says the same as
// nlohmann::json, with the rest left out; a fuzz target (`parts`) holds it to that.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string_view>
#include <tl/expected.hpp>

namespace nmgr::nomad {

// Why a text is not what was asked for.
enum class Misfit {
  kOther,     // no JSON, nested deeper than any job can be, or something else than expected
  kTooLarge,  // it would cost more memory than any honest answer
};

// The most values of one document, and the most rows of a list: a value costs 16 to 100 bytes, a
// row some hundred.
inline constexpr std::size_t kMostValues = 1'000'000;
inline constexpr std::size_t kMostRows = 500'000;

inline constexpr int kMaxNesting = 256;

// The members of objects, at any depth, that a decoder looks at.
struct ReadFields {
  std::span<const std::string_view> names = {};  // sorted
  std::span<const std::string_view> whole = {};  // of these those of which all is kept
};

// A document of those members alone; without `fields` the whole of it.
tl::expected<nlohmann::json, Misfit> ParseJson(std::string_view text,
                                               const ReadFields* fields = nullptr);

// Calls `row` with the same of each element of the array that `text` is (null: of none), one after
// the other, until it returns a misfit. Never holds more than the one. The bounds of ParseJson are
// those of one element.
std::optional<Misfit> ForEachRow(
    std::string_view text, const ReadFields* fields,
    const std::function<std::optional<Misfit>(const nlohmann::json& row)>& row);

}  // namespace nmgr::nomad
