#include "order/template_text.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <utility>

#include "nmgr/base/text.h"

namespace nmgr::order {
namespace {

enum class WordKind { kString, kNumber, kName, kField, kSign };

struct ActionWord {
  WordKind kind = WordKind::kSign;
  std::string text;
  std::size_t partner = 0;  // of a parenthesis the other one, or the number of words
};

using ActionWords = std::vector<ActionWord>;

bool IsSign(const ActionWord& word, std::string_view text) {
  return word.kind == WordKind::kSign && word.text == text;
}

bool IsWordByte(char c) {
  return IsAsciiLetter(c) || IsAsciiDigit(c) || c == '_' || c == '.' || c == '$';
}

bool IsMark(char c) { return c == '"' || c == '`' || c == '\''; }

// One string or character, from its opening mark; `at` moves behind it.
std::string TakeQuoted(std::string_view text, std::size_t& at) {
  const char mark = text[at++];
  std::string value;
  while (at < text.size() && text[at] != mark) {
    const bool escaped = mark != '`' && text[at] == '\\' && at + 1 < text.size();
    if (escaped) ++at;
    // White space stays on its line; of other escapes it is not known what they mean.
    const char c = text[at++];
    if (escaped && std::string_view("nrtvf").find(c) != std::string_view::npos) {
      value += ' ';
    } else if (escaped && (IsAsciiLetter(c) || IsAsciiDigit(c))) {
      value += kUnknownText;
    } else {
      value += c;
    }
  }
  if (at < text.size()) ++at;
  return value;
}

void PairParentheses(ActionWords& words) {
  std::vector<std::size_t> open;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (IsSign(words[i], "(") || IsSign(words[i], ")")) words[i].partner = words.size();
    if (IsSign(words[i], "(")) open.push_back(i);
    if (!IsSign(words[i], ")") || open.empty()) continue;
    words[i].partner = open.back();
    words[open.back()].partner = i;
    open.pop_back();
  }
}

ActionWords WordsOf(std::string_view action) {
  ActionWords words;
  for (std::size_t at = 0; at < action.size();) {
    const char c = action[at];
    if (IsMark(c)) {
      const WordKind kind = c == '\'' ? WordKind::kNumber : WordKind::kString;
      words.push_back({kind, TakeQuoted(action, at)});
    } else if (IsWordByte(c)) {
      const std::size_t begin = at;
      while (at < action.size() && IsWordByte(action[at])) ++at;
      const bool field = c == '.' && begin > 0 && action[begin - 1] == ')';
      const WordKind kind = field             ? WordKind::kField
                            : IsAsciiDigit(c) ? WordKind::kNumber
                                              : WordKind::kName;
      words.push_back({kind, std::string(action.substr(begin, at - begin))});
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
  PairParentheses(words);
  return words;
}

// A word, or a parenthesised group with the field that is taken of it.
std::size_t EndOfOperand(const ActionWords& words, std::size_t at) {
  std::size_t end = at + 1;
  if (IsSign(words[at], "(")) end = std::min(words[at].partner + 1, words.size());
  while (end < words.size() && words[end].kind == WordKind::kField) ++end;
  return end;
}

bool IsBlockWord(const ActionWord& word) {
  static constexpr std::array<std::string_view, 6> kWords = {"if",   "else",  "range",
                                                             "with", "block", "define"};
  return word.kind == WordKind::kName &&
         std::find(kWords.begin(), kWords.end(), word.text) != kWords.end();
}

// Whether a command may begin at this word.
bool BeginsCommand(const ActionWords& words, std::size_t at) {
  if (at == 0) return true;
  const ActionWord& before = words[at - 1];
  return IsBlockWord(before) || IsSign(before, "(") || IsSign(before, ":=") || IsSign(before, "=");
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
    const std::size_t first = data_.find_first_not_of("- \t\r\n", begin);
    if (first != data_.npos && data_.substr(first).starts_with("/*")) {
      const std::size_t close = data_.find("*/", first);
      return close == data_.npos ? data_.size() : std::min(data_.find(right_, close), data_.size());
    }
    for (std::size_t at = begin; at < data_.size();) {
      if (data_.substr(at).starts_with(right_)) return at;
      if (IsMark(data_[at])) {
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
    const std::size_t first = action.find_first_not_of("- \t\r\n");
    if (first != action.npos && !action.substr(first).starts_with("/*")) {
      const ActionWords words = WordsOf(action);
      if (!words.empty()) {
        if (!hidden) FindServices(words);
        FindComparison(words);
        result_.text += Output(words);
      }
    }
    result_.text.append(static_cast<std::size_t>(std::count(action.begin(), action.end(), '\n')),
                        '\n');
  }

  using Known = std::optional<std::string>;

  // What an expression comes to: a literal, a variable, `env "X"`, in parentheses or not.
  Known ValueOf(const ActionWords& words, std::size_t begin, std::size_t end) const {
    while (begin < end && IsSign(words[begin], "(") && words[begin].partner + 1 == end) {
      ++begin;
      --end;
    }
    if (end == begin + 1) {
      if (words[begin].kind == WordKind::kString) return words[begin].text;
      const auto found = variables_.find(words[begin].text);
      return found == variables_.end() ? std::nullopt : found->second;
    }
    const auto env = [&](std::size_t function, std::size_t name) -> Known {
      const bool is = words[function].text == "env" && words[name].kind == WordKind::kString;
      return is ? Known("${" + words[name].text + "}") : std::nullopt;
    };
    if (end == begin + 2) return env(begin, begin + 1);
    if (end == begin + 3 && IsSign(words[begin + 1], "|")) return env(begin + 2, begin);
    return std::nullopt;
  }

  // What the function at `at` is called with, what is piped into it last. More than these are of no
  // interest.
  std::vector<Known> ArgumentsOf(const ActionWords& words, std::size_t at) const {
    static constexpr std::size_t kMost = 8;
    std::vector<Known> values;
    for (std::size_t i = at + 1; i < words.size() && values.size() < kMost;) {
      if (words[i].kind == WordKind::kSign && !IsSign(words[i], "(")) break;
      const std::size_t end = EndOfOperand(words, i);
      values.push_back(ValueOf(words, i, end));
      i = end;
    }
    if (at >= 2 && IsSign(words[at - 1], "|")) values.push_back(PipedValue(words, at - 1));
    return values;
  }

  // Of what stands before the pipe, where that is one operand.
  Known PipedValue(const ActionWords& words, std::size_t pipe) const {
    std::size_t begin = pipe - 1;
    if (IsSign(words[begin], ")")) begin = words[begin].partner;
    if (begin >= pipe || !BeginsCommand(words, begin)) return std::nullopt;
    return ValueOf(words, begin, pipe);
  }

  // nomadService [COUNT KEY] NAME; service NAME [FILTER...].
  void FindServices(const ActionWords& words) {
    for (std::size_t i = 0; i < words.size(); ++i) {
      if (words[i].kind != WordKind::kName) continue;
      const bool nomad = words[i].text == "nomadService";
      if (!nomad && words[i].text != "service" && words[i].text != "connect") continue;
      const std::vector<Known> arguments = ArgumentsOf(words, i);
      const std::size_t place = nomad && arguments.size() == 3 ? 2 : 0;
      if (arguments.empty() || (nomad && place == 0 && arguments.size() != 1)) continue;
      if (const Known& name = arguments[place]) {
        AddService(nomad ? Catalog::kNomad : Catalog::kConsul, *name);
      }
    }
  }

  // "tag.name@datacenter~near|filter"
  void AddService(Catalog catalog, std::string name) {
    if (name.find_first_of(std::string{'$', kUnknownText}) != name.npos) return;
    name = name.substr(0, name.find_first_of("@|~"));
    name = name.substr(name.rfind('.') + 1);
    if (name.empty()) return;
    result_.services.push_back({catalog, std::move(name), line_});
  }

  // eq and ne compare the first with each of the others.
  void FindComparison(const ActionWords& words) {
    for (std::size_t i = 0; i < words.size(); ++i) {
      if (words[i].text != "eq" && words[i].text != "ne") continue;
      const std::vector<Known> compared = ArgumentsOf(words, i);
      for (std::size_t k = 1; k < compared.size(); ++k) {
        TakeAddress(compared[0], compared[k]);
        TakeAddress(compared[k], compared[0]);
      }
    }
  }

  void TakeAddress(const Known& node, const Known& address) {
    if (!node || !address || !IsOwnNode(*node) || !IsAddress(*address)) return;
    result_.node_addresses.push_back(*address);
  }

  // What the action puts into the text. An assignment puts in nothing.
  std::string Output(const ActionWords& words) {
    static constexpr std::array<std::string_view, 4> kSilent = {"end", "break", "continue",
                                                                "scratch"};
    const ActionWord& first = words[0];
    if (first.kind == WordKind::kName && first.text.starts_with("$") && words.size() > 2) {
      const bool again = IsSign(words[1], "=");
      if (again) variables_[first.text] = std::nullopt;
      if (IsSign(words[1], ":=")) Declare(first.text, ValueOf(words, 2, words.size()));
      if (again || IsSign(words[1], ":=")) return {};
    }
    if (IsBlockWord(first)) {
      BeginBlock(words);
      return {};
    }
    if (first.kind == WordKind::kName && first.text == "end") EndBlock();
    const bool silent = first.kind == WordKind::kName &&
                        std::find(kSilent.begin(), kSilent.end(), first.text) != kSilent.end();
    if (silent) return {};
    std::string text = ValueOf(words, 0, words.size()).value_or(std::string(1, kUnknownText));
    std::replace(text.begin(), text.end(), '\n', ' ');
    return text;
  }

  // A variable is known until the end of the block that declares it.
  void Declare(const std::string& name, Known value) {
    Known& known = variables_[name];
    if (!blocks_.empty()) shadowed_.emplace_back(name, known);
    known = std::move(value);
  }

  void BeginBlock(const ActionWords& words) {
    if (words[0].text != "else") blocks_.push_back(shadowed_.size());
    const bool one = words.size() > 3 && IsSign(words[2], ":=") && words[0].text != "range";
    if (one) return Declare(words[1].text, ValueOf(words, 3, words.size()));
    for (std::size_t i = 1; i + 1 < words.size(); ++i) {
      const bool declared = IsSign(words[i + 1], ":=") || IsSign(words[i + 1], ",");
      if (declared && words[i].kind == WordKind::kName) Declare(words[i].text, std::nullopt);
    }
  }

  void EndBlock() {
    if (blocks_.empty()) return;
    for (; shadowed_.size() > blocks_.back(); shadowed_.pop_back()) {
      variables_[shadowed_.back().first] = std::move(shadowed_.back().second);
    }
    blocks_.pop_back();
  }

  std::string_view data_;
  std::string_view left_;
  std::string_view right_;
  TemplateText result_;
  std::size_t seen_ = 0;
  std::size_t line_ = 0;
  std::size_t line_begin_ = 0;
  std::map<std::string, Known> variables_;
  std::vector<std::pair<std::string, Known>> shadowed_;  // what inner blocks hide, in their order
  std::vector<std::size_t> blocks_;                      // of the open ones: where theirs begins
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
