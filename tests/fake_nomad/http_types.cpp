#include "fake_nomad/http_types.h"

#include <utility>

#include "nmgr/base/text.h"

namespace nmgr::fake {
namespace {

std::string Decode(std::string_view text, bool plus_is_blank) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && HexValue(text[i + 1]) >= 0 &&
        HexValue(text[i + 2]) >= 0) {
      out += static_cast<char>(HexValue(text[i + 1]) * 16 + HexValue(text[i + 2]));
      i += 2;
    } else {
      out += plus_is_blank && text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

}  // namespace

std::string PercentDecode(std::string_view text) { return Decode(text, false); }

std::string Request::Query(const std::string& name) const {
  const auto found = query.find(name);
  return found == query.end() ? std::string() : found->second;
}

Request MakeRequest(std::string method, std::string target, std::string body, std::string token) {
  Request request;
  request.method = std::move(method);
  request.target = std::move(target);
  request.body = std::move(body);
  request.token = std::move(token);
  const std::string_view whole = request.target;
  const std::size_t mark = whole.find('?');
  for (const std::string_view segment : Split(whole.substr(0, mark), '/')) {
    if (!segment.empty()) request.path.push_back(PercentDecode(segment));
  }
  if (mark == std::string_view::npos) return request;
  for (const std::string_view pair : Split(whole.substr(mark + 1), '&')) {
    const std::size_t equals = pair.find('=');
    if (pair.empty()) continue;
    request.query[Decode(pair.substr(0, equals), true)] =
        equals == std::string_view::npos ? "" : Decode(pair.substr(equals + 1), true);
  }
  return request;
}

Reply ErrorReply(int status, std::string text) {
  Reply reply;
  reply.status = status;
  reply.content_type = "text/plain; charset=utf-8";
  reply.text = std::move(text);
  return reply;
}

Reply JsonReply(const Json& json) {
  Reply reply;
  reply.content_type = "application/json";
  reply.text = json.dump();
  return reply;
}

Reply WriteReply(const Json& json, std::uint64_t index) {
  Reply reply = JsonReply(json);
  reply.index = index;
  return reply;
}

Reply ReadReply(std::function<std::string()> body, std::uint64_t index) {
  Reply reply;
  reply.content_type = "application/json";
  reply.later = std::move(body);
  reply.index = index;
  reply.is_read = true;
  return reply;
}

Reply RecordReply(Doc record) {
  const auto index = static_cast<std::uint64_t>(Number(*record, "ModifyIndex"));
  return ReadReply([record = std::move(record)] { return record->dump(); }, index);
}

}  // namespace nmgr::fake
