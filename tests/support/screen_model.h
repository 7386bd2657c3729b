// What a terminal shows of the bytes that were written to it: as much of an xterm as programs of
// ours may use. Everything else is a fault, and so is a line that runs into the last column's end.
//
//   ScreenModel screen(24, 80);
//   screen.Feed(child.shown());
//   CHECK(screen.lines() == ...);
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace nmgr::testing {

class ScreenModel {
 public:
  ScreenModel(int rows, int columns);

  // May end within a sequence; what follows continues it.
  void Feed(std::string_view bytes);
  // Lines are cut, none is wrapped anew.
  void Resize(int rows, int columns);

  // Of the page that is shown, without blanks at their ends and without empty lines at the end; of
  // the first page also what has scrolled out of sight.
  std::vector<std::string> lines() const;
  bool on_other_page() const { return other_; }
  bool has_cursor() const { return cursor_; }
  // Sequences and control characters that a program of ours has no use for.
  const std::vector<std::string>& faults() const { return faults_; }
  // How often a line was longer than the screen is wide.
  int wraps() const { return wraps_; }

 private:
  struct Page {
    std::vector<std::vector<std::string>> rows;  // of cells; the second of a wide one is ""
    std::vector<std::string> gone;               // scrolled out of sight
    int row = 0;
    int column = 0;
  };

  Page& page() { return other_ ? pages_[1] : pages_[0]; }
  std::vector<std::string> EmptyRow() const;
  void Put(std::string_view character, int width);
  void NewLine();
  void Erase(int from_row, int from_column, bool to_end);
  void Control(const std::string& sequence);

  int rows_;
  int columns_;
  Page pages_[2];
  bool other_ = false;
  bool cursor_ = true;
  int wraps_ = 0;
  std::string pending_;
  std::vector<std::string> faults_;
};

}  // namespace nmgr::testing
