// Where the nodes of one parse live. Private to syntax.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <new>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "nmgr/hcl/syntax/tree.h"

namespace nmgr::hcl {

// Memory that is given out in order and freed all at once, without destructors.
class Arena {
 public:
  Arena() = default;
  ~Arena() {
    for (void* block : blocks_) std::free(block);
  }
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  void* Allocate(std::size_t size, std::size_t alignment) {
    auto padding =
        static_cast<std::size_t>(-reinterpret_cast<std::uintptr_t>(at_)) & (alignment - 1);
    if (padding + size > left_) {
      Grow(size + alignment);
      padding = static_cast<std::size_t>(-reinterpret_cast<std::uintptr_t>(at_)) & (alignment - 1);
    }
    char* const memory = at_ + padding;
    at_ = memory + size;
    left_ -= padding + size;
    return memory;
  }

  template <class T>
  T* New(const T& value) {
    static_assert(std::is_trivially_destructible_v<T>);
    return new (Allocate(sizeof(T), alignof(T))) T(value);
  }

  template <class T>
  std::span<const T> Copy(std::span<const T> values) {
    static_assert(std::is_trivially_copyable_v<T>);
    if (values.empty()) return {};
    void* memory = Allocate(values.size_bytes(), alignof(T));
    std::memcpy(memory, values.data(), values.size_bytes());
    return {static_cast<const T*>(memory), values.size()};
  }

  std::string_view Copy(std::string_view text) {
    const auto copy = Copy(std::span<const char>(text.data(), text.size()));
    return {copy.data(), copy.size()};
  }

 private:
  void Grow(std::size_t least) {
    const std::size_t size = std::max(least, next_size_);
    next_size_ = std::min<std::size_t>(next_size_ * 2, kLargestBlock);
    blocks_.reserve(blocks_.size() + 1);
    at_ = static_cast<char*>(std::malloc(size));
    if (at_ == nullptr) throw std::bad_alloc();
    left_ = size;
    blocks_.push_back(at_);
  }

  static constexpr std::size_t kLargestBlock = std::size_t{256} << 10U;
  std::size_t next_size_ = std::size_t{4} << 10U;
  char* at_ = nullptr;
  std::size_t left_ = 0;
  std::vector<void*> blocks_;
};

// The same for objects that have to be destroyed: those that hold values.
template <class T>
class Pool {
 public:
  Pool() = default;
  ~Pool() {
    for (const Block& block : blocks_) {
      std::destroy_n(block.objects, block.used);
      std::free(block.objects);
    }
  }
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  T* New(T&& value) { return new (Take(1)) T(std::move(value)); }

  std::span<const T> Move(std::span<T> values) {
    if (values.empty()) return {};
    T* objects = Take(values.size());
    std::uninitialized_move(values.begin(), values.end(), objects);
    return {objects, values.size()};
  }

 private:
  struct Block {
    T* objects;
    std::size_t used;
    std::size_t size;
  };

  // What is taken must be constructed before anything else happens.
  T* Take(std::size_t count) {
    if (blocks_.empty() || blocks_.back().size - blocks_.back().used < count) Grow(count);
    Block& block = blocks_.back();
    T* objects = block.objects + block.used;
    block.used += count;
    return objects;
  }
  void Grow(std::size_t least) {
    const std::size_t size = std::max(least, next_size_);
    next_size_ = std::min<std::size_t>(next_size_ * 2, kLargestBlock);
    blocks_.reserve(blocks_.size() + 1);
    auto* objects = static_cast<T*>(std::malloc(size * sizeof(T)));
    if (objects == nullptr) throw std::bad_alloc();
    blocks_.push_back({objects, 0, size});
  }

  static constexpr std::size_t kLargestBlock = 4096;
  std::size_t next_size_ = 32;
  std::vector<Block> blocks_;
};

// Everything a tree needs to stay alive beside its source.
struct TreeMemory {
  Arena arena;
  Pool<LiteralExpr> literals;
  Pool<TraversalStep> steps;
};

}  // namespace nmgr::hcl
