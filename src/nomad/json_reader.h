// JSON text of a server, which may be anything: within bounds, row by row, and of it no more than
// somebody looks at.
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

// The members of objects, at any depth, that a decoder looks at. What others hold is checked to be
// JSON and not kept (json_parts.h), which is most of a job.
struct ReadFields {
  std::span<const std::string_view> names;       // sorted
  std::span<const std::string_view> whole = {};  // of these those of which all is kept
};
tl::expected<nlohmann::json, Misfit> ParseJson(std::string_view text,
                                               const ReadFields* fields = nullptr);

// Calls `row` with the text of each element of the array that `text` is (null: of none) until it
// returns false. Never holds more than the one element; each is still to be parsed.
std::optional<Misfit> ForEachRow(std::string_view text,
                                 const std::function<std::optional<Misfit>(std::string_view)>& row);

}  // namespace nmgr::nomad
