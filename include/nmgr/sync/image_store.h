// images/00 … 07: what every image reference that the sources of this copy name was seen to point
// at. All copies write into the same variables, each about the images of the sources that it leads,
// so a meeting is no trouble: what others wrote stays.
//
// Lost, it costs the memory of what ran before: the first look after it begins anew, and what is
// held in memory is written again. Not thread-safe.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nmgr/sync/ledger.h"
#include "nmgr/sync/sharded_variables.h"

namespace nmgr::sync {

// What a registry said of one reference beside what was known of it. The digest that it had at the
// first look counts as what runs: nobody can say better (registry/verdict.h).
ImageRecord AfterLook(const std::optional<ImageRecord>& before, const std::string& digest,
                      WallTime now);

// Whether the tag points at something else than what was started.
bool HasMoved(const ImageRecord& image);

class ImageStore {
 public:
  // Of one variable; the images that were not seen for the longest time go first.
  static constexpr std::size_t kMostBytes = 56'000;

  // `client` null: in memory alone. It must outlive the store.
  ImageStore(nomad::VariableClient* client, nomad::VariableRef base);

  // Once; again where it could not be read.
  SaveReport Load(const nomad::Call& call);
  bool loaded() const { return loaded_; }

  const std::map<std::string, ImageRecord>& images() const { return images_; }
  std::optional<ImageRecord> Find(const std::string& name) const;
  // `name`: Reference::Name(). That only the time of the last look is another one is not worth a
  // write.
  void Put(const std::string& name, const ImageRecord& image);

  bool dirty() const { return dirty_; }
  SaveReport Save(const nomad::Call& call);
  std::size_t MostBytes() const { return variables_ ? variables_->MostBytes() : 0; }

 private:
  void Decode(SaveReport& report);
  void Cut();

  std::optional<ShardedVariables> variables_;
  std::map<std::string, ImageRecord> images_;
  bool loaded_ = false;
  bool dirty_ = false;
};

}  // namespace nmgr::sync
