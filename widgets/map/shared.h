#pragma once
// A value that copies share until one of them changes it.

#include <memory>
#include <utility>

namespace galatea {

/// Not for changing two copies of one value on two threads at once unless both are own()ed first: whoever
/// changes must be the only one who uses this copy.
template <class T>
class Shared {
  public:
    Shared() : value_(std::make_shared<T>()) {}
    const T& operator*() const { return *value_; }
    const T* operator->() const { return value_.get(); }
    /// To be changed: this copy's own from now on.
    T& own() {
        if (value_.use_count() > 1)
            value_ = std::make_shared<T>(*value_);
        return *value_;
    }
    /// To be filled anew: what it was is not copied.
    T& fresh() {
        if (value_.use_count() > 1)
            value_ = std::make_shared<T>();
        return *value_;
    }
    void reset(T value = {}) { value_ = std::make_shared<T>(std::move(value)); }

  private:
    std::shared_ptr<T> value_;
};

} // namespace galatea
