#include "http_errors.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <utility>

#include "agent.h"
#include "nmgr/base/text.h"
#include "passing_faults.h"

namespace nmgr::nomad {
namespace {

constexpr std::size_t kMaxWords = 2000;
constexpr std::size_t kMaxRead = 64U << 10U;

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

// The first `most` bytes, whole characters only.
std::string Cut(std::string text, std::size_t most) {
  if (text.size() <= most) return text;
  std::string start = text.substr(0, most);
  for (int i = 0; i < 3 && !start.empty() && !IsValidUtf8(start); ++i) start.pop_back();
  return start + "...";
}

bool IsConflict(const HttpAnswer& answer) {
  return answer.status == 500 && (answer.body.starts_with("Enforcing job modify index") ||
                                  answer.body.starts_with("Current job has version"));
}

bool IsUuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    const bool fits =
        dash ? text[i] == '-' : std::isxdigit(static_cast<unsigned char>(text[i])) != 0;
    if (!fits) return false;
  }
  return true;
}

bool IsJwt(std::string_view text) {
  return text.starts_with("ey") && std::count(text.begin(), text.end(), '.') == 2;
}

// What Nomad's store says of a token that it cannot even look up. It says the same of other IDs,
// but those that nmgr asks about it has from Nomad.
bool IsAboutUuid(const HttpAnswer& answer) {
  if (answer.status != 500 && answer.status != 400) return false;
  for (const std::string_view words :
       {"UUID must be 36 characters", "Invalid UUID", "invalid UUID", "acl token lookup failed"}) {
    if (answer.body.find(words) != std::string::npos) return true;
  }
  return false;
}

// What it says of one that is no UUID, and so should be the identity of a workload.
bool IsAboutIdentity(const HttpAnswer& answer) {
  return answer.status == 500 &&
         (answer.body.find("ACL token not found or invalid workload identity") !=
              std::string::npos ||
          answer.body.find("failed to parse signed token") != std::string::npos);
}

// "ACL token not found", "ACL token expired".
bool IsAboutLostToken(std::string_view body) {
  return body.find("ACL token not found") != std::string_view::npos ||
         body.find("ACL token expired") != std::string_view::npos;
}

// Takes "2 errors occurred:" or "1 warning:" off the end of a line; whether it was there.
bool DropHeading(std::string_view& line) {
  for (const std::string_view heading :
       {" error occurred:", " errors occurred:", " warning:", " warnings:", " warning(s):"}) {
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
  if (fault == Fault::kNoDescriptors) return ErrorCode::kIo;
  return ErrorCode::kUnreachable;
}

// By what the other end says as it breaks the handshake off. TLS 1.2 has no alert of its own for a
// certificate that is missing.
bool RefusesClientCertificate(std::string_view reason) {
  if (reason.find(" alert ") == std::string_view::npos) return false;
  for (const std::string_view words :
       {"certificate required", "bad certificate", "unknown ca", "certificate unknown",
        "unsupported certificate", "certificate expired", "certificate revoked"}) {
    if (reason.find(words) != std::string_view::npos) return true;
  }
  return false;
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
  error.hint = attempt.path.starts_with("/v1/var/") ? "read the variable before trying again"
                                                    : "look at the job before trying again";
  error.in_doubt = true;
  return error;
}

}  // namespace

bool IsInNomadsWords(const HttpAnswer& refusal) {
  return TrimBlanks(refusal.body) == "Permission denied" || IsAboutLostToken(refusal.body);
}

bool IsRefusal(const HttpAnswer& answer) {
  return answer.status == 401 || answer.status == 403 ||
         (answer.status == 500 && TrimBlanks(answer.body) == "Permission denied");
}

ErrorWriter::ErrorWriter(const ConnectionOptions& options)
    : address_(DisplayAddress(options)),
      has_token_(!options.token.empty()),
      token_is_jwt_(IsJwt(options.token)),
      token_is_odd_(has_token_ && !IsUuid(options.token) && !token_is_jwt_),
      has_client_certificate_(!options.client_cert.empty()),
      // Who may go around it by NO_PROXY perhaps did.
      proxy_(options.no_proxy.empty() ? options.proxy : ""),
      run_(options.secrets) {
  if (const auto address = net::ParseAddress(options.address)) {
    scheme_ = address->scheme;
    if (address->has_user) redactor_.AddUser(address->user, address->password);
  }
  redactor_.Add(options.token);
  redactor_.AddUser(options.AuthUser(), options.AuthPassword());
  redactor_.AddUser(options.proxy_user, options.proxy_password);
}

std::string ErrorWriter::Redact(std::string_view text) const {
  const std::string own = redactor_.HideAll(text);
  return run_ != nullptr ? run_->HideAll(own) : own;
}

// Never cut before it was redacted: half a token is one too. What lies far behind is not shown.
std::string ErrorWriter::Start(const HttpAnswer& answer) const {
  return Redact(std::string_view(answer.body).substr(0, kMaxRead));
}

// What came, for a message that expected something else.
std::string ErrorWriter::Describe(const HttpAnswer& answer) const {
  const std::string start = Start(answer);
  if (TrimBlanks(start).empty()) return "an empty answer";
  if (IsHtml(answer)) {
    const std::string title = HtmlTitle(start);
    return title.empty() ? "a web page" : fmt::format("a web page (\"{}\")", title);
  }
  return fmt::format("{} bytes beginning `{}`", answer.body.size(), EscapeControls(Cut(start, 60)));
}

std::string ErrorWriter::Words(const HttpAnswer& answer) const {
  if (IsHtml(answer) || TrimBlanks(answer.body).empty()) return Describe(answer);
  return EscapeControls(Cut(FlattenErrorList(Start(answer)), kMaxWords));
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
      if (fault.reason.find("hostname mismatch") != std::string::npos ||
          fault.reason.find("IP address mismatch") != std::string::npos) {
        return "the certificate must hold the host of the address, or the name given by "
               "--tls-server-name (NOMAD_TLS_SERVER_NAME), as a subject alternative name; a common "
               "name alone does not count";
      }
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
    case Fault::kCertificate:
    case Fault::kClosed:
    case Fault::kTimeLimit:
      break;
  }
  return "is the agent running? set NOMAD_ADDR or --address";
}

Error ErrorWriter::FromFault(const Attempt& attempt, const TransportError& fault) const {
  const std::string& reason = fault.reason;
  const bool refused = fault.fault == Fault::kTls && RefusesClientCertificate(reason);
  if (refused || fault.fault == Fault::kCertificate) {
    if (has_client_certificate_) {
      return {ErrorCode::kUnreachable,
              fmt::format("Nomad at {} does not take the client certificate: {}", address_, reason),
              "see NOMAD_CLIENT_CERT (--client-cert) and NOMAD_CLIENT_KEY (--client-key)"};
    }
    return {ErrorCode::kUnreachable,
            fmt::format("Nomad at {} wants a client certificate", address_),
            "set NOMAD_CLIENT_CERT and NOMAD_CLIENT_KEY (--client-cert, --client-key)"};
  }
  Error error{CodeOf(fault.fault), {}, HintFor(fault)};
  if (!Connected(fault.fault)) {
    const std::string over = proxy_.empty() ? "" : " over the proxy " + proxy_;
    error.message = fmt::format("cannot reach Nomad at {}{}: {}", address_, over, reason);
    if (!proxy_.empty())
      error.hint += "; HTTP_PROXY and HTTPS_PROXY name proxies, NO_PROXY who needs none";
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
  if (IsAboutLostToken(answer.body) || attempt.token == TokenStanding::kUnknown) {
    const bool expired = answer.body.find("expired") != std::string::npos;
    return {ErrorCode::kForbidden,
            fmt::format("Nomad refused {}: {} ({})", request, Words(answer), answer.status),
            fmt::format("{}: see NOMAD_TOKEN and --token-file",
                        expired ? "the token has expired" : "Nomad does not know the token")};
  }
  std::string hint = "no token was given: set NOMAD_TOKEN or --token-file";
  if (has_token_) {
    hint = attempt.token == TokenStanding::kKnown
               ? "the token lacks the right"
               : "Nomad does not know the token, or it lacks the right";
  }
  if (!attempt.right.empty()) {
    if (!has_token_) hint += "; it needs the right";
    hint += fmt::format(" \"{}\" in namespace \"{}\"", attempt.right,
                        attempt.name_space.empty() ? "default" : attempt.name_space);
  }
  return {ErrorCode::kForbidden,
          fmt::format("Nomad refused {}: {} ({})", request, Words(answer), answer.status),
          std::move(hint)};
}

Error ErrorWriter::NotNomad(const Attempt& attempt, const HttpAnswer& answer,
                            const std::string& told) const {
  const std::string request = fmt::format("{} {}", attempt.method, attempt.path);
  const bool redirects = answer.status >= 300 && answer.status < 400;
  if (redirects && !answer.redirect.empty()) {
    return {ErrorCode::kUnreachable,
            fmt::format("{} at {} is redirected to {}", request, address_,
                        Redact(WithoutUserInfo(answer.redirect))),
            "redirects are not followed, since the token would go along: set NOMAD_ADDR or "
            "--address to the agent itself"};
  }
  Error error{ErrorCode::kUnreachable,
              fmt::format("{} at {} was not answered by Nomad: {}", request, address_, told),
              std::string(kNotNomadHint)};
  // A proxy that fails while it waits for Nomad does not know what Nomad did.
  return answer.status >= 500 ? InDoubt(attempt, std::move(error)) : error;
}

Error ErrorWriter::Refused(const Attempt& attempt, const HttpAnswer& answer,
                           const std::string& told) const {
  if (answer.status == 500 && answer.body.find("No path to region") != std::string::npos) {
    return {ErrorCode::kRejected, fmt::format("Nomad knows no region \"{}\"", attempt.region),
            "see the spec's region, and NOMAD_REGION or --region"};
  }
  const bool wants_tls = answer.body.find("HTTP request to an HTTPS server") != std::string::npos;
  if (wants_tls) {
    return {ErrorCode::kUnreachable, fmt::format("cannot reach Nomad at {}: {}", address_, told),
            "the agent speaks TLS: write https:// in the address"};
  }
  return {ErrorCode::kRejected,
          fmt::format("Nomad refused {} {}: {}", attempt.method, attempt.path, told), ""};
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
    if (answer.status != 429) return InDoubt(attempt, std::move(error));
    if (answer.retry_after.count() != 0) {
      error.message += ", come back in " + FormatDuration(answer.retry_after);
    }
    return error;
  }
  if (IsRefusal(answer)) return Forbidden(attempt, answer);
  if ((token_is_odd_ && IsAboutUuid(answer)) || (has_token_ && IsAboutIdentity(answer))) {
    return {ErrorCode::kForbidden,
            fmt::format("Nomad refused {}: the token is not of the form that Nomad gives out ({})",
                        request, words),
            "a token is the Secret ID, 36 characters like 1b2c3d4e-...: see NOMAD_TOKEN and "
            "--token-file"};
  }
  const bool lacks = answer.status == 404 || answer.status == 405 || answer.status == 501;
  if (attempt.may_lack && lacks) {
    return {ErrorCode::kNotFound,
            fmt::format("{} at {} is not served: {}", request, address_, told), ""};
  }
  const std::string_view body = TrimBlanks(answer.body);
  if (body == "No path to node") {
    return {ErrorCode::kUnreachable,
            fmt::format("{}: the node does not answer its servers ({})", request, told),
            "does the Nomad client there run?"};
  }
  const bool in_own_words = answer.status == 404 && !body.empty() &&
                            (body == attempt.not_found || body == attempt.not_yet);
  if (in_own_words) return {ErrorCode::kNotFound, fmt::format("{}: {}", request, words), ""};
  const bool redirects = answer.status >= 300 && answer.status < 400;
  if (redirects || answer.status == 404 || IsHtml(answer)) return NotNomad(attempt, answer, told);
  return Refused(attempt, answer, told);
}

Error ErrorWriter::FromWrongBody(const Attempt& attempt, const HttpAnswer& answer,
                                 std::string_view expected) const {
  return InDoubt(attempt, {ErrorCode::kUnreachable,
                           fmt::format("{} {} at {}: expected {}, got {}", attempt.method,
                                       attempt.path, address_, expected, Describe(answer)),
                           std::string(kNotNomadHint)});
}

Error ErrorWriter::FromTooLarge(const Attempt& attempt, std::string_view expected) const {
  return InDoubt(attempt, {ErrorCode::kUnreachable,
                           fmt::format("{} {} at {}: expected {}, got one of more values than nmgr "
                                       "takes",
                                       attempt.method, attempt.path, address_, expected),
                           std::string(kNotNomadHint)});
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

namespace {

struct ListLine {
  std::string_view text;
  bool is_item = false;
};

// The list is flat: only the number in a heading tells how many items stand below it.
class ListSplitter {
 public:
  explicit ListSplitter(std::string_view text) {
    for (std::string_view line : Split(text, '\n')) {
      line = TrimBlanks(line);
      const bool is_item = line.starts_with("* ");
      if (is_item) line = TrimBlanks(line.substr(2));
      if (!line.empty()) lines_.push_back({line, is_item});
    }
  }

  std::vector<std::string> Errors() {
    while (at_ < lines_.size()) Take("", 0);
    return std::move(errors_);
  }

 private:
  void Take(const std::string& headings, int depth) {
    constexpr int kDeepest = 32;
    const std::string_view line = lines_[at_++].text;
    std::string_view heading = line;
    if (depth < kDeepest && DropHeading(heading)) {
      std::size_t items = 0;
      std::from_chars(line.data() + heading.size(), line.data() + line.size(), items);
      for (; items > 0 && at_ < lines_.size(); --items) {
        Take(headings + std::string(heading), depth + 1);
      }
      return;
    }
    std::string text = headings + std::string(line);
    while (at_ < lines_.size() && !lines_[at_].is_item)
      text += " " + std::string(lines_[at_++].text);
    errors_.push_back(std::move(text));
  }

  std::vector<ListLine> lines_;
  std::size_t at_ = 0;
  std::vector<std::string> errors_;
};

}  // namespace

std::vector<std::string> SplitErrorList(std::string_view text) {
  return ListSplitter(text).Errors();
}

}  // namespace nmgr::nomad
