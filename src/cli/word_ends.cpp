#include "cli/word_ends.h"

#include <fmt/format.h>

#include "cli/command_line.h"
#include "nmgr/base/text.h"
#include "nmgr/cli/options.h"

namespace nmgr::cli {
namespace {

const std::string kEmptyMark(1, '\0');

bool LooksLikeOption(std::string_view word) { return word.size() > 1 && word.starts_with("-"); }

bool IsSwitch(const Option* row) { return row == nullptr || row->kind() == OptionKind::kSwitch; }

class Walk {
 public:
  explicit Walk(const std::vector<std::string>& arguments) : arguments_(arguments) {}

  Expected<AttachedWords> Run() {
    while (at_ < arguments_.size()) {
      const std::string& word = arguments_[at_++];
      if (word == "--") {
        out_.behind_dashes = arguments_.size() - at_;
        out_.words.insert(out_.words.end(), arguments_.begin() + static_cast<long>(at_) - 1,
                          arguments_.end());
        break;
      }
      if (word.starts_with("--")) {
        TRY(Long(word));
      } else if (LooksLikeOption(word)) {
        TRY(Letters(word));
      } else {
        seen_action_ = true;
        out_.words.push_back(word);
      }
    }
    return std::move(out_);
  }

 private:
  Expected<void> Long(const std::string& word) {
    const std::size_t equals = word.find('=');
    const Option* row = FindOption(std::string_view(word).substr(2, equals - 2));
    if (equals != std::string::npos) {
      Attach(word.substr(0, equals), word.substr(equals + 1));
      return {};
    }
    if (IsSwitch(row)) {
      out_.words.push_back(word);
      return {};
    }
    return TakeValue(*row, word, word);
  }

  // -nd, -o json, -ojson, -o=json
  Expected<void> Letters(const std::string& word) {
    for (std::size_t i = 1; i < word.size(); ++i) {
      const Option* row = FindOption(word[i]);
      if (IsSwitch(row)) continue;
      if (i > 1) out_.words.push_back(word.substr(0, i));
      if (i + 1 == word.size()) {
        return TakeValue(*row, fmt::format("-{}", word[i]), fmt::format("--{}", row->name));
      }
      Attach(fmt::format("--{}", row->name), word.substr(word[i + 1] == '=' ? i + 2 : i + 1));
      return {};
    }
    out_.words.push_back(word);
    return {};
  }

  Expected<void> TakeValue(const Option& row, const std::string& typed, const std::string& name) {
    switch (row.kind()) {
      case OptionKind::kWords:
        TakeList(row, name);
        return {};
      case OptionKind::kOptional:
        Attach(name, NextIsWord() ? arguments_[at_++] : std::string());
        return {};
      default:
        if (at_ >= arguments_.size() || LooksLikeOption(arguments_[at_])) {
          return Error{ErrorCode::kUsage,
                       fmt::format("{} needs a value ({})", typed, row.value_name)};
        }
        Attach(name, arguments_[at_++]);
        return {};
    }
  }

  void TakeList(const Option& row, const std::string& name) {
    std::vector<std::string> taken;
    while (NextIsWord()) taken.push_back(arguments_[at_++]);
    Attach(name, Join(taken, ","));
    if (!taken.empty()) out_.swallowed.emplace_back(row.name, Join(taken, " "));
  }

  bool NextIsWord() const {
    return at_ < arguments_.size() && !LooksLikeOption(arguments_[at_]) &&
           (seen_action_ || FindAction(arguments_[at_]) == nullptr);
  }

  void Attach(const std::string& name, std::string value) {
    out_.words.push_back(fmt::format("{}={}", name, OrEmptyMark(std::move(value))));
  }

  const std::vector<std::string>& arguments_;
  std::size_t at_ = 0;
  bool seen_action_ = false;
  AttachedWords out_;
};

}  // namespace

std::string OrEmptyMark(std::string value) { return value.empty() ? kEmptyMark : value; }
std::string FromEmptyMark(std::string value) { return value == kEmptyMark ? std::string() : value; }

Expected<AttachedWords> AttachWords(const std::vector<std::string>& arguments) {
  return Walk(arguments).Run();
}

}  // namespace nmgr::cli
