#include "nmgr/net/http_head.h"

#include <algorithm>

#include "nmgr/base/letters.h"
#include "nmgr/base/text.h"

namespace nmgr::net {
namespace {

constexpr std::string_view kLineEnd = "\r\n";
constexpr std::size_t kMostDigits = 18;  // of a length
constexpr std::size_t kLongestMethod = 32;

using Lines = std::vector<std::string_view>;
using Refusal = tl::unexpected<HeadFault>;

Refusal Refused(std::string_view words, int status = 400) { return Refusal({status, words}); }

bool IsTokenCharacter(char c) {
  return IsAsciiDigit(c) || IsAsciiLetter(c) ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool IsToken(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), IsTokenCharacter);
}

bool IsControl(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < ' ' || byte == 0x7fU;
}

std::string_view TrimOptionalBlanks(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::size_t LeadingLineEnds(std::string_view bytes) {
  std::size_t length = 0;
  while (length < 2 * kLineEnd.size() && bytes.substr(length).starts_with(kLineEnd))
    length += kLineEnd.size();
  return length;
}

// "GET /x HTTP/1.1"
struct RequestLine {
  std::string_view method;
  std::string_view target;
  int minor = 1;
};

tl::expected<RequestLine, HeadFault> ReadRequestLine(std::string_view line) {
  const std::vector<std::string_view> words = Split(line, ' ');
  if (words.size() != 3) return Refused("the first line is no request of HTTP/1.1");
  RequestLine read{words[0], words[1], 1};
  if (!IsToken(read.method) || read.method.size() > kLongestMethod)
    return Refused("the method is none");
  if (words[2] == "HTTP/1.0") {
    read.minor = 0;
  } else if (words[2] != "HTTP/1.1") {
    const bool other_version = words[2].starts_with("HTTP/") && words[2].size() == 8;
    return Refused("this server speaks HTTP/1.1", other_version ? 505 : 400);
  }
  const bool visible = std::all_of(read.target.begin(), read.target.end(),
                                   [](char c) { return c > ' ' && c < 0x7f; });
  if (read.target.empty() || !visible) return Refused("the target is none");
  return read;
}

std::optional<std::string> Decode(std::string_view text, bool plus_is_blank) {
  std::string decoded;
  for (std::size_t at = 0; at < text.size(); ++at) {
    char c = text[at];
    if (c == '%') {
      if (at + 2 >= text.size()) return std::nullopt;
      const int high = HexValue(text[at + 1]);
      const int low = HexValue(text[at + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      c = static_cast<char>(high * 16 + low);
      at += 2;
    } else if (c == '+' && plus_is_blank) {
      c = ' ';
    }
    if (IsControl(c)) return std::nullopt;
    decoded += c;
  }
  if (!IsValidUtf8(decoded)) return std::nullopt;
  return decoded;
}

bool ReadSegments(std::string_view path, std::vector<std::string>& segments) {
  const std::vector<std::string_view> pieces = Split(path.substr(1), '/');
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    std::optional<std::string> segment = Decode(pieces[i], false);
    if (!segment || *segment == "." || *segment == "..") return false;
    if (segment->empty() && i + 1 < pieces.size()) return false;
    segments.push_back(*std::move(segment));
  }
  return true;
}

bool ReadQuery(std::string_view text, std::vector<std::pair<std::string, std::string>>& query) {
  if (text.empty()) return true;
  for (const std::string_view piece : Split(text, '&')) {
    const std::size_t equals = piece.find('=');
    std::optional<std::string> name = Decode(piece.substr(0, equals), true);
    std::optional<std::string> value =
        equals == std::string_view::npos ? std::string() : Decode(piece.substr(equals + 1), true);
    if (!name || !value) return false;
    if (!name->empty()) query.emplace_back(*std::move(name), *std::move(value));
  }
  return true;
}

// "name", "name:8646", "[::1]:8646"; nothing for what is no host.
std::optional<std::string> ReadHost(std::string_view text) {
  std::string host;
  std::string_view port;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    host = InSmallLetters(text.substr(0, end + 1));
    port = text.substr(end + 1);
    const bool fits = std::all_of(host.begin() + 1, host.end() - 1,
                                  [](char c) { return HexValue(c) >= 0 || c == ':' || c == '.'; });
    if (!fits) return std::nullopt;
  } else {
    const std::size_t colon = text.find(':');
    host = InSmallLetters(text.substr(0, colon));
    port = colon == std::string_view::npos ? "" : text.substr(colon);
    const bool fits = std::all_of(host.begin(), host.end(), [](char c) {
      return IsAsciiDigit(c) || IsAsciiLetter(c) || c == '.' || c == '-' || c == '_';
    });
    if (!fits) return std::nullopt;
  }
  if (!port.empty() && (port[0] != ':' || port.size() > 6 ||
                        !std::all_of(port.begin() + 1, port.end(), IsAsciiDigit)))
    return std::nullopt;
  if (host.empty() || host == "[]") return std::nullopt;
  return host;
}

std::optional<HeadFault> ReadFields(const Lines& lines, Headers& headers) {
  if (lines.size() > kMostHeadLines + 1) return HeadFault{431, "too many header lines"};
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const std::string_view line = lines[i];
    if (line.starts_with(' ') || line.starts_with('\t'))
      return HeadFault{400, "a header line is continued on the next one"};
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || !IsToken(line.substr(0, colon)))
      return HeadFault{400, "a header line has no name"};
    const std::string_view value = TrimOptionalBlanks(line.substr(colon + 1));
    if (std::any_of(value.begin(), value.end(), [](char c) { return IsControl(c) && c != '\t'; }))
      return HeadFault{400, "a header value holds a control character"};
    headers.Add(InSmallLetters(line.substr(0, colon)), std::string(value));
  }
  return std::nullopt;
}

std::optional<HeadFault> ReadLength(int minor, RequestHead& head) {
  const std::size_t lengths = head.headers.CountOf("content-length");
  const std::size_t encodings = head.headers.CountOf("transfer-encoding");
  if (lengths + encodings > 1) return HeadFault{400, "the length of the body is given twice"};
  if (lengths == 1) {
    const std::string_view text = head.headers.Get("content-length");
    if (text.empty() || !std::all_of(text.begin(), text.end(), IsAsciiDigit))
      return HeadFault{400, "the length of the body is no number"};
    if (text.size() > kMostDigits) return HeadFault{413, "the body is too large"};
    head.content_length = std::stoull(std::string(text));
  }
  if (encodings == 0) return std::nullopt;
  if (minor == 0) return HeadFault{400, "HTTP/1.0 has no transfer encodings"};
  if (InSmallLetters(head.headers.Get("transfer-encoding")) != "chunked")
    return HeadFault{501, "the only transfer encoding is chunked"};
  head.chunked = true;
  return std::nullopt;
}

bool HasWord(std::string_view list, std::string_view word) {
  for (const std::string_view piece : Split(list, ',')) {
    if (InSmallLetters(TrimOptionalBlanks(piece)) == word) return true;
  }
  return false;
}

std::optional<HeadFault> ReadConnection(int minor, RequestHead& head) {
  bool close = minor == 0;
  for (const auto& [name, value] : head.headers.fields()) {
    if (name == "connection" && HasWord(value, "close")) close = true;
  }
  head.keep_alive = !close;
  if (!head.headers.Has("expect") || minor == 0) return std::nullopt;
  if (InSmallLetters(head.headers.Get("expect")) != "100-continue")
    return HeadFault{417, "the only expectation is 100-continue"};
  head.expects_continue = head.HasBody();
  return std::nullopt;
}

std::optional<HeadFault> ReadHostAndTarget(const RequestLine& line, RequestHead& head) {
  const std::size_t hosts = head.headers.CountOf("host");
  if (hosts > 1 || (hosts == 0 && line.minor == 1)) return HeadFault{400, "one Host is needed"};
  const std::string_view given = head.headers.Get("host");
  if (hosts == 1) {
    std::optional<std::string> host = ReadHost(given);
    if (!host) return HeadFault{400, "the Host is none"};
    head.host = *std::move(host);
  }
  std::string_view target = line.target;
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (InSmallLetters(target.substr(0, scheme.size())) != scheme) continue;
    target.remove_prefix(scheme.size());
    const std::string_view authority = target.substr(0, target.find_first_of("/?"));
    if (InSmallLetters(authority) != InSmallLetters(given))
      return HeadFault{400, "the target names another host than the Host"};
    target.remove_prefix(authority.size());
    head.target = target.starts_with('/') ? "" : "/";
    break;
  }
  head.target += target;
  std::optional<Target> parts = ParseTarget(head.target);
  if (!parts) return HeadFault{400, "the target is no path"};
  head.parts = *std::move(parts);
  return std::nullopt;
}

Lines LinesOf(std::string_view head) {
  Lines lines;
  while (true) {
    const std::size_t end = head.find(kLineEnd);
    if (end == std::string_view::npos || end == 0) return lines;
    lines.push_back(head.substr(0, end));
    head.remove_prefix(end + kLineEnd.size());
  }
}

}  // namespace

std::string_view Headers::Get(std::string_view name) const {
  for (const auto& [key, value] : fields_) {
    if (key == name) return value;
  }
  return {};
}

bool Headers::Has(std::string_view name) const { return CountOf(name) > 0; }

std::size_t Headers::CountOf(std::string_view name) const {
  return static_cast<std::size_t>(std::count_if(
      fields_.begin(), fields_.end(), [name](const auto& field) { return field.first == name; }));
}

std::optional<std::string_view> Target::Query(std::string_view name) const {
  for (const auto& [key, value] : query) {
    if (key == name) return value;
  }
  return std::nullopt;
}

std::optional<Target> ParseTarget(std::string_view text) {
  if (!text.starts_with('/') || text.find('#') != std::string_view::npos) return std::nullopt;
  const std::size_t mark = text.find('?');
  Target target;
  if (!ReadSegments(text.substr(0, mark), target.segments)) return std::nullopt;
  if (mark != std::string_view::npos && !ReadQuery(text.substr(mark + 1), target.query))
    return std::nullopt;
  return target;
}

std::optional<HeadFault> EarlyFault(std::string_view bytes) {
  bytes.remove_prefix(LeadingLineEnds(bytes));
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] == '\r') {
      if (i + 1 < bytes.size() && bytes[i + 1] != '\n') return HeadFault{400, "a bare CR"};
    } else if (bytes[i] == '\n') {
      if (i == 0 || bytes[i - 1] != '\r') return HeadFault{400, "a bare LF"};
    } else if (IsControl(bytes[i]) && bytes[i] != '\t') {
      return HeadFault{400, "a control character in the head"};
    }
  }
  const std::size_t end = bytes.find(kLineEnd);
  if (end == std::string_view::npos) return std::nullopt;
  const auto line = ReadRequestLine(bytes.substr(0, end));
  if (!line) return line.error();
  return std::nullopt;
}

std::size_t HeadLength(std::string_view bytes) {
  const std::size_t start = LeadingLineEnds(bytes);
  const std::size_t end = bytes.find("\r\n\r\n", start);
  return end == std::string_view::npos ? 0 : end + 4;
}

tl::expected<RequestHead, HeadFault> ReadHead(std::string_view bytes) {
  bytes.remove_prefix(LeadingLineEnds(bytes));
  if (const auto fault = EarlyFault(bytes)) return Refusal(*fault);
  const Lines lines = LinesOf(bytes);
  if (lines.empty()) return Refused("an empty head");
  const auto line = ReadRequestLine(lines.front());
  if (!line) return Refusal(line.error());
  RequestHead head;
  head.method = line->method;
  if (const auto fault = ReadFields(lines, head.headers)) return Refusal(*fault);
  if (const auto fault = ReadLength(line->minor, head)) return Refusal(*fault);
  if (const auto fault = ReadConnection(line->minor, head)) return Refusal(*fault);
  if (const auto fault = ReadHostAndTarget(*line, head)) return Refusal(*fault);
  return head;
}

}  // namespace nmgr::net
