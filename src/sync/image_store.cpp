#include "nmgr/sync/image_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "nmgr/base/text.h"
#include "nmgr/registry/reference.h"
#include "nmgr/sync/state_text.h"

namespace nmgr::sync {
namespace {

// A name of an image beside its line, and what JSON puts around them.
std::size_t BytesOfImage(const std::string& name, const ImageRecord& image) {
  return name.size() + EncodeImage(image).size();
}

std::string KeepWhole(const std::string& value, std::size_t) { return value; }

}  // namespace

ImageRecord AfterLook(const std::optional<ImageRecord>& before, const std::string& digest,
                      WallTime now) {
  ImageRecord image = before.value_or(ImageRecord());
  image.seen = now;
  if (image.digest == digest) return image;
  image.digest = digest;
  image.first_seen = now;
  if (image.baseline.empty()) image.baseline = digest;
  return image;
}

bool HasMoved(const ImageRecord& image) {
  return !image.baseline.empty() && image.baseline != image.digest;
}

ImageStore::ImageStore(nomad::VariableClient* client, nomad::VariableRef base) {
  if (client != nullptr) variables_.emplace(*client, std::move(base), kImageShards, KeepWhole);
  loaded_ = client == nullptr;
}

// What is held already counts: it was looked at later than what stands there.
void ImageStore::Decode(SaveReport& report) {
  std::vector<std::string> lost;
  for (const auto& [name, value] : variables_->Values()) {
    auto image = DecodeImage(value);
    const auto reference = registry::ParseReference(name);
    if (!image || image->digest.empty() || !reference || reference->Name() != name) {
      lost.push_back(CutText(name, 100));
      variables_->Erase(name);
      dirty_ = true;
      continue;
    }
    images_.try_emplace(name, *std::move(image));
  }
  const auto values = variables_->Values();
  for (const auto& [name, image] : images_) {
    if (values.contains(name)) continue;
    variables_->Set(name, EncodeImage(image));
    dirty_ = true;
  }
  if (lost.empty()) return;
  report.troubles.push_back(fmt::format("of images {} that nobody can read ({}) are forgotten",
                                        Count(lost.size(), "entry", "entries"), SomeOf(lost)));
}

SaveReport ImageStore::Load(const nomad::Call& call) {
  if (loaded_) return {};
  SaveReport report = variables_->Load(call);
  if (report.error) return report;
  loaded_ = true;
  Decode(report);
  return report;
}

std::optional<ImageRecord> ImageStore::Find(const std::string& name) const {
  const auto found = images_.find(name);
  return found == images_.end() ? std::nullopt : std::optional(found->second);
}

void ImageStore::Put(const std::string& name, const ImageRecord& image) {
  ImageRecord& known = images_[name];
  ImageRecord same = known;
  same.seen = image.seen;
  const bool changed = same != image;
  known = image;
  if (!variables_ || !changed) return;
  variables_->Set(name, EncodeImage(image));
  dirty_ = true;
}

void ImageStore::Cut() {
  std::map<unsigned, std::size_t> bytes;
  for (const auto& [name, image] : images_) {
    bytes[variables_->ShardOf(name)] += BytesOfImage(name, image);
  }
  for (auto& [shard, size] : bytes) {
    while (size > kMostBytes) {
      auto oldest = images_.end();
      for (auto one = images_.begin(); one != images_.end(); ++one) {
        if (variables_->ShardOf(one->first) != shard) continue;
        if (oldest == images_.end() || one->second.seen < oldest->second.seen) oldest = one;
      }
      if (oldest == images_.end()) break;
      size -= BytesOfImage(oldest->first, oldest->second);
      variables_->Erase(oldest->first);
      images_.erase(oldest);
    }
  }
}

SaveReport ImageStore::Save(const nomad::Call& call) {
  if (!variables_ || !dirty_) return {};
  Cut();
  SaveReport report = variables_->Save(call);
  if (!report.error) dirty_ = false;
  if (!report.merged) return report;
  // Other copies write there too: that is no trouble.
  report.troubles.clear();
  Decode(report);
  return report;
}

}  // namespace nmgr::sync
