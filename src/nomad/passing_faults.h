// Which faults pass by themselves, so that asking again helps.
#pragma once

#include "agent.h"

namespace nmgr::nomad {

// Nobody listens just now, the name is not known just now, or the connection broke.
bool IsTransient(const TransportError& fault);

// 429, 502 to 504, and what a Nomad says in 500 while its leader changes.
bool IsTransient(const HttpAnswer& answer);

// A 500 of a Nomad that has lost its leader or the way to it: "No cluster leader", "leadership lost
// while committing log", "rpc error: EOF". A write so answered may have been done all the same:
// the leader can fall after it has committed. True refusals bear the same "rpc error: " in front
// where a follower passed them on ("rpc error: Job ID contains a space"), so the words behind it
// decide, at their start or their end, never somewhere inside.
bool IsLeaderChange(const HttpAnswer& answer);

}  // namespace nmgr::nomad
