#include "order/text_scan.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <utility>

#include "nmgr/base/letters.h"
#include "nmgr/base/numbers.h"
#include "nmgr/base/text.h"
#include "order/template_text.h"

namespace nmgr::order {
namespace {

bool IsHostByte(char c) {
  return IsAsciiLetter(c) || IsAsciiDigit(c) || c == '-' || c == '_' || c == '.';
}

// The host that ends before `end`: a name, an address, or one "${...}". "" for none, or where only
// a part of it stands there.
std::string_view HostBefore(std::string_view line, std::size_t end) {
  constexpr std::size_t kLongest = 253;
  if (end == 0) return {};
  if (end > kLongest + 4) {
    line.remove_prefix(end - kLongest - 4);
    end = kLongest + 4;
  }
  std::size_t begin = end;
  if (line[end - 1] == '}') {
    begin = line.rfind("${", end - 1);
    if (begin == line.npos || line.substr(begin, end - 1 - begin).find('}') != line.npos) return {};
  } else {
    while (begin > 0 && IsHostByte(line[begin - 1])) --begin;
  }
  if (begin == end) return {};
  if (begin > 0) {
    const char before = line[begin - 1];
    if (before == kUnknownText || before == '}' || before == ':' || IsHostByte(before)) return {};
  }
  return line.substr(begin, end - begin);
}

void ScanEndpoints(std::string_view line, std::size_t number, Scanned& found) {
  for (std::size_t colon = line.find(':'); colon != line.npos; colon = line.find(':', colon + 1)) {
    std::size_t end = colon + 1;
    while (end < line.size() && IsAsciiDigit(line[end])) ++end;
    const bool ends = end == line.size() ||
                      (!IsHostByte(line[end]) && line[end] != kUnknownText && line[end] != '$');
    const bool stop = end < line.size() && line[end] == '.' &&
                      (end + 1 == line.size() || !IsHostByte(line[end + 1]));
    if (!ends && !stop) continue;
    const int port = PortOf(line.substr(colon + 1, end - colon - 1));
    if (port == 0) continue;
    const std::string_view host = HostBefore(line, colon);
    if (!host.empty()) found.endpoints.push_back({std::string(host), port, number});
  }
}

// "tag.web.service.dc1.consul" and its like; nothing for other names.
std::optional<NamedService> ServiceNamed(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  const std::vector<std::string_view> labels = Split(name, '.');
  if (labels.size() < 3 || labels.size() > 12) return std::nullopt;
  const auto at = std::find_if(labels.begin(), labels.end(), [](std::string_view label) {
    return label == "service" || label == "connect" || label == "virtual" || label == "ingress";
  });
  const auto before = static_cast<std::size_t>(at - labels.begin());
  if (at == labels.end() || before == 0) return std::nullopt;
  if (std::any_of(labels.begin(), labels.end(), [](auto label) { return label.empty(); })) {
    return std::nullopt;
  }
  if (labels.back() == "nomad") {
    if (*at != "service" || before > 2 || labels.size() != before + 2) return std::nullopt;
    const std::string name_space(before == 2 ? labels[1] : std::string_view());
    return NamedService{Catalog::kNomad, std::string(labels[0]), name_space, 0};
  }
  if (labels.back() != "consul") return std::nullopt;
  const bool by_protocol = labels[0].starts_with('_') && before == 2;
  const std::string_view service = by_protocol ? labels[0].substr(1) : labels[before - 1];
  return NamedService{Catalog::kConsul, std::string(service), {}, 0};
}

void ScanServices(std::string_view line, std::size_t number, Scanned& found) {
  for (std::size_t at = 0; at < line.size();) {
    if (!IsHostByte(line[at])) {
      ++at;
      continue;
    }
    const std::size_t begin = at;
    while (at < line.size() && IsHostByte(line[at])) ++at;
    const bool part = begin > 0 && (line[begin - 1] == kUnknownText || line[begin - 1] == '}');
    const bool open = at < line.size() && (line[at] == kUnknownText || line[at] == '$');
    if (part || open || at - begin > 253) continue;
    if (auto service = ServiceNamed(line.substr(begin, at - begin))) {
      service->line = number;
      found.services.push_back(*std::move(service));
    }
  }
}

std::string_view Unquoted(std::string_view text) {
  text = TrimBlanks(text);
  while (text.ends_with(',') || text.ends_with(';')) text.remove_suffix(1);
  if (text.size() >= 2 && (text.front() == '"' || text.front() == '\'') &&
      text.back() == text.front()) {
    text = text.substr(1, text.size() - 2);
  }
  return text;
}

// The whole text as a host, or "".
std::string_view WholeHost(std::string_view text) {
  return HostBefore(text, text.size()) == text ? text : std::string_view();
}

// `DB_HOST = x`, `db_host: x`: what stands before HOST, in small letters, and how deep it stands.
struct Setting {
  std::string stem;
  std::string_view value;
  std::size_t line = 0;
};

// Removes the first of the endings that the key has.
template <std::size_t N>
bool CutEnding(std::string& key, const std::array<std::string_view, N>& endings) {
  for (const std::string_view ending : endings) {
    if (!key.ends_with(ending)) continue;
    key.resize(key.size() - ending.size());
    const bool whole = key.empty() || std::string_view("_-.").find(key.back()) != std::string::npos;
    return whole;
  }
  return false;
}

class SettingPairs {
 public:
  void Add(std::string_view line, std::size_t number) {
    const std::size_t sign = line.find_first_of("=:");
    if (sign == line.npos) return;
    std::string_view name = line.substr(0, sign);
    const std::size_t indent = std::min(name.find_first_not_of(" \t-"), name.size());
    name = TrimBlanks(name.substr(indent));
    if (name.starts_with("export ")) name.remove_prefix(7);
    name = Unquoted(name);
    if (name.empty() || name.size() > 100 || !std::all_of(name.begin(), name.end(), IsHostByte)) {
      return;
    }
    const std::string key = InSmallLetters(name);
    const std::string_view value = Unquoted(line.substr(sign + 1));
    static constexpr std::array<std::string_view, 6> kHosts = {"hostname", "host",   "address",
                                                               "addr",     "server", "ip"};
    static constexpr std::array<std::string_view, 1> kPorts = {"port"};
    const std::string depth = std::to_string(indent) + " ";
    if (std::string stem = key; CutEnding(stem, kPorts)) {
      ports_[depth + stem].push_back({stem, value, number});
    } else if (stem = key; CutEnding(stem, kHosts)) {
      hosts_[depth + stem].push_back({stem, value, number});
    }
  }

  // Only where it is plain which belongs to which: one of each, or a pair side by side.
  void Pair(Scanned& found) const {
    constexpr std::size_t kNear = 3;
    for (const auto& [key, hosts] : hosts_) {
      const auto ports = ports_.find(key);
      if (ports == ports_.end()) continue;
      const bool single = hosts.size() == 1 && ports->second.size() == 1 && !hosts[0].stem.empty();
      for (const Setting& host : hosts) {
        const Setting* nearest = Nearest(ports->second, host);
        if (!single && Apart(host, *nearest) > kNear) continue;
        const int number = PortOf(nearest->value);
        const std::string_view name = WholeHost(host.value);
        if (number != 0 && !name.empty()) {
          found.endpoints.push_back({std::string(name), number, host.line});
        }
      }
    }
  }

 private:
  static const Setting* Nearest(const std::vector<Setting>& ports, const Setting& host) {
    auto at = std::lower_bound(
        ports.begin(), ports.end(), host,
        [](const Setting& port, const Setting& other) { return port.line < other.line; });
    const bool earlier =
        at != ports.begin() && (at == ports.end() || Apart(host, *(at - 1)) <= Apart(host, *at));
    return earlier ? &*(at - 1) : &*at;
  }

  static std::size_t Apart(const Setting& a, const Setting& b) {
    return a.line > b.line ? a.line - b.line : b.line - a.line;
  }

  std::map<std::string, std::vector<Setting>> hosts_;
  std::map<std::string, std::vector<Setting>> ports_;
};

// The host and the port among the words of one command.
class CommandFlags {
 public:
  void Add(std::string_view line, std::size_t number) {
    line = TrimBlanks(line);
    const bool goes_on = line.ends_with('\\');
    if (goes_on) line.remove_suffix(1);
    for (const std::string& word : SplitList(line, " \t\",")) words_.push_back({word, number});
    if (!goes_on) End();
  }

  void End() {
    std::vector<std::pair<std::string, std::size_t>> hosts;
    std::vector<int> ports;
    for (std::size_t i = 0; i < words_.size(); ++i) {
      const std::string& word = words_[i].first;
      if (word == "|" || word == "||" || word == "&&" || word == ";") {
        Take(hosts, ports);
        continue;
      }
      const std::string next = i + 1 < words_.size() ? words_[i + 1].first : std::string();
      if (word == "-h" || word == "--host") hosts.emplace_back(next, words_[i].second);
      if (word.starts_with("--host=")) hosts.emplace_back(word.substr(7), words_[i].second);
      if (word == "-p" || word == "-P" || word == "--port") ports.push_back(PortOf(next));
      if (word.starts_with("--port=")) ports.push_back(PortOf(std::string_view(word).substr(7)));
    }
    Take(hosts, ports);
    words_.clear();
  }

  std::vector<NamedEndpoint> endpoints;

 private:
  void Take(std::vector<std::pair<std::string, std::size_t>>& hosts, std::vector<int>& ports) {
    if (hosts.size() == 1 && ports.size() == 1 && ports[0] != 0) {
      const std::string_view host = WholeHost(hosts[0].first);
      if (!host.empty()) endpoints.push_back({std::string(host), ports[0], hosts[0].second});
    }
    hosts.clear();
    ports.clear();
  }

  std::vector<std::pair<std::string, std::size_t>> words_;
};

}  // namespace

int PortOf(std::string_view text) {
  const int port = WholeNumber<int>(text).value_or(0);
  return port > 0 && port < 65536 ? port : 0;
}

Scanned ScanText(std::string_view text) {
  Scanned found;
  SettingPairs settings;
  CommandFlags flags;
  std::size_t number = 0;
  for (const std::string_view line : Split(text, '\n')) {
    if (!IsCommentLine(line)) {
      ScanEndpoints(line, number, found);
      ScanServices(line, number, found);
      settings.Add(line, number);
      flags.Add(line, number);
    }
    ++number;
  }
  flags.End();
  settings.Pair(found);
  for (NamedEndpoint& endpoint : flags.endpoints) found.endpoints.push_back(std::move(endpoint));
  return found;
}

}  // namespace nmgr::order
