#include "fake_nomad/exec_session.h"

#include <fcntl.h>
#include <openssl/sha.h>
#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cctype>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>
#include <thread>
#include <utility>

#include "fake_nomad/json.h"
#include "nmgr/base/base64.h"

namespace nmgr::fake {
namespace {

std::string AcceptOf(const std::string& key) {
  const std::string text = key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  unsigned char digest[SHA_DIGEST_LENGTH];
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest);
  return EncodeBase64({reinterpret_cast<const char*>(digest), sizeof digest});
}

// Unmasked, as a server sends it.
std::string FrameOf(int opcode, const std::string& payload) {
  std::string frame(1, static_cast<char>(0x80 | opcode));
  const std::size_t size = payload.size();
  if (size < 126) {
    frame += static_cast<char>(size);
  } else {
    const int bytes = size < 65536 ? 2 : 8;
    frame += static_cast<char>(bytes == 2 ? 126 : 127);
    for (int i = bytes - 1; i >= 0; --i) frame += static_cast<char>(size >> (8 * i) & 0xFFU);
  }
  return frame + payload;
}

struct Frame {
  int opcode = 0;
  std::string payload;
};

// Takes a masked frame off the front; nothing while it is not whole.
std::optional<Frame> TakeFrame(std::string& bytes) {
  const auto byte = [&bytes](std::size_t at) { return static_cast<unsigned char>(bytes[at]); };
  if (bytes.size() < 2) return std::nullopt;
  std::size_t size = byte(1) & 0x7FU;
  std::size_t at = 2;
  const std::size_t more = size == 126 ? 2 : size == 127 ? 8 : 0;
  if (bytes.size() < 2 + more + 4) return std::nullopt;
  if (more != 0) size = 0;
  for (std::size_t i = 0; i < more; ++i) size = size << 8U | byte(at++);
  const std::size_t mask = at;
  at += 4;
  if (bytes.size() < at + size) return std::nullopt;
  Frame frame{byte(0) & 0x0F, {}};
  for (std::size_t i = 0; i < size; ++i) {
    frame.payload += static_cast<char>(byte(at + i) ^ byte(mask + i % 4));
  }
  bytes.erase(0, at + size);
  return frame;
}

class Session {
 public:
  Session(int socket, ExecPlan plan, const std::string& key, std::string ahead)
      : socket_(socket), plan_(std::move(plan)), key_(key), bytes_(std::move(ahead)) {}
  ~Session() {
    for (const int fd : {socket_, in_, out_, err_}) {
      if (fd >= 0) ::close(fd);
    }
    if (pid_ > 0 && !status_) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
  }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void Run() {
    Write(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: " +
        AcceptOf(key_) + "\r\n\r\n");
    if (plan_.refusal == 0) Start();
    if (plan_.refusal != 0) return Close(plan_.refusal, plan_.reason);
    TakeFrames();
    while (!closed_) {
      Turn();
      if (out_ >= 0 || err_ >= 0) continue;
      if (!status_) {
        int status = 0;
        ::waitpid(pid_, &status, 0);
        status_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
      }
      // Without a terminal it is told only once stdin has ended.
      if (plan_.tty || stdin_ended_) return TellExit();
    }
  }

 private:
  // In Go's words.
  std::string WhyNot(int error) const {
    const std::string& program = plan_.command.front();
    if (error == ENOENT && program.find('/') == std::string::npos) {
      return "exec: \"" + program + "\": executable file not found in $PATH";
    }
    std::string why = std::strerror(error);
    why[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(why[0])));
    return "fork/exec " + program + ": " + why;
  }

  void Write(const std::string& bytes) {
    for (std::size_t at = 0; at < bytes.size();) {
      const ssize_t sent = ::send(socket_, bytes.data() + at, bytes.size() - at, MSG_NOSIGNAL);
      if (sent <= 0) {
        closed_ = true;
        return;
      }
      at += static_cast<std::size_t>(sent);
    }
  }
  void Send(const Json& message) { Write(FrameOf(1, message.dump())); }

  void Close(int code, const std::string& reason) {
    std::string payload = {static_cast<char>(code >> 8), static_cast<char>(code & 0xFF)};
    Write(FrameOf(8, payload + reason));
    // Until the client has answered, so that nothing of this is lost.
    std::array<char, 4096> rest{};
    while (::recv(socket_, rest.data(), rest.size(), 0) > 0) {
    }
  }

  void TellExit() {
    if (!plan_.tty) Send({{"stderr", {{"close", true}}}});
    Send({{"stdout", {{"close", true}}}});
    Json result = Json::object();
    if (*status_ != 0) result["exit_code"] = *status_;
    Send({{"exited", true}, {"result", result}});
  }

  void Start() {
    std::array<int, 2> in{-1, -1};
    std::array<int, 2> out{-1, -1};
    std::array<int, 2> err{-1, -1};
    std::array<int, 2> failed{-1, -1};
    if (::pipe2(failed.data(), O_CLOEXEC) != 0) return;
    if (plan_.tty) {
      pid_ = ::forkpty(&out_, nullptr, nullptr, nullptr);
      if (pid_ > 0) ::fcntl(out_, F_SETFD, FD_CLOEXEC);
    } else {
      for (auto* ends : {&in, &out, &err}) {
        if (::pipe2(ends->data(), O_CLOEXEC) != 0) return;
      }
      pid_ = ::fork();
    }
    if (pid_ == 0) {
      if (!plan_.tty) {
        ::dup2(in[0], 0);
        ::dup2(out[1], 1);
        ::dup2(err[1], 2);
      }
      std::vector<char*> argv;
      for (std::string& word : plan_.command) argv.push_back(word.data());
      argv.push_back(nullptr);
      ::execvp(argv[0], argv.data());
      const int error = errno;
      [[maybe_unused]] const ssize_t told = ::write(failed[1], &error, sizeof error);
      ::_exit(127);
    }
    ::close(failed[1]);
    int error = 0;
    if (::read(failed[0], &error, sizeof error) == sizeof error) {
      plan_.refusal = 1011;
      plan_.reason = "rpc error: code = Unknown desc = failed to start command: " + WhyNot(error);
    }
    ::close(failed[0]);
    if (plan_.tty) {
      in_ = ::dup(out_);
      return;
    }
    for (const int end : {in[0], out[1], err[1]}) ::close(end);
    in_ = in[1];
    out_ = out[0];
    err_ = err[0];
    ::fcntl(in_, F_SETFL, O_NONBLOCK);
  }

  void Turn() {
    FlushInput();
    std::array<pollfd, 4> fds{pollfd{socket_, POLLIN, 0}, pollfd{out_, POLLIN, 0},
                              pollfd{err_, POLLIN, 0},
                              pollfd{input_.empty() ? -1 : in_, POLLOUT, 0}};
    ::poll(fds.data(), fds.size(), 1000);
    if (fds[1].revents != 0) Forward(out_, "stdout");
    if (fds[2].revents != 0) Forward(err_, "stderr");
    if (fds[0].revents == 0) return;
    std::array<char, 65536> buffer{};
    const ssize_t got = ::recv(socket_, buffer.data(), buffer.size(), 0);
    if (got <= 0) {
      closed_ = true;
      return;
    }
    bytes_.append(buffer.data(), static_cast<std::size_t>(got));
    TakeFrames();
  }

  void Forward(int& fd, const char* stream) {
    std::array<char, 32768> buffer{};
    const ssize_t got = ::read(fd, buffer.data(), buffer.size());
    if (got > 0) {
      const std::string data = EncodeBase64({buffer.data(), static_cast<std::size_t>(got)});
      return Send({{stream, {{"data", data}}}});
    }
    ::close(std::exchange(fd, -1));
  }

  void TakeFrames() {
    while (auto frame = TakeFrame(bytes_)) {
      if (frame->opcode == 8) {
        Write(FrameOf(8, frame->payload.substr(0, 2)));
        closed_ = true;
      }
      if (frame->opcode == 1) TakeMessage(Json::parse(frame->payload, nullptr, false));
    }
  }

  void TakeMessage(const Json& message) {
    const Json& input = Member(message, "stdin");
    input_ += DecodeBase64(Text(input, "data")).value_or("");
    stdin_ended_ = stdin_ended_ || Flag(input, "close");
    const Json& size = Member(message, "tty_size");
    if (!plan_.tty || !size.is_object()) return;
    winsize window{};
    window.ws_row = static_cast<unsigned short>(Number(size, "height"));
    window.ws_col = static_cast<unsigned short>(Number(size, "width"));
    ::ioctl(out_, TIOCSWINSZ, &window);
  }

  void FlushInput() {
    while (!input_.empty() && in_ >= 0) {
      const ssize_t written = ::write(in_, input_.data(), input_.size());
      if (written < 0 && errno == EAGAIN) return;
      if (written < 0) input_.clear();
      if (written > 0) input_.erase(0, static_cast<std::size_t>(written));
    }
    if (stdin_ended_ && in_ >= 0 && !plan_.tty) ::close(std::exchange(in_, -1));
  }

  int socket_;
  ExecPlan plan_;
  const std::string key_;
  std::string bytes_;
  std::string input_;  // for the command's stdin
  int pid_ = -1;
  int in_ = -1;
  int out_ = -1;
  int err_ = -1;
  bool stdin_ended_ = false;
  bool closed_ = false;
  std::optional<int> status_;
};

}  // namespace

void ServeExec(int socket, ExecPlan plan, const std::string& key, std::string ahead) {
  std::thread([socket, plan = std::move(plan), key, ahead = std::move(ahead)]() mutable {
    ::fcntl(socket, F_SETFL, 0);
    ::signal(SIGPIPE, SIG_IGN);
    Session(socket, std::move(plan), key, std::move(ahead)).Run();
  }).detach();
}

}  // namespace nmgr::fake
