#include "fake_nomad/faults.h"

#include <algorithm>
#include <cstdlib>

#include "fake_nomad/route_table.h"
#include "nmgr/base/text.h"

namespace nmgr::fake {
namespace {

std::string TakeWord(std::string& rest) {
  const std::size_t end = std::min(rest.find(' '), rest.size());
  std::string word = rest.substr(0, end);
  rest.erase(0, std::min(end + 1, rest.size()));
  return word;
}

// Takes the number behind the last `mark` off the end of `word`; `otherwise` where there is none.
int TakeNumber(std::string& word, char mark, int otherwise) {
  const std::size_t at = word.rfind(mark);
  if (at == std::string::npos || at + 1 == word.size()) return otherwise;
  if (word.find_first_not_of("0123456789", at + 1) != std::string::npos) return otherwise;
  const int number = std::atoi(word.c_str() + at + 1);
  word.erase(at);
  return number;
}

using Words = std::vector<std::string>;

// Whether some path that `pattern` takes begins with `path`; `exact`: is it. Only the last word of
// `path` may be cut short. The ID of a job, as the path of a variable, is one word or more.
bool Fits(const Words& pattern, std::size_t w, const Words& path, std::size_t p, bool exact) {
  if (p == path.size()) return !exact || w == pattern.size();
  if (w == pattern.size()) return false;
  const bool last = p + 1 == path.size();
  if (pattern[w] != ":") {
    const bool same =
        last && !exact ? std::string_view(pattern[w]).starts_with(path[p]) : pattern[w] == path[p];
    return same && Fits(pattern, w + 1, path, p + 1, exact);
  }
  if (Fits(pattern, w + 1, path, p + 1, exact)) return true;
  const bool long_id = pattern[1] == "job" || pattern[1] == "var";
  return w == 2 && long_id && Fits(pattern, w, path, p + 1, exact);
}

bool CanMatch(const Fault& fault) {
  const Words path = SplitList(fault.path_prefix, "/");
  return std::any_of(AllRoutes().begin(), AllRoutes().end(), [&](const Route& route) {
    const Words methods = SplitList(route.methods, " ");
    const bool takes = fault.method == "*" ||
                       std::find(methods.begin(), methods.end(), fault.method) != methods.end();
    return takes && Fits(SplitList(route.pattern, "/"), 0, path, 0, fault.exact);
  });
}

bool ParseWhat(std::string what, Fault& fault) {
  fault.skip = TakeNumber(what, '@', 0);
  fault.times = TakeNumber(what, 'x', -1);
  if (what.starts_with("done+")) {
    fault.done = true;
    what.erase(0, 5);
  }
  if (what == "close" || what == "hang") {
    fault.kind = what == "close" ? Fault::Kind::kClose : Fault::Kind::kHang;
  } else if (what == "noindex" || what.starts_with("index=")) {
    fault.kind = Fault::Kind::kIndex;
    if (what != "noindex") fault.index = what.substr(6);
  } else {
    fault.status = std::atoi(what.c_str());
    if (what.size() != 3 || fault.status < 100 || fault.status > 599) return false;
  }
  return fault.times != 0;
}

// With "{1000*[}" written out, once.
std::string Repeated(const std::string& text) {
  const std::size_t open = text.find('{');
  if (open == std::string::npos) return text;
  char* end = nullptr;
  const unsigned long count = std::strtoul(text.c_str() + open + 1, &end, 10);
  const auto star = static_cast<std::size_t>(end - text.c_str());
  const bool repeats =
      star > open + 1 && star + 2 < text.size() && text[star] == '*' && text[star + 2] == '}';
  if (!repeats) return text;
  return text.substr(0, open) + std::string(count, text[star + 1]) + text.substr(star + 3);
}

}  // namespace

const char* const kFaultHelp =
    R"(A fault answers requests of METHOD ("*" for any) whose path begins with PATHPREFIX:
  --fault "GET /v1/job/web 500 boom"            every time
  --fault "POST /v1/jobs 503x2 No cluster leader"  the first two times, then the truth
  --fault "GET /v1/job/web 500x1@3 boom"        the fourth time only
  --fault "POST /v1/jobs 429x1 retry-after=1 slow down"  with that header
  --fault "* /v1/ 500@9 for=5 No cluster leader"  all after the ninth, for five seconds
  --fault "GET /v1/jobs 200 {100000*[}"         that many of a character
  --fault "GET /v1/jobs 200 <title>Sorry</title>"  text that begins with "<" goes as a web page
  --fault "GET /v1/jobs 500 {headers} {body}"   repeats what the client sent
  --fault "GET /v1/jobs close"                  drops the connection without an answer
  --fault "GET /v1/jobs hang"                   never answers
  --fault "POST /v1/jobs done+500x1 rpc error: EOF"  does it, then says so; "done+close" likewise
  --fault "GET /v1/job/ noindex"                the truth without X-Nomad-Index; or "index=0"
An exact path ends in "$": "POST /v1/jobs$ 500 boom" does not touch /v1/jobs/parse. A query behind it
is asked for too: "GET /v1/jobs?namespace=ops 500 boom". What no request can match is refused.)";

bool Fault::Matches(const Request& request) const {
  if (method != "*" && method != request.method) return false;
  const std::string path = request.target.substr(0, request.target.find('?'));
  if (exact ? path != path_prefix : !path.starts_with(path_prefix)) return false;
  return std::all_of(query.begin(), query.end(), [&](const auto& wanted) {
    return request.HasQuery(wanted.first) && request.Query(wanted.first) == wanted.second;
  });
}

std::string Fault::BodyFor(const Request& request, const std::string& headers) const {
  std::string body = Repeated(text);
  for (const auto& [name, value] :
       {std::pair<std::string_view, const std::string&>{"{headers}", headers},
        {"{body}", request.body}}) {
    if (const std::size_t at = body.find(name); at != std::string::npos)
      body.replace(at, name.size(), value);
  }
  return body;
}

std::optional<Fault> ParseFault(const std::string& text) {
  std::string rest = text;
  Fault fault;
  fault.method = TakeWord(rest);
  std::string path = TakeWord(rest);
  if (!path.starts_with('/') || !ParseWhat(TakeWord(rest), fault)) return std::nullopt;
  constexpr std::string_view kRetryAfter = "retry-after=";
  if (rest.starts_with(kRetryAfter)) fault.retry_after = TakeWord(rest).substr(kRetryAfter.size());
  constexpr std::string_view kFor = "for=";
  if (rest.starts_with(kFor)) {
    fault.lasts = std::chrono::seconds(std::atoi(TakeWord(rest).c_str() + kFor.size()));
    if (fault.lasts.count() <= 0) return std::nullopt;
  }
  fault.text = rest;
  fault.exact = path.ends_with('$');
  if (fault.exact) path.pop_back();
  fault.query = MakeRequest("", path).query;
  fault.path_prefix = path.substr(0, path.find('?'));
  if (!CanMatch(fault)) return std::nullopt;
  return fault;
}

Fault* TakeFault(std::vector<Fault>& faults, const Request& request) {
  for (Fault& fault : faults) {
    if (fault.times == 0 || !fault.Matches(request)) continue;
    if (fault.skip > 0) {
      --fault.skip;
      continue;
    }
    if (fault.lasts.count() > 0) {
      const auto now = std::chrono::steady_clock::now();
      if (!fault.until) fault.until = now + fault.lasts;
      if (now >= *fault.until) continue;
    }
    if (fault.times > 0) --fault.times;
    return &fault;
  }
  return nullptr;
}

}  // namespace nmgr::fake
