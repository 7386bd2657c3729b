#include "nmgr/rollout/known_bad.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "nmgr/base/log.h"
#include "nmgr/base/numbers.h"
#include "nmgr/base/text.h"

namespace nmgr::rollout {
namespace {

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

const KnownBad::Mark* KnownBad::Find(const std::string& subject) const {
  const auto found = marks_.find(subject);
  return found == marks_.end() ? nullptr : &found->second;
}

bool KnownBad::Holds(const nomad::JobRef& ref, std::string_view digest) const {
  const std::lock_guard lock(mutex_);
  if (!key_ || marks_.empty()) return false;
  const std::string subject = SubjectOf(ref);
  const Mark* const mark = Find(subject);
  return mark != nullptr && mark->hash == BadHash(subject, digest);
}

std::uint64_t KnownBad::RegisterOf(const nomad::JobRef& ref, std::string_view digest) const {
  const std::lock_guard lock(mutex_);
  if (!key_ || marks_.empty()) return 0;
  const std::string subject = SubjectOf(ref);
  const Mark* const mark = Find(subject);
  const bool is_it = mark != nullptr && (mark->hash == BadHash(subject, digest) ||
                                         mark->hash == TriedHash(subject, digest));
  return is_it ? mark->index : 0;
}

Expected<void> KnownBad::Try(const nomad::JobRef& ref, std::string_view digest,
                             std::uint64_t index) {
  return Change(ref, [&](const std::string& subject) {
    return std::optional(Mark{TriedHash(subject, digest), Now(), index});
  });
}

Expected<void> KnownBad::Add(const nomad::JobRef& ref, std::string_view digest) {
  TRY(Change(ref, [&](const std::string& subject) {
    const Mark* const before = Find(subject);
    const bool tried = before != nullptr && before->hash == TriedHash(subject, digest);
    return std::optional(Mark{BadHash(subject, digest), Now(), tried ? before->index : 0});
  }));
  return log_.Sync();
}

Expected<void> KnownBad::Remove(const nomad::JobRef& ref) {
  {
    const std::lock_guard lock(mutex_);
    if (!key_ || Find(SubjectOf(ref)) == nullptr) return {};
  }
  TRY(Change(ref, [](const std::string&) { return std::optional<Mark>(); }));
  return log_.Sync();
}

std::int64_t KnownBad::Now() const {
  const auto since = clock_.Wall().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::seconds>(since).count();
}

Expected<void> KnownBad::Change(const nomad::JobRef& ref, const MarkOfJob& mark) {
  const std::lock_guard lock(mutex_);
  TRY_ASSIGN(const SharedLog::Lock between, log_.Acquire());
  TRY(NeedKey());
  TRY(Read());
  const std::string subject = SubjectOf(ref);
  const std::optional<Mark> now = mark(subject);
  const std::string line =
      now ? LineOf(subject, *now) : fmt::format("{} {} {} 0\n", subject, kNoMark, Now());
  Take(line);
  if (lines_ > kMostLines) {
    TRY(log_.Replace(AllLines()));
    lines_ = marks_.size();
  } else {
    TRY(log_.Append(line));
  }
  return {};
}

std::string KnownBad::LineOf(std::string_view subject, const Mark& mark) {
  return fmt::format("{} {} {} {}\n", subject, mark.hash, mark.at, mark.index);
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
    if (words.size() != 4 || !HashKey::IsHash(words[0], kSubjectDigits)) continue;
    ++lines_;
    Mark mark{std::string(words[1]), 0, 0};
    if (!TakeWhole(words[2], mark.at) || !TakeWhole(words[3], mark.index)) continue;
    if (words[1] == kNoMark) {
      marks_.erase(std::string(words[0]));
    } else if (HashKey::IsHash(words[1])) {
      marks_.insert_or_assign(std::string(words[0]), std::move(mark));
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
  for (const auto* mark : all) text += LineOf(mark->first, mark->second);
  return text;
}

std::string KnownBad::SubjectOf(const nomad::JobRef& ref) const {
  return key_->Hash(SubjectText(place_, ref)).substr(0, kSubjectDigits);
}

std::string KnownBad::BadHash(std::string_view subject, std::string_view digest) const {
  return key_->Hash(fmt::format("bad {} {}", subject, digest));
}

std::string KnownBad::TriedHash(std::string_view subject, std::string_view digest) const {
  return key_->Hash(fmt::format("tried {} {}", subject, digest));
}

}  // namespace nmgr::rollout
