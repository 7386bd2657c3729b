// JSON objects one after another, as a stream of them comes: in pieces of any size, with or without
// line breaks between them.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace nmgr::nomad {

// The longest object of a stream: a log frame holds at most 64 KiB of output.
inline constexpr std::size_t kMaxStreamedObject = 4U << 20U;

class JsonObjects {
 public:
  // Calls `take` with the text of each object that is whole by now, in order, until that returns
  // false; what is left is dropped then. The text begins with '{' and ends with its '}'; whether it
  // is JSON inside is not looked at. False where the bytes cannot be a stream of objects: something
  // else between two of them, or one above kMaxStreamedObject. Nothing is to be fed after that.
  bool Feed(std::string_view bytes, const std::function<bool(std::string_view object)>& take);

  // Whether an object has begun and not ended.
  bool InObject() const { return depth_ > 0; }

 private:
  void Step(char c);

  std::string object_;
  int depth_ = 0;
  bool in_string_ = false;
  bool escaped_ = false;
};

}  // namespace nmgr::nomad
