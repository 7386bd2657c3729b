// Chance: for pauses of many that must not come back together, never for secrets.
#pragma once

namespace nmgr {

// A number from 0 up to 1, 1 left out; of any thread. What depends on one takes it, or a function
// that gives it, as an argument, so that tests choose it.
double Chance();

}  // namespace nmgr
