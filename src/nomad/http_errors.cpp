#include "http_errors.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "address.h"
#include "nmgr/base/text.h"

namespace nmgr::nomad {
namespace {

constexpr std::size_t kMaxWords = 2000;

bool IsHtml(const HttpAnswer& answer) {
  return answer.content_type.starts_with("text/html") || TrimBlanks(answer.body).starts_with("<");
}

std::string HtmlTitle(std::string_view body) {
  const std::size_t begin = body.find("<title>");
  if (begin == std::string_view::npos) return {};
  const std::size_t end = body.find("</title>", begin);
  if (end == std::string_view::npos) return {};
  return EscapeControls(TrimBlanks(body.substr(begin + 7, end - begin - 7)).substr(0, 80));
}

// What came, for a message that expected something else.
std::string Describe(const HttpAnswer& answer) {
  if (TrimBlanks(answer.body).empty()) return "an empty answer";
  if (IsHtml(answer)) {
    const std::string title = HtmlTitle(answer.body);
    return title.empty() ? "a web page" : fmt::format("a web page (\"{}\")", title);
  }
  std::string start = answer.body.substr(0, 60);
  if (answer.body.size() > start.size()) {
    while (!start.empty() && !IsValidUtf8(start)) start.pop_back();
    if (start.empty()) start = answer.body.substr(0, 16);
    start += "...";
  }
  return fmt::format("{} bytes beginning `{}`", answer.body.size(), EscapeControls(start));
}

bool IsConflict(const HttpAnswer& answer) {
  return answer.status == 500 && answer.body.starts_with("Enforcing job modify index");
}

bool HasNoLeader(const HttpAnswer& answer) {
  return answer.status == 500 && answer.body.find("No cluster leader") != std::string::npos;
}

// Takes "2 errors occurred:" off the end of a line; whether it was there.
bool DropHeading(std::string_view& line) {
  for (const std::string_view heading : {" error occurred:", " errors occurred:"}) {
    if (!line.ends_with(heading)) continue;
    const std::string_view before = line.substr(0, line.size() - heading.size());
    const std::size_t last = before.find_last_not_of("0123456789");
    const std::size_t number = last == std::string_view::npos ? 0 : last + 1;
    if (number == before.size()) continue;
    line = before.substr(0, number);
    return true;
  }
  return false;
}

constexpr std::string_view kNotNomadHint =
    "is this the address of a Nomad agent, or does a proxy stand in front of it? see NOMAD_ADDR, "
    "--address";

ErrorCode CodeOf(Fault fault) {
  if (fault == Fault::kDeadline) return ErrorCode::kTimedOut;
  if (fault == Fault::kStopped) return ErrorCode::kInterrupted;
  return ErrorCode::kUnreachable;
}

// Whether there was somebody at the other end to speak to.
bool Connected(Fault fault) {
  return fault == Fault::kClosed || fault == Fault::kNotHttp || fault == Fault::kTooLarge ||
         fault == Fault::kTimeLimit || fault == Fault::kDeadline || fault == Fault::kStopped;
}

// A write whose answer was lost.
Error InDoubt(const Attempt& attempt, Error error) {
  if (!attempt.changes_state) return error;
  error.message += ", so Nomad may or may not have done it";
  error.hint = "look at the job before trying again";
  return error;
}

}  // namespace

ErrorWriter::ErrorWriter(const ConnectionOptions& options)
    : address_(DisplayAddress(options)), has_token_(!options.token.empty()) {
  if (const auto address = ParseAddress(options.address)) {
    scheme_ = address->scheme;
    if (!address->password.empty()) secrets_.push_back(address->password);
  }
  if (!options.token.empty()) secrets_.push_back(options.token);
  const std::size_t colon = options.http_auth.find(':');
  if (colon != std::string::npos && colon + 1 < options.http_auth.size()) {
    secrets_.push_back(options.http_auth.substr(colon + 1));
  }
}

std::string ErrorWriter::Redact(std::string text) const {
  for (const std::string& secret : secrets_) {
    for (std::size_t at = text.find(secret); at != std::string::npos; at = text.find(secret, at)) {
      text.replace(at, secret.size(), "***");
      at += 3;
    }
  }
  constexpr std::string_view kBasic = "Basic ";
  for (std::size_t at = text.find(kBasic); at != std::string::npos; at = text.find(kBasic, at)) {
    at += kBasic.size();
    text.replace(at, std::min(text.find_first_of(" \r\n\t", at), text.size()) - at, "***");
  }
  return text;
}

std::string ErrorWriter::Words(const HttpAnswer& answer) const {
  if (IsHtml(answer) || TrimBlanks(answer.body).empty()) return Describe(answer);
  std::string text = Redact(FlattenErrorList(answer.body));
  if (text.size() > kMaxWords) {
    text.resize(kMaxWords);
    while (!IsValidUtf8(text)) text.pop_back();
    text += "...";
  }
  return EscapeControls(text);
}

std::string ErrorWriter::HintFor(const TransportError& fault) const {
  switch (fault.fault) {
    case Fault::kRefused:
      if (scheme_ != "unix") break;
      return "is the agent running, and may this user open its socket? set NOMAD_ADDR or --address";
    case Fault::kUnresolved:
      return "set NOMAD_ADDR or --address";
    case Fault::kConnectTimeout:
      return "is the host up, and does a firewall let this through? set NOMAD_ADDR or --address";
    case Fault::kTls: {
      const bool is_plain = fault.reason.find("wrong version number") != std::string::npos ||
                            fault.reason.find("packet length too long") != std::string::npos;
      if (is_plain)
        return "the port does not speak TLS: is the address http:// rather than https://?";
      return "see NOMAD_CACERT (--ca-cert), NOMAD_TLS_SERVER_NAME (--tls-server-name) and "
             "NOMAD_CLIENT_CERT (--client-cert)";
    }
    case Fault::kSettings:
      return "see --ca-cert, --client-cert and --client-key";
    case Fault::kNotHttp:
    case Fault::kTooLarge:
      return std::string(kNotNomadHint);
    case Fault::kDeadline:
    case Fault::kStopped:
      return {};
    case Fault::kNoDescriptors:
      return "raise the limit, or ask for fewer jobs at once (--parallel)";
    case Fault::kClosed:
    case Fault::kTimeLimit:
      break;
  }
  return "is the agent running? set NOMAD_ADDR or --address";
}

Error ErrorWriter::FromFault(const Attempt& attempt, const TransportError& fault) const {
  const std::string reason = Redact(fault.reason);
  Error error{CodeOf(fault.fault), {}, HintFor(fault)};
  if (!Connected(fault.fault)) {
    error.message = fmt::format("cannot reach Nomad at {}: {}", address_, reason);
    return error;
  }
  error.message = fmt::format("{} {} at {}: {}", attempt.method, attempt.path, address_, reason);
  return fault.sent ? InDoubt(attempt, std::move(error)) : error;
}

Error ErrorWriter::Forbidden(const Attempt& attempt, const HttpAnswer& answer) const {
  const std::string request = fmt::format("{} {}", attempt.method, attempt.path);
  if (answer.status == 401) {
    return {ErrorCode::kForbidden,
            fmt::format("{} at {} was refused: {} (401)", request, address_, Words(answer)),
            "a proxy may ask for a user and password: set NOMAD_HTTP_AUTH"};
  }
  std::string hint = has_token_ ? "Nomad does not know the token, or it lacks the right"
                                : "no token was given: set NOMAD_TOKEN or --token-file";
  if (!attempt.right.empty()) {
    if (!has_token_) hint += "; it needs the right";
    hint += fmt::format(" \"{}\" in namespace \"{}\"", attempt.right,
                        attempt.name_space.empty() ? "default" : attempt.name_space);
  }
  return {ErrorCode::kForbidden, fmt::format("Nomad refused {}: {} (403)", request, Words(answer)),
          std::move(hint)};
}

Error ErrorWriter::FromStatus(const Attempt& attempt, const HttpAnswer& answer) const {
  const std::string request = fmt::format("{} {}", attempt.method, attempt.path);
  const std::string words = Words(answer);
  const std::string told = fmt::format("{} ({})", words, answer.status);
  if (IsConflict(answer)) {
    return {ErrorCode::kConflict, fmt::format("Nomad refused {}: {}", request, words),
            "the job was changed by somebody else since it was planned; plan it again"};
  }
  if (IsTransient(answer)) {
    Error error{ErrorCode::kUnreachable,
                fmt::format("{} at {} is not served now: {}", request, address_, told), ""};
    return answer.status == 429 ? error : InDoubt(attempt, std::move(error));
  }
  if (answer.status == 401 || answer.status == 403) return Forbidden(attempt, answer);
  const bool in_own_words = answer.status == 404 && !attempt.not_found.empty() &&
                            TrimBlanks(answer.body) == attempt.not_found;
  if (in_own_words) return {ErrorCode::kNotFound, fmt::format("{}: {}", request, words), ""};
  if (answer.status >= 300 && answer.status < 400) {
    return {ErrorCode::kUnreachable,
            fmt::format("{} at {} is redirected to {}", request, address_,
                        Redact(WithoutUserInfo(answer.redirect))),
            "redirects are not followed, since the token would go along: set NOMAD_ADDR or "
            "--address to the agent itself"};
  }
  if (answer.status == 404 || IsHtml(answer)) {
    return {ErrorCode::kUnreachable,
            fmt::format("{} at {} was not answered by Nomad: {}", request, address_, told),
            std::string(kNotNomadHint)};
  }
  const bool wants_tls = answer.body.find("HTTP request to an HTTPS server") != std::string::npos;
  return {ErrorCode::kRejected, fmt::format("Nomad refused {}: {}", request, told),
          wants_tls ? "the agent speaks TLS: write https:// in the address" : ""};
}

Error ErrorWriter::FromWrongBody(const Attempt& attempt, const HttpAnswer& answer,
                                 std::string_view expected) const {
  return InDoubt(attempt, {ErrorCode::kUnreachable,
                           fmt::format("{} {} at {}: expected {}, got {}", attempt.method,
                                       attempt.path, address_, expected, Redact(Describe(answer))),
                           std::string(kNotNomadHint)});
}

bool IsTransient(const TransportError& fault) {
  return fault.fault == Fault::kRefused || fault.fault == Fault::kClosed ||
         fault.fault == Fault::kConnectTimeout || fault.fault == Fault::kUnresolved;
}

bool IsTransient(const HttpAnswer& answer) {
  return answer.status == 429 || (answer.status >= 502 && answer.status <= 504) ||
         HasNoLeader(answer);
}

std::string FlattenErrorList(std::string_view text) {
  std::string out;
  bool joins = true;  // nothing stands between a heading and its first item
  for (std::string_view line : Split(text, '\n')) {
    line = TrimBlanks(line);
    if (line.empty()) continue;
    const bool is_item = line.starts_with("* ");
    if (is_item) line.remove_prefix(2);
    if (!joins) out += is_item ? "; " : " ";
    joins = DropHeading(line);
    out += line;
  }
  return out;
}

}  // namespace nmgr::nomad
