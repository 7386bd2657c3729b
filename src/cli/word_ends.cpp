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
  Walk(const std::vector<std::string>& arguments, bool goes_on)
      : arguments_(arguments), goes_on_(goes_on) {}

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
        if (Awaits(row)) return {};
        Attach(name, NextIsWord() ? arguments_[at_++] : std::string());
        return {};
      default:
        if (Awaits(row)) return {};
        if (at_ < arguments_.size() && !LooksLikeOption(arguments_[at_])) {
          Attach(name, arguments_[at_++]);
        } else if (!goes_on_) {
          return Error{ErrorCode::kUsage,
                       fmt::format("{} needs a value ({})", typed, row.value_name)};
        }
        return {};
    }
  }

  void TakeList(const Option& row, const std::string& name) {
    std::vector<std::string> taken;
    while (NextIsWord()) taken.push_back(arguments_[at_++]);
    Awaits(row);
    Attach(name, Join(taken, ","));
    if (!taken.empty()) out_.swallowed.emplace_back(row.name, Join(taken, " "));
  }

  bool Awaits(const Option& row) {
    const bool awaits = goes_on_ && at_ == arguments_.size();
    if (awaits) out_.awaited = &row;
    return awaits;
  }

  bool NextIsWord() const {
    return at_ < arguments_.size() && !LooksLikeOption(arguments_[at_]) &&
           (seen_action_ || FindAction(arguments_[at_]) == nullptr);
  }

  void Attach(const std::string& name, const std::string& value) {
    out_.words.push_back(fmt::format("{}={}", name, value.empty() ? kEmptyMark : value));
  }

  const std::vector<std::string>& arguments_;
  const bool goes_on_;
  std::size_t at_ = 0;
  bool seen_action_ = false;
  AttachedWords out_;
};

}  // namespace

void AddAttached(const Option& row, std::string_view attached, std::vector<std::string>& values) {
  const std::string_view value = attached == kEmptyMark ? std::string_view() : attached;
  if (row.kind() != OptionKind::kWords) return values.emplace_back(value), void();
  for (std::string& item : SplitList(value)) values.push_back(std::move(item));
}

Expected<AttachedWords> AttachWords(const std::vector<std::string>& arguments, bool goes_on) {
  return Walk(arguments, goes_on).Run();
}

}  // namespace nmgr::cli
