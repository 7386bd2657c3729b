// What the operating system says and allows.
#pragma once

#include <string>

namespace nmgr {

// The words for an errno, in lower case: "no such file or directory". Where it means that a limit
// of this process or machine is reached, they say which and how it is raised.
std::string SystemReason(int error);

// Whether the errno means that all descriptors are taken, which passes when others are closed.
bool IsOutOfDescriptors(int error);

// How many descriptors this process may still open; a large number where that is no matter.
int DescriptorsLeft();

// Tells one build of this program from another: what stands at its place on the disk.
std::string BuildIdentity();

// Who runs this process, by its real user ID, and where; "" where the machine does not tell.
std::string UserName();
std::string HostName();
int ProcessId();

// To be called once, first of all: takes as many descriptors as the hard limit allows, bounds what
// the allocator sets aside for each thread, and has the end of memory told in words.
void PrepareProcess();

// Gives memory that was freed back to the system: the allocator keeps what lies between pieces that
// are still used, for ever, and a daemon stays as large as it was in its largest moment. For after
// work that took much at once; a few milliseconds.
void GiveBackMemory();

}  // namespace nmgr
