// What the messages about targets say beside the fault: what the word may have meant.
#pragma once

#include <string>
#include <vector>

#include "nmgr/base/expected.h"
#include "nmgr/repo/filter.h"
#include "nmgr/repo/repo.h"

namespace nmgr::repo {

// Words that are no filter, job or path, with the nearest names, or the folder that is called so.
Error UnknownWords(const std::vector<std::string>& words, const Repo& repo,
                   const std::vector<FilterSpec>& filters);

// A path that leads nowhere; a job may be called so, or it lies below the base directory.
Error NoSuchPath(const std::string& word, const Repo& repo);

// A file that was read and holds no job. Nothing of what it says. `called_like_spec`: by its name
// it is one, so it is told what is wrong with it; else what such a file may have been named for.
Error NoJobIn(const SpecFile& file, bool called_like_spec);

// Why no spec was found: what could not be read, or what is no spec; "" if there is nothing.
std::string WhyEmpty(const Found& found);

// "2 files look like jobs and are not read: a.hcl:1 (its job block has no label), ..."; "" for
// none.
std::string NoSpecsText(const std::vector<NoSpec>& files);

// Whether the file can be read and has a job block in it, as far as a look can tell.
bool HoldsSpec(const Path& path, FileSystem& files);
bool HoldsApiJob(const Path& path, FileSystem& files);

}  // namespace nmgr::repo
