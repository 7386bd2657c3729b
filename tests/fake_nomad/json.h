// JSON as the stand-in keeps it. Every record of Nomad (job, allocation, evaluation, deployment) is
// one immutable document in the shape of the HTTP API; a change makes a new document. So an answer,
// an event and the store can share one, and nothing has to be translated between a record and its
// JSON.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace nmgr::fake {

using Json = nlohmann::json;
using Doc = std::shared_ptr<const Json>;
using Nanos = std::int64_t;  // a duration, or a time since the epoch

inline constexpr Nanos kMillisecond = 1'000'000;
inline constexpr Nanos kSecond = 1'000 * kMillisecond;

// The member `key`; a null where `object` is no object or has no such member.
const Json& Member(const Json& object, std::string_view key);

// The same as text, number or flag; "", 0 or false for a null and for any other type.
const std::string& Text(const Json& object, std::string_view key);
std::int64_t Number(const Json& object, std::string_view key);
bool Flag(const Json& object, std::string_view key);

// True for null, and for an empty array or object.
bool IsEmpty(const Json& value);

inline Doc MakeDoc(Json json) { return std::make_shared<const Json>(std::move(json)); }

// "2026-11-21T04:11:16.767615666Z", as Go writes a time: no trailing zeros in the fraction.
std::string FormatTime(Nanos time);

// Go's time.ParseDuration ("1h30m", "250ms", "1.5s", "-2s") and a bare number of nanoseconds.
// False where it is neither; `error` then holds Go's words.
bool ParseGoDuration(std::string_view text, Nanos& duration, std::string& error);

// Go's time.Duration.String(): "5s", "1m30s", "250ms".
std::string FormatGoDuration(Nanos duration);

}  // namespace nmgr::fake
