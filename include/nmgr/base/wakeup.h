// One waiter that others wake, also one that waits for a descriptor beside that.
#pragma once

#include "nmgr/base/clock.h"

namespace nmgr {

class Wakeup {
 public:
  Wakeup();
  ~Wakeup();
  Wakeup(const Wakeup&) = delete;
  Wakeup& operator=(const Wakeup&) = delete;

  // May be called from several threads at once; several calls before a Wait are one.
  void Wake() const;

  // Until Wake() has been called since the last Wait, `other` can be read (-1: none), or `limit`
  // has passed. Whether it was for Wake().
  bool Wait(int other, Duration limit) const;

 private:
  int fd_ = -1;
};

}  // namespace nmgr
