// A stream of JSON objects, cut anywhere.
#include "nomad/json_objects.h"

#include <catch2/catch.hpp>
#include <optional>
#include <string>
#include <vector>

namespace nmgr::nomad {
namespace {

using Objects = std::vector<std::string>;

// What comes of `text` in pieces of `size` bytes; nothing where it is refused.
std::optional<Objects> InPieces(const std::string& text, std::size_t size) {
  JsonObjects reader;
  Objects objects;
  for (std::size_t at = 0; at < text.size(); at += size) {
    const bool good = reader.Feed(std::string_view(text).substr(at, size), [&](auto object) {
      objects.emplace_back(object);
      return true;
    });
    if (!good) return std::nullopt;
  }
  return objects;
}

}  // namespace

TEST_CASE("objects come one by one, however they are cut and whatever stands between") {
  const std::string text = "{\"a\":1}{}\n{\"b\":{\"c\":[{}]}} \r\n\t{\"d\":\"}{\\\"\\\\\"}";
  const Objects expected = {"{\"a\":1}", "{}", "{\"b\":{\"c\":[{}]}}", "{\"d\":\"}{\\\"\\\\\"}"};
  for (std::size_t size = 1; size <= text.size(); ++size) {
    INFO(size);
    CHECK(InPieces(text, size) == expected);
  }
}

TEST_CASE("an object that has not ended is none yet") {
  JsonObjects reader;
  int count = 0;
  const auto take = [&](std::string_view) { return ++count > 0; };
  CHECK(reader.Feed("{\"a\":\"", take));
  CHECK(reader.InObject());
  CHECK(count == 0);
  CHECK(reader.Feed("\"}", take));
  CHECK_FALSE(reader.InObject());
  CHECK(count == 1);
}

TEST_CASE("what is no stream of objects is refused") {
  for (const char* text : {"x", "[1]", "{} {} 7", "\"a\"", "{}}", "<html>"}) {
    INFO(text);
    CHECK_FALSE(InPieces(text, 1));
    CHECK_FALSE(InPieces(text, 100));
  }
  CHECK_FALSE(InPieces("{\"a\":\"" + std::string(kMaxStreamedObject, 'x') + "\"}", 65536));
}

TEST_CASE("a reader that has had enough gets nothing more") {
  JsonObjects reader;
  int count = 0;
  CHECK(reader.Feed("{}{}{}", [&](std::string_view) { return ++count < 2; }));
  CHECK(count == 2);
}

}  // namespace nmgr::nomad
