#pragma once
// Inside engine/io only: the library's lock and owned identifiers.

#define H5_USE_110_API
#include <hdf5.h>

#include <mutex>
#include <utility>

namespace galatea::hdf5 {

/// Held around every call: the library keeps global state. The first holder in each thread silences its
/// error print-outs; the first of all forbids plug-ins.
class Lock {
  public:
    Lock();

  private:
    std::unique_lock<std::recursive_mutex> lock_;
};

/// Owns an HDF5 identifier; closing takes the lock.
class Handle {
  public:
    using Close = herr_t (*)(hid_t);
    Handle() = default;
    Handle(hid_t id, Close close) : id_(id), close_(close) {}
    ~Handle() { reset(); }
    Handle(Handle&& other) noexcept
        : id_(std::exchange(other.id_, H5I_INVALID_HID)), close_(std::exchange(other.close_, nullptr)) {}
    Handle& operator=(Handle&& other) noexcept {
        std::swap(id_, other.id_);
        std::swap(close_, other.close_);
        return *this;
    }
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;

    hid_t id() const { return id_; }
    explicit operator bool() const { return id_ >= 0; }
    /// Closes now; false if the library says it failed.
    bool reset();

  private:
    hid_t id_ = H5I_INVALID_HID;
    Close close_ = nullptr;
};

/// IEEE 754 binary16, little endian.
Handle halfFloatType();
/// Variable-length UTF-8 text.
Handle variableTextType();

} // namespace galatea::hdf5
