#include "net/answer_text.h"

#include <fmt/format.h>

#include <array>
#include <ctime>

namespace nmgr::net {
namespace {

struct StatusRow {
  int status;
  std::string_view words;
};

constexpr auto kStatuses = std::to_array<StatusRow>({{200, "OK"},
                                                     {202, "Accepted"},
                                                     {204, "No Content"},
                                                     {303, "See Other"},
                                                     {304, "Not Modified"},
                                                     {400, "Bad Request"},
                                                     {401, "Unauthorized"},
                                                     {403, "Forbidden"},
                                                     {404, "Not Found"},
                                                     {405, "Method Not Allowed"},
                                                     {406, "Not Acceptable"},
                                                     {408, "Request Timeout"},
                                                     {409, "Conflict"},
                                                     {413, "Content Too Large"},
                                                     {415, "Unsupported Media Type"},
                                                     {417, "Expectation Failed"},
                                                     {421, "Misdirected Request"},
                                                     {422, "Unprocessable Content"},
                                                     {429, "Too Many Requests"},
                                                     {431, "Request Header Fields Too Large"},
                                                     {500, "Internal Server Error"},
                                                     {501, "Not Implemented"},
                                                     {502, "Bad Gateway"},
                                                     {503, "Service Unavailable"},
                                                     {505, "HTTP Version Not Supported"}});

constexpr std::array kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

std::string OneLine(std::string_view text) {
  std::string line(text);
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < ' ' && c != '\t') c = ' ';
  }
  return line;
}

bool HasNoBody(int status) { return status == 204 || status == 304; }

}  // namespace

std::string_view StatusWords(int status) {
  for (const StatusRow& row : kStatuses) {
    if (row.status == status) return row.words;
  }
  return {};
}

std::string HttpDate(WallTime time) {
  const std::time_t seconds = WallTime::clock::to_time_t(time);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
                     kDays[static_cast<std::size_t>(parts.tm_wday)], parts.tm_mday,
                     kMonths[static_cast<std::size_t>(parts.tm_mon)], parts.tm_year + 1900,
                     parts.tm_hour, parts.tm_min, parts.tm_sec);
}

std::string AnswerHead(const Response& response, const AnswerForm& form) {
  std::string head = fmt::format("HTTP/1.1 {} {}\r\nDate: {}\r\n", response.status,
                                 StatusWords(response.status), HttpDate(form.now));
  for (const auto& [name, value] : response.headers)
    head += OneLine(name) + ": " + OneLine(value) + "\r\n";
  if (!response.stream && !HasNoBody(response.status))
    head += fmt::format("Content-Length: {}\r\n", response.body.size());
  if (!form.keep_alive || response.stream) head += "Connection: close\r\n";
  return head + "\r\n";
}

Response PlainAnswer(int status, std::string_view words) {
  Response response{status, {{"Content-Type", "text/plain; charset=utf-8"}}, {}, {}};
  response.body = std::string(words) + "\n";
  if (status == 503) response.headers.emplace_back("Retry-After", "1");
  return response;
}

}  // namespace nmgr::net
