#include "serve/channel_address.h"

#include <fmt/format.h>

#include <algorithm>

#include "nmgr/base/text.h"
#include "nmgr/net/escape.h"
#include "nmgr/serve/secret_file.h"

namespace nmgr::serve {
namespace {

Error UnknownWord(const std::string& place, std::string_view key, const std::string& word,
                  const std::vector<std::string>& words) {
  return {ErrorCode::kConfig,
          fmt::format("{} {}: there is no \"{}\".{}", place, key, EscapeControls(word),
                      DidYouMean(word, words)),
          "one of " + Join(words, ", ")};
}

Expected<Channel> MakeChannel(const sync::NotifyTable& table, FileSystem& files) {
  const std::string place = fmt::format("{}: [notify.{}]", table.place, table.name);
  Channel channel;
  channel.name = table.name;
  const auto format = FormatOf(table.type);
  if (!format) return UnknownWord(place, "type", table.type, FormatNames());
  channel.format = *format;
  if (table.url.empty() == table.url_file.empty()) {
    return Error{ErrorCode::kConfig, place + " needs either url or url_file", ""};
  }
  channel.url = table.url;
  if (!table.url_file.empty()) {
    TRY_ASSIGN(channel.url, ReadSecretFile(place + " url_file", table.url_file, 1, files));
  }
  if (!table.secret_file.empty()) {
    TRY_ASSIGN(channel.secret, ReadSecretFile(place + " secret_file", table.secret_file, 1, files));
  }
  for (const std::string& event : table.events) {
    const auto topic = TopicOf(event);
    if (!topic) return UnknownWord(place, "events", event, TopicNames());
    channel.topics.push_back(*topic);
  }
  channel.sources = table.sources;
  TRY(ReadChannelAddress(channel));
  return channel;
}

bool IsTarget(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

}  // namespace

Expected<ChannelAddress> ReadChannelAddress(const Channel& channel) {
  const auto wrong = [&channel](std::string_view why) {
    return Error{ErrorCode::kConfig, fmt::format("notify.{}: {}", channel.name, why),
                 "write it like https://ntfy.sh/my-topic"};
  };
  std::string_view url = channel.url;
  const std::size_t scheme = url.find("://");
  const std::size_t end = scheme == url.npos ? url.npos : url.find_first_of("/?#", scheme + 3);
  const std::string_view rest = end == url.npos ? std::string_view() : url.substr(end);
  if (!IsTarget(url)) return wrong("its url holds blanks or other characters that none has");
  auto address = net::ParseAddress(url.substr(0, end));
  if (!address || address->scheme == "unix") return wrong("its url is no http:// or https:// URL");

  ChannelAddress result;
  result.target = rest.substr(0, rest.find('#'));
  if (!result.target.starts_with('/')) result.target.insert(0, "/");
  result.shown = address->scheme + "://" + address->HostAndPort();
  result.address = *std::move(address);
  if (channel.format != Format::kNtfy) return result;
  const std::string path = result.target.substr(0, result.target.find('?'));
  const std::size_t slash = path.rfind('/');
  result.topic = net::PercentDecode(path.substr(slash + 1));
  if (result.topic.empty()) return wrong("its url has no topic");
  result.target = path.substr(0, slash + 1);
  return result;
}

Expected<std::vector<Channel>> MakeChannels(const std::vector<sync::NotifyTable>& tables,
                                            FileSystem& files) {
  std::vector<Channel> channels;
  for (const sync::NotifyTable& table : tables) {
    TRY_ASSIGN(Channel channel, MakeChannel(table, files));
    channels.push_back(std::move(channel));
  }
  return channels;
}

}  // namespace nmgr::serve
