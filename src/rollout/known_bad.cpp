#include "nmgr/rollout/known_bad.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <utility>
#include <vector>

#include "nmgr/base/log.h"
#include "nmgr/base/text.h"

namespace nmgr::rollout {
namespace {

constexpr std::size_t kSubjectDigits = 32;
constexpr std::string_view kNoMark = "-";

}  // namespace

KnownBad::KnownBad(const Path& state_folder, MemoryPlace place, Clock& clock)
    : key_file_(JoinPath(state_folder, "bad-specs.key")),
      place_(std::move(place)),
      clock_(clock),
      log_(JoinPath(state_folder, "bad-specs")) {
  auto key = HashKey::Read(key_file_);
  if (!key) return;
  key_ = *std::move(key);
  if (const auto read = Read(); !read) LogDebug("no bad specs are known: {}", read.error().message);
}

std::string KnownBad::DigestOf(std::string_view flat_text) {
  static const HashKey kNoKey{std::string(HashKey::kBytes, '\0')};
  return kNoKey.Hash(flat_text);
}

bool KnownBad::Holds(const nomad::JobRef& ref, std::string_view digest) const {
  const std::lock_guard lock(mutex_);
  if (!key_ || marks_.empty()) return false;
  const std::string subject = SubjectOf(ref);
  const auto found = marks_.find(subject);
  return found != marks_.end() && found->second.hash == MarkOf(subject, digest);
}

Expected<void> KnownBad::Add(const nomad::JobRef& ref, std::string_view digest) {
  const std::string text(digest);
  return Change(ref, &text);
}

Expected<void> KnownBad::Remove(const nomad::JobRef& ref) {
  {
    const std::lock_guard lock(mutex_);
    if (!key_ || !marks_.contains(SubjectOf(ref))) return {};
  }
  return Change(ref, nullptr);
}

Expected<void> KnownBad::Change(const nomad::JobRef& ref, const std::string* digest) {
  const std::lock_guard lock(mutex_);
  TRY_ASSIGN(const SharedLog::Lock between, log_.Acquire());
  TRY(NeedKey());
  TRY(Read());
  const std::string subject = SubjectOf(ref);
  const auto now =
      std::chrono::duration_cast<std::chrono::seconds>(clock_.Wall().time_since_epoch()).count();
  const std::string mark = digest == nullptr ? std::string(kNoMark) : MarkOf(subject, *digest);
  const std::string line = fmt::format("{} {} {}\n", subject, mark, now);
  Take(line);
  if (lines_ > kMostLines) {
    TRY(log_.Replace(AllLines()));
    lines_ = marks_.size();
  } else {
    TRY(log_.Append(line));
  }
  return log_.Sync();
}

Expected<void> KnownBad::NeedKey() {
  auto key = HashKey::Read(key_file_);
  if (!key) {
    TRY_ASSIGN(HashKey fresh, HashKey::Random());
    TRY(fresh.Write(key_file_));
    marks_.clear();
    key_ = std::move(fresh);
  } else {
    key_ = *std::move(key);
  }
  return {};
}

Expected<void> KnownBad::Read() {
  TRY_ASSIGN(const SharedLog::News news, log_.Read());
  if (news.anew) {
    marks_.clear();
    lines_ = 0;
  }
  Take(news.lines);
  return {};
}

void KnownBad::Take(std::string_view lines) {
  for (const std::string_view line : Split(lines, '\n')) {
    const std::vector<std::string_view> words = Split(line, ' ');
    if (words.size() != 3 || !HashKey::IsHash(words[0], kSubjectDigits)) continue;
    ++lines_;
    std::int64_t at = 0;
    const auto [end, error] =
        std::from_chars(words[2].data(), words[2].data() + words[2].size(), at);
    if (error != std::errc() || end != words[2].data() + words[2].size()) continue;
    if (words[1] == kNoMark) {
      marks_.erase(std::string(words[0]));
    } else if (HashKey::IsHash(words[1])) {
      marks_.insert_or_assign(std::string(words[0]), Mark{std::string(words[1]), at});
    }
  }
}

// Of too many the oldest are left out.
std::string KnownBad::AllLines() const {
  std::vector<const decltype(marks_)::value_type*> all;
  for (const auto& mark : marks_) all.push_back(&mark);
  std::sort(all.begin(), all.end(),
            [](const auto* a, const auto* b) { return a->second.at > b->second.at; });
  all.resize(std::min(all.size(), kMostLines / 2));
  std::string text;
  for (const auto* mark : all) {
    text += fmt::format("{} {} {}\n", mark->first, mark->second.hash, mark->second.at);
  }
  return text;
}

std::string KnownBad::SubjectOf(const nomad::JobRef& ref) const {
  return key_->Hash(SubjectText(place_, ref)).substr(0, kSubjectDigits);
}

std::string KnownBad::MarkOf(std::string_view subject, std::string_view digest) const {
  return key_->Hash(fmt::format("bad {} {}", subject, digest));
}

}  // namespace nmgr::rollout
