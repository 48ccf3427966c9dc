#pragma once
// A deque that takes no memory while it is empty: the standard one holds 600 bytes then, which most sessions of a shard
// would hold for nothing. References stay good while elements come at the back and go at the front.
#include <cstddef>
#include <deque>
#include <memory>
#include <utility>

namespace tickcast::fanout {

template <class T>
class queue {
 public:
  bool empty() const { return !all_; }
  std::size_t size() const { return all_ ? all_->size() : 0; }
  T& operator[](std::size_t at) { return (*all_)[at]; }
  T& front() { return all_->front(); }
  T& back() { return all_->back(); }
  void push_back(T value) {
    if (!all_) all_ = std::make_unique<std::deque<T>>();
    all_->push_back(std::move(value));
  }
  void pop_front() {
    all_->pop_front();
    if (all_->empty()) all_.reset();
  }
  void clear() { all_.reset(); }
  void swap(queue& other) { all_.swap(other.all_); }

  auto begin() { return all_ ? all_->begin() : typename std::deque<T>::iterator{}; }
  auto end() { return all_ ? all_->end() : typename std::deque<T>::iterator{}; }

 private:
  std::unique_ptr<std::deque<T>> all_;  // never an empty one
};

}  // namespace tickcast::fanout
