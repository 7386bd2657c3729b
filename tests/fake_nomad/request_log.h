// One JSON line for each answered request: {"time", "method", "path", "status"}, and "body" where
// that is wanted.
#pragma once

#include <string>

namespace nmgr::fake {

class RequestLog {
 public:
  // An empty path logs nothing. Throws std::runtime_error where the file cannot be opened.
  RequestLog(const std::string& path, bool bodies);
  ~RequestLog();
  RequestLog(const RequestLog&) = delete;
  RequestLog& operator=(const RequestLog&) = delete;

  // Written whole before it returns. A reader may truncate the file at any time.
  void Write(const std::string& method, const std::string& target, int status,
             const std::string& body = {});

 private:
  bool bodies_;
  int fd_ = -1;
};

}  // namespace nmgr::fake
