// Comma-separated values (RFC 4180) by the rules of Go's encoding/csv.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nmgr/hcl/functions/function.h"

namespace nmgr::hcl::functions {

class CsvReader {
 public:
  explicit CsvReader(std::string_view text) : rest_(text) {}

  // The fields of the next record that is not an empty line; none at the end of the text.
  FunctionOutcome<std::optional<std::vector<std::string>>> Next();

  std::size_t line() const { return line_; }  // where the last record began, from 1

 private:
  std::string_view TakeLine();  // with its line end, "\r\n" as "\n"; "" at the end

  std::string_view rest_;
  std::string line_buffer_;
  std::size_t lines_taken_ = 0;
  std::size_t line_ = 0;
};

}  // namespace nmgr::hcl::functions
