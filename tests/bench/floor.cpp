#include "bench/floor.h"

#include <curl/curl.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace nmgr::bench {
namespace {

struct Transfer {
  CURL* easy = nullptr;
  std::string answer;
};

std::size_t TakeBytes(char* bytes, std::size_t size, std::size_t count, void* transfer) {
  static_cast<Transfer*>(transfer)->answer.append(bytes, size * count);
  return size * count;
}

class Replay {
 public:
  Replay(const std::string& address, const std::vector<testing::FakeNomadRequest>& requests,
         int connections)
      : address_(address), requests_(requests), transfers_(static_cast<std::size_t>(connections)) {
    multi_ = curl_multi_init();
    headers_ = curl_slist_append(nullptr, "Content-Type: application/json");
  }
  ~Replay() {
    for (const Transfer& transfer : transfers_) curl_easy_cleanup(transfer.easy);
    curl_slist_free_all(headers_);
    curl_multi_cleanup(multi_);
  }
  Replay(const Replay&) = delete;
  Replay& operator=(const Replay&) = delete;

  void Run() {
    for (Transfer& transfer : transfers_) {
      transfer.easy = curl_easy_init();
      Begin(transfer);
    }
    for (int running = 1; running != 0;) {
      curl_multi_perform(multi_, &running);
      if (TakeEnded()) {
        running = 1;
      } else if (running != 0) {
        curl_multi_poll(multi_, nullptr, 0, 1000, nullptr);
      }
    }
    if (next_ != requests_.size() || parsed_ == 0) Give("requests are left over");
  }

 private:
  [[noreturn]] static void Give(const char* why) {
    throw std::runtime_error(std::string("the floor could not be measured: ") + why);
  }

  // Whether any had ended.
  bool TakeEnded() {
    bool any = false;
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
      if (message->data.result != CURLE_OK) Give("no answer");
      Transfer* transfer = nullptr;
      curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
      curl_multi_remove_handle(multi_, transfer->easy);
      parsed_ += nlohmann::json::parse(transfer->answer, nullptr, false).size();
      Begin(*transfer);
      any = true;
    }
    return any;
  }

  void Begin(Transfer& transfer) {
    if (next_ == requests_.size()) return;
    const testing::FakeNomadRequest& request = requests_[next_++];
    transfer.answer.clear();
    curl_easy_reset(transfer.easy);
    curl_easy_setopt(transfer.easy, CURLOPT_URL, (address_ + request.path).c_str());
    curl_easy_setopt(transfer.easy, CURLOPT_PRIVATE, &transfer);
    curl_easy_setopt(transfer.easy, CURLOPT_WRITEFUNCTION, TakeBytes);
    curl_easy_setopt(transfer.easy, CURLOPT_WRITEDATA, &transfer);
    if (request.method != "GET") {
      curl_easy_setopt(transfer.easy, CURLOPT_HTTPHEADER, headers_);
      curl_easy_setopt(transfer.easy, CURLOPT_COPYPOSTFIELDS, request.body.c_str());
      curl_easy_setopt(transfer.easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    }
    curl_multi_add_handle(multi_, transfer.easy);
  }

  const std::string address_;
  const std::vector<testing::FakeNomadRequest>& requests_;
  std::vector<Transfer> transfers_;
  CURLM* multi_ = nullptr;
  curl_slist* headers_ = nullptr;
  std::size_t next_ = 0;
  std::size_t parsed_ = 0;
};

}  // namespace

double ReplaySeconds(const std::string& address,
                     const std::vector<testing::FakeNomadRequest>& requests, int connections) {
  const auto start = std::chrono::steady_clock::now();
  Replay(address, requests, connections).Run();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace nmgr::bench
