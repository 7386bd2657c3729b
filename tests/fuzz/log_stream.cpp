// The frames of a log, cut anywhere: the same objects whatever the pieces, each of them whole; and
// a frame that was taken is JSON.
#include "fuzz/fuzz.h"
#include "nomad/decode.h"
#include "nomad/json_objects.h"

namespace nmgr::fuzz {
namespace {

struct Objects {
  std::vector<std::string> texts;
  bool good = true;
  bool open = false;
};

Objects InPieces(std::string_view text, std::size_t size) {
  nomad::JsonObjects reader;
  Objects objects;
  for (std::size_t at = 0; at < text.size() && objects.good; at += size) {
    objects.good = reader.Feed(text.substr(at, size), [&objects](std::string_view object) {
      objects.texts.emplace_back(object);
      return true;
    });
  }
  objects.open = objects.good && reader.InObject();
  return objects;
}

}  // namespace

void LogStream(std::string_view text) {
  const Objects whole = InPieces(text, text.size() + 1);
  for (const std::size_t size : {1, 7}) {
    const Objects pieces = InPieces(text, size);
    Require(pieces.texts == whole.texts && pieces.good == whole.good && pieces.open == whole.open,
            "the pieces decide what is read");
  }
  std::string joined;
  for (const std::string& object : whole.texts) {
    Require(object.starts_with('{') && (object.ends_with('}') || object.ends_with(']')),
            "an object that is none");
    if (nomad::DecodeLogFrame(object)) Require(IsJson(object), "a frame that is no JSON");
    joined += object;
  }
  // Nothing is taken that was not there, nor out of order.
  std::size_t at = 0;
  for (const char c : joined) {
    at = text.find(c, at);
    Require(at != std::string_view::npos, "a byte that nobody sent");
    ++at;
  }
}

}  // namespace nmgr::fuzz
