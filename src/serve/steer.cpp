// POST below /api/v1: what a person wants of a source.
#include <fmt/format.h>

#include <algorithm>

#include "nmgr/base/text.h"
#include "serve/answers.h"
#include "serve/asked.h"

namespace nmgr::serve {
namespace {

constexpr int kMostDepth = 8;  // of the JSON that asks

int StatusOf(ErrorCode code) {
  switch (code) {
    case ErrorCode::kNotFound:
      return 404;
    case ErrorCode::kForbidden:
      return 403;
    case ErrorCode::kConflict:
      return 409;
    case ErrorCode::kUsage:
      return 400;
    case ErrorCode::kUnreachable:
    case ErrorCode::kRejected:
      return 502;
    case ErrorCode::kTimedOut:
    case ErrorCode::kInterrupted:
      return 503;
    default:
      return 500;
  }
}

// An object, or nothing at all; no deeper than it can be meant.
Expected<Json> ReadBody(const std::string& text) {
  const Error wrong{ErrorCode::kUsage, "the body is no JSON object", ""};
  if (TrimBlanks(text).empty()) return Json::object();
  const auto shallow = [](int depth, Json::parse_event_t, Json&) {
    if (depth > kMostDepth) throw std::length_error("too deep");
    return true;
  };
  try {
    Json read = Json::parse(text, shallow);
    if (!read.is_object()) return wrong;
    return read;
  } catch (const std::exception&) {
    return wrong;
  }
}

// What the body says beside the kind. An unknown key is an error, or a misspelt "until" would pause
// for ever.
Expected<void> ReadWish(const Json& body, WallTime now, Wish& wish) {
  for (const auto& [key, value] : body.items()) {
    if (key == "for" && wish.kind == Wish::Kind::kPause && value.is_string()) {
      TRY_ASSIGN(const Duration time, ParseDuration(value.get<std::string>()));
      if (time <= Duration(0)) return Error{ErrorCode::kUsage, "\"for\" is over at once", ""};
      wish.until = now + time;
    } else if (key == "force" && wish.kind == Wish::Kind::kSync && value.is_boolean()) {
      wish.force = value.get<bool>();
    } else {
      return Error{ErrorCode::kUsage,
                   fmt::format("\"{}\" is not understood here", EscapeControls(key)),
                   "sync takes \"force\": true, pause takes \"for\": \"2h\""};
    }
  }
  return {};
}

net::Response ErrorAnswer(const Error& error) {
  Json document = {{"error", error.message}};
  if (!error.hint.empty()) document["hint"] = error.hint;
  return JsonAnswer(StatusOf(error.code), document);
}

net::Response Steer(const Asked& asked, Wish::Kind kind, std::string_view done) {
  Wish wish;
  wish.kind = kind;
  wish.source = asked.names.at("source");
  wish.by = "API, " + asked.request.head.peer;
  const auto& sources = asked.state->sources;
  const auto found = std::find_if(sources.begin(), sources.end(),
                                  [&](const auto& one) { return one.name == wish.source; });
  if (found == sources.end()) {
    return ErrorAnswer({ErrorCode::kNotFound,
                        fmt::format("there is no source \"{}\"", EscapeControls(wish.source)), ""});
  }
  const Expected<Json> body = ReadBody(asked.request.body);
  if (!body) return ErrorAnswer(body.error());
  if (const auto read = ReadWish(*body, asked.now, wish); !read) return ErrorAnswer(read.error());
  if (const auto carried = asked.context.steering->CarryOut(wish, asked.request.stop); !carried)
    return ErrorAnswer(carried.error());
  const bool stays = kind == Wish::Kind::kSync && found->paused.has_value();
  Json document = {{"source", wish.source}, {"result", stays ? "paused" : done}};
  if (stays) {
    document["hint"] = "it is looked at, and nothing is applied: nmgr sync resume " + wish.source;
  }
  if (found->leader.empty()) document["warning"] = "nobody leads this source at the moment";
  return JsonAnswer(202, document);
}

}  // namespace

net::Response SyncSource(const Asked& asked) {
  return Steer(asked, Wish::Kind::kSync, "requested");
}
net::Response PauseSource(const Asked& asked) {
  return Steer(asked, Wish::Kind::kPause, "pausing");
}
net::Response ResumeSource(const Asked& asked) {
  return Steer(asked, Wish::Kind::kResume, "resuming");
}

}  // namespace nmgr::serve
