// Tokens of flat HCL.
#pragma once

#include <string>
#include <string_view>

#include "fake_nomad/flat_body.h"

namespace nmgr::fake {

struct Token {
  enum class Kind { kName, kNumber, kString, kNewline, kPunctuation, kEnd };
  Kind kind = Kind::kEnd;
  std::string text;  // of a string its decoded content
  Range range;

  bool Is(std::string_view punctuation) const {
    return kind == Kind::kPunctuation && text == punctuation;
  }
};

class FlatLexer {
 public:
  FlatLexer(std::string_view source, SpecFaults& faults) : source_(source), faults_(faults) {}

  // After a fault, and at the end, always kEnd.
  Token Next();

 private:
  char Peek(std::size_t ahead = 0) const;
  void Step();
  void SkipBlanks();
  bool SkipComment();
  Token Finish(Token::Kind kind, Position start, std::string text);
  Token Fail(Position start, const char* summary, std::string detail);
  Token Number();
  Token Quoted();
  bool Escape(std::string& text);

  std::string_view source_;
  SpecFaults& faults_;
  std::size_t at_ = 0;
  Position position_;
  bool failed_ = false;
};

}  // namespace nmgr::fake
