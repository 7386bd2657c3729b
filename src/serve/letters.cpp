// What is posted of a piece of news, in the form of each kind of channel.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "nmgr/base/hmac.h"
#include "nmgr/base/keyed_hash.h"
#include "nmgr/base/text.h"
#include "nmgr/serve/notify.h"
#include "serve/channel_address.h"

namespace nmgr::serve {
namespace {

using LetterJson = nlohmann::ordered_json;

constexpr std::size_t kLongestReason = 500;
constexpr std::size_t kToldCommit = 12;

struct TopicRow {
  Topic topic;
  std::string_view name;
  int priority;          // of ntfy: 3 is usual, 4 high
  std::string_view tag;  // of ntfy: an emoji by its name
};

constexpr auto kTopics = std::to_array<TopicRow>({
    {Topic::kFailed, "failed", 4, "x"},
    {Topic::kRecovered, "recovered", 3, "white_check_mark"},
    {Topic::kKnownBad, "known-bad", 4, "no_entry"},
    {Topic::kDrift, "drift", 3, "pencil2"},
    {Topic::kFrozen, "frozen", 4, "snowflake"},
    {Topic::kOrphan, "orphan", 3, "wastebasket"},
    {Topic::kDigestMoved, "digest-moved", 3, "package"},
    {Topic::kLeaseChanged, "lease-changed", 2, "crown"},
});

constexpr std::array<std::pair<std::string_view, Format>, 3> kFormats = {
    {{"json", Format::kJson}, {"slack", Format::kSlack}, {"ntfy", Format::kNtfy}}};

const TopicRow& RowOfTopic(Topic topic) {
  return *std::find_if(kTopics.begin(), kTopics.end(),
                       [topic](const TopicRow& row) { return row.topic == topic; });
}

// On one line, in UTF-8, no longer than a chat shows.
std::string Plain(std::string_view text) {
  std::string plain = EscapeControls(text);
  if (plain.size() <= kLongestReason) return plain;
  std::size_t end = kLongestReason;
  while (end > 0 && IsContinuationByte(plain[end])) --end;
  return plain.substr(0, end) + "...";
}

std::string Subject(const News& news) {
  std::string subject = news.job.empty() ? news.source : news.name_space + "/" + news.job;
  if (!news.subject.empty()) subject += " (" + news.subject + ")";
  return Plain(subject);
}

// "homelab, 1a2b3c4d5e6f"
std::string Origin(const News& news) {
  std::vector<std::string> parts;
  if (!news.job.empty() && !news.source.empty()) parts.push_back(news.source);
  if (!news.commit.empty()) parts.push_back(news.commit.substr(0, kToldCommit));
  return Plain(Join(parts, ", "));
}

std::string Words(const News& news) {
  std::string words = Plain(news.reason);
  const std::string origin = Origin(news);
  if (!origin.empty()) words += words.empty() ? origin : " (" + origin + ")";
  return words;
}

// Bytes that are no UTF-8 have been made visible before.
std::string Dump(const LetterJson& document) {
  return document.dump(-1, ' ', false, LetterJson::error_handler_t::replace);
}

Letter JsonLetter(const Channel& channel, const News& news, std::string_view instance) {
  LetterJson document;
  document["event"] = TopicName(news.topic);
  document["instance"] = instance;
  document["source"] = Plain(news.source);
  if (!news.job.empty()) {
    document["namespace"] = Plain(news.name_space);
    document["job"] = Plain(news.job);
  }
  if (!news.subject.empty()) document["subject"] = Plain(news.subject);
  if (!news.commit.empty()) document["commit"] = Plain(news.commit);
  document["reason"] = Plain(news.reason);
  if (!news.hint.empty()) document["hint"] = Plain(news.hint);
  document["time"] = UtcText(news.at);
  document["text"] = news.Line();
  Letter letter;
  letter.body = Dump(document);
  letter.headers.push_back(fmt::format("X-Nmgr-Event: {}", TopicName(news.topic)));
  if (!channel.secret.empty()) {
    letter.headers.push_back("X-Signature: sha256=" +
                             HexOf(HmacSha256(channel.secret, letter.body)));
  }
  return letter;
}

// Slack reads these three as marks of its own.
std::string ForSlack(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else {
      out += c;
    }
  }
  return out;
}

Letter SlackLetter(const News& news) {
  std::string text = news.Line();
  if (!news.hint.empty()) text += "\n" + Plain(news.hint);
  LetterJson document;
  document["text"] = ForSlack(text);
  Letter letter;
  letter.body = Dump(document);
  return letter;
}

// Posted as JSON to the server, with the topic in it: nothing of the news gets into a header.
Letter NtfyLetter(const Channel& channel, const News& news, const std::string& topic) {
  const TopicRow& row = RowOfTopic(news.topic);
  std::string message = Words(news);
  if (!news.hint.empty()) message += "\n" + Plain(news.hint);
  LetterJson document;
  document["topic"] = topic;
  document["title"] = fmt::format("{}: {}", row.name, Subject(news));
  document["message"] = message;
  document["priority"] = row.priority;
  document["tags"] = LetterJson::array({row.tag});
  Letter letter;
  letter.body = Dump(document);
  if (!channel.secret.empty()) letter.headers.push_back("Authorization: Bearer " + channel.secret);
  return letter;
}

}  // namespace

std::string_view TopicName(Topic topic) { return RowOfTopic(topic).name; }

std::optional<Topic> TopicOf(std::string_view name) {
  for (const TopicRow& row : kTopics) {
    if (row.name == name) return row.topic;
  }
  return std::nullopt;
}

std::vector<std::string> TopicNames() {
  std::vector<std::string> names;
  for (const TopicRow& row : kTopics) names.emplace_back(row.name);
  return names;
}

std::optional<Format> FormatOf(std::string_view name) {
  for (const auto& [format_name, format] : kFormats) {
    if (format_name == name) return format;
  }
  return std::nullopt;
}

std::vector<std::string> FormatNames() {
  std::vector<std::string> names;
  for (const auto& row : kFormats) names.emplace_back(row.first);
  return names;
}

std::string News::Key() const {
  return Packed(TopicName(topic), source, name_space, job, subject, commit);
}

std::string News::Line() const {
  std::string line = fmt::format("{}: {}", TopicName(topic), Subject(*this));
  const std::string words = Words(*this);
  if (!words.empty()) line += ": " + words;
  return line;
}

Expected<Letter> LetterFor(const Channel& channel, const News& news, std::string_view instance) {
  TRY_ASSIGN(ChannelAddress address, ReadChannelAddress(channel));
  Letter letter;
  switch (channel.format) {
    case Format::kJson:
      letter = JsonLetter(channel, news, instance);
      break;
    case Format::kSlack:
      letter = SlackLetter(news);
      break;
    case Format::kNtfy:
      letter = NtfyLetter(channel, news, address.topic);
      break;
  }
  letter.target = std::move(address.target);
  return letter;
}

}  // namespace nmgr::serve
