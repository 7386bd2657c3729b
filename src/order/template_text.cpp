#include "order/template_text.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "nmgr/base/text.h"

namespace nmgr::order {
namespace {

enum class WordKind { kString, kNumber, kName, kSign };

struct ActionWord {
  WordKind kind = WordKind::kSign;
  std::string text;
};

bool IsWordByte(char c) {
  return IsAsciiLetter(c) || IsAsciiDigit(c) || c == '_' || c == '.' || c == '$';
}

// One string in quotes or backticks, from its opening mark; `at` moves behind it.
std::string TakeQuoted(std::string_view text, std::size_t& at) {
  const char mark = text[at++];
  std::string value;
  while (at < text.size() && text[at] != mark) {
    if (mark == '"' && text[at] == '\\' && at + 1 < text.size()) ++at;
    value += text[at++];
  }
  if (at < text.size()) ++at;
  return value;
}

std::vector<ActionWord> WordsOf(std::string_view action) {
  std::vector<ActionWord> words;
  for (std::size_t at = 0; at < action.size();) {
    const char c = action[at];
    if (c == '"' || c == '`') {
      words.push_back({WordKind::kString, TakeQuoted(action, at)});
    } else if (IsWordByte(c)) {
      const std::size_t begin = at;
      while (at < action.size() && IsWordByte(action[at])) ++at;
      words.push_back({IsAsciiDigit(c) ? WordKind::kNumber : WordKind::kName,
                       std::string(action.substr(begin, at - begin))});
    } else if (action.substr(at).starts_with(":=")) {
      words.push_back({WordKind::kSign, ":="});
      at += 2;
    } else {
      if (std::string_view("|()=,").find(c) != std::string_view::npos) {
        words.push_back({WordKind::kSign, std::string(1, c)});
      }
      ++at;
    }
  }
  return words;
}

bool IsAddress(std::string_view text) {
  return std::count(text.begin(), text.end(), '.') == 3 &&
         std::all_of(text.begin(), text.end(), [](char c) { return IsAsciiDigit(c) || c == '.'; });
}

class TemplateReader {
 public:
  TemplateReader(std::string_view data, std::string_view left, std::string_view right)
      : data_(data), left_(left), right_(right) {}

  TemplateText Run() {
    std::size_t at = 0;
    while (true) {
      const std::size_t open = data_.find(left_, at);
      result_.text += data_.substr(at, open == data_.npos ? data_.npos : open - at);
      if (open == data_.npos) break;
      const std::size_t begin = open + left_.size();
      const std::size_t end = EndOf(begin);
      Act(open, data_.substr(begin, end - begin));
      at = std::min(end + right_.size(), data_.size());
    }
    return std::move(result_);
  }

 private:
  // Where the closing delimiter stands: not inside of a string or comment.
  std::size_t EndOf(std::size_t begin) const {
    const std::size_t first = data_.find_first_not_of("- \t\n", begin);
    if (first != data_.npos && data_.substr(first).starts_with("/*")) {
      const std::size_t close = data_.find("*/", first);
      return close == data_.npos ? data_.size() : std::min(data_.find(right_, close), data_.size());
    }
    for (std::size_t at = begin; at < data_.size();) {
      if (data_.substr(at).starts_with(right_)) return at;
      if (data_[at] == '"' || data_[at] == '`') {
        TakeQuoted(data_, at);
      } else {
        ++at;
      }
    }
    return data_.size();
  }

  void Act(std::size_t open, std::string_view action) {
    for (; seen_ < open; ++seen_) {
      if (data_[seen_] != '\n') continue;
      ++line_;
      line_begin_ = seen_ + 1;
    }
    const bool hidden = IsCommentLine(data_.substr(line_begin_, open - line_begin_));
    const std::size_t first = action.find_first_not_of("- \t\n");
    if (first != action.npos && !action.substr(first).starts_with("/*")) {
      const std::vector<ActionWord> words = WordsOf(action);
      if (!words.empty()) {
        if (!hidden) FindServices(words);
        FindComparison(words);
        result_.text += Output(words);
      }
    }
    result_.text.append(static_cast<std::size_t>(std::count(action.begin(), action.end(), '\n')),
                        '\n');
  }

  std::optional<std::string> ValueOf(const std::vector<ActionWord>& words, std::size_t i) const {
    if (i >= words.size()) return std::nullopt;
    if (words[i].kind == WordKind::kString) return words[i].text;
    const auto found = variables_.find(words[i].text);
    return found == variables_.end() ? std::nullopt : found->second;
  }

  void FindServices(const std::vector<ActionWord>& words) {
    for (std::size_t i = 0; i < words.size(); ++i) {
      if (words[i].kind != WordKind::kName) continue;
      const bool nomad = words[i].text == "nomadService";
      if (!nomad && words[i].text != "service" && words[i].text != "connect") continue;
      std::size_t argument = i + 1;
      const bool counted =
          nomad && argument < words.size() && words[argument].kind == WordKind::kNumber;
      if (counted) argument += 2;
      std::optional<std::string> name = ValueOf(words, argument);
      const bool piped = i >= 2 && words[i - 1].kind == WordKind::kSign && words[i - 1].text == "|";
      if (!name && piped) name = ValueOf(words, i - 2);
      if (name) AddService(nomad ? Catalog::kNomad : Catalog::kConsul, *name);
    }
  }

  // "tag.name@datacenter~near|filter"
  void AddService(Catalog catalog, std::string name) {
    name = name.substr(0, name.find_first_of("@|~"));
    name = name.substr(name.rfind('.') + 1);
    if (name.empty()) return;
    result_.services.push_back({catalog, std::move(name), line_});
  }

  void FindComparison(const std::vector<ActionWord>& words) {
    for (std::size_t i = 0; i + 2 < words.size(); ++i) {
      if (words[i].text != "eq" && words[i].text != "ne") continue;
      const auto one = ValueOf(words, i + 1);
      const auto other = ValueOf(words, i + 2);
      if (!one || !other) continue;
      if (IsOwnNode(*one) && IsAddress(*other)) result_.node_addresses.push_back(*other);
      if (IsOwnNode(*other) && IsAddress(*one)) result_.node_addresses.push_back(*one);
    }
  }

  // What the action puts into the text. An assignment puts in nothing.
  std::string Output(const std::vector<ActionWord>& words) {
    static constexpr std::array<std::string_view, 10> kSilent = {
        "if", "else", "end", "range", "with", "define", "block", "break", "continue", "scratch"};
    const std::string& first = words[0].text;
    if (words[0].kind == WordKind::kName && first.starts_with("$") && words.size() > 2 &&
        words[1].kind == WordKind::kSign && (words[1].text == ":=" || words[1].text == "=")) {
      const bool again = words[1].text == "=";
      variables_[first] = again ? std::nullopt : Put(words, 2);
      return {};
    }
    if (words[0].kind == WordKind::kName &&
        std::find(kSilent.begin(), kSilent.end(), first) != kSilent.end()) {
      for (std::size_t i = 1; i + 1 < words.size(); ++i) {
        if (words[i + 1].text == ":=" || words[i + 1].text == ",") variables_.erase(words[i].text);
      }
      return {};
    }
    return Put(words, 0).value_or(std::string(1, kUnknownText));
  }

  // The value of an expression that is a literal, a variable, or `env "X"`.
  std::optional<std::string> Put(const std::vector<ActionWord>& words, std::size_t begin) const {
    if (words.size() == begin + 1) return ValueOf(words, begin);
    const bool env = words.size() == begin + 2 && words[begin].text == "env" &&
                     words[begin + 1].kind == WordKind::kString;
    if (env) return "${" + words[begin + 1].text + "}";
    return std::nullopt;
  }

  std::string_view data_;
  std::string_view left_;
  std::string_view right_;
  TemplateText result_;
  std::size_t seen_ = 0;
  std::size_t line_ = 0;
  std::size_t line_begin_ = 0;
  std::map<std::string, std::optional<std::string>> variables_;
};

}  // namespace

TemplateText ReadTemplate(std::string_view data, std::string_view left, std::string_view right) {
  return TemplateReader(data, left.empty() ? "{{" : left, right.empty() ? "}}" : right).Run();
}

bool IsCommentLine(std::string_view line) {
  line = TrimBlanks(line);
  return line.starts_with('#') || line.starts_with("//") || line.starts_with(';') ||
         line.starts_with("<!--");
}

bool IsOwnNode(std::string_view host) {
  if (!host.starts_with("${") || !host.ends_with("}")) return false;
  host = host.substr(2, host.size() - 3);
  return host == "attr.unique.network.ip-address" || host == "attr.unique.hostname" ||
         host == "node.unique.name" || host.starts_with("NOMAD_IP_") ||
         host.starts_with("NOMAD_HOST_IP_");
}

}  // namespace nmgr::order
