#include "fake_nomad/event_stream.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "fake_nomad/views.h"
#include "nmgr/base/text.h"

namespace nmgr::fake {
namespace {

struct Topic {
  std::string name;
  std::string key;  // "*" for all
};

// A query may name several topics, so they are read from the target and not from the query map.
std::vector<Topic> TopicsOf(const Request& request) {
  std::vector<Topic> topics;
  const std::string& target = request.target;
  const std::size_t mark = target.find('?');
  if (mark == std::string::npos) return {{"*", "*"}};
  for (const std::string& pair : SplitList(std::string_view(target).substr(mark + 1), "&")) {
    if (!pair.starts_with("topic=")) continue;
    const std::string topic = PercentDecode(std::string_view(pair).substr(6));
    const std::size_t colon = topic.find(':');
    topics.push_back(
        {topic.substr(0, colon), colon == std::string::npos ? "*" : topic.substr(colon + 1)});
  }
  if (topics.empty()) topics.push_back({"*", "*"});
  return topics;
}

class EventSource : public Stream {
 public:
  EventSource(const Store& store, std::vector<Topic> topics, std::string ns, std::uint64_t after)
      : store_(store), topics_(std::move(topics)), namespace_(std::move(ns)), after_(after) {}

  std::string Next() override {
    std::string lines;
    Json frame;
    for (const Event& event : store_.events()) {
      if (event.index <= after_ || !Wanted(event)) continue;
      if (frame.is_object() && frame["Index"] != event.index) Flush(frame, lines);
      if (frame.is_null()) frame = {{"Events", Json::array()}, {"Index", event.index}};
      frame["Events"].push_back(EventJson(store_, event));
    }
    Flush(frame, lines);
    after_ = store_.index();
    return lines;
  }
  int heartbeat_ms() const override { return 10'000; }
  std::string Heartbeat() const override { return "{}\n"; }
  bool begins_with_heartbeat() const override { return true; }

 private:
  static void Flush(Json& frame, std::string& lines) {
    if (frame.is_object()) lines += std::exchange(frame, nullptr).dump() + "\n";
  }

  bool Wanted(const Event& event) const {
    if (namespace_ != "*" && event.ns != namespace_) return false;
    return std::any_of(topics_.begin(), topics_.end(), [&event](const Topic& topic) {
      if (topic.name != "*" && topic.name != event.topic) return false;
      return topic.key == "*" || topic.key == event.key ||
             std::find(event.filter_keys.begin(), event.filter_keys.end(), topic.key) !=
                 event.filter_keys.end();
    });
  }

  const Store& store_;
  std::vector<Topic> topics_;
  std::string namespace_;
  std::uint64_t after_;
};

}  // namespace

Reply EventStreamReply(const Store& store, const Request& request) {
  const std::uint64_t from = std::strtoull(request.Query("index").c_str(), nullptr, 10);
  const std::string ns = request.Query("namespace");
  Reply reply;
  reply.content_type = "application/json";
  reply.stream = std::make_shared<EventSource>(
      store, TopicsOf(request), ns.empty() ? "default" : ns, from == 0 ? store.index() : from - 1);
  return reply;
}

}  // namespace nmgr::fake
