#include "fake_nomad/request_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <stdexcept>

#include "fake_nomad/json.h"

namespace nmgr::fake {

RequestLog::RequestLog(const std::string& path, bool bodies) : bodies_(bodies) {
  if (path.empty()) return;
  fd_ = open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd_ < 0) throw std::runtime_error(path + ": " + std::strerror(errno));
}

RequestLog::~RequestLog() {
  if (fd_ >= 0) close(fd_);
}

void RequestLog::Write(const std::string& method, const std::string& target, int status,
                       const std::string& body) {
  if (fd_ < 0) return;
  const std::chrono::duration<double> now = std::chrono::system_clock::now().time_since_epoch();
  Json entry = {{"time", now.count()}, {"method", method}, {"path", target}, {"status", status}};
  if (bodies_) entry["body"] = body;
  std::string line = entry.dump(-1, ' ', false, Json::error_handler_t::replace);
  line += '\n';
  std::string_view rest = line;
  while (!rest.empty()) {
    const ssize_t n = write(fd_, rest.data(), rest.size());
    if (n < 0 && errno != EINTR) return;
    if (n > 0) rest.remove_prefix(static_cast<std::size_t>(n));
  }
}

}  // namespace nmgr::fake
