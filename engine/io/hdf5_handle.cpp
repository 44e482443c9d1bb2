#include "io/hdf5_handle.h"

namespace galatea::hdf5 {

namespace {
std::recursive_mutex& libraryMutex() {
    static auto* mutex = new std::recursive_mutex; // outlives every static object that closes a file
    return *mutex;
}
} // namespace

Lock::Lock() : lock_(libraryMutex()) {
    thread_local bool silenced = false;
    static bool pluginsOff = false;
    if (!silenced) {
        H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
        silenced = true;
    }
    if (!pluginsOff) {
        H5PLset_loading_state(0);
        pluginsOff = true;
    }
}

bool Handle::reset() {
    if (id_ < 0)
        return true;
    const Lock lock;
    const bool closed = close_(std::exchange(id_, H5I_INVALID_HID)) >= 0;
    return closed;
}

Handle halfFloatType() {
    Handle type(H5Tcopy(H5T_IEEE_F32LE), H5Tclose);
    // Sign bit 15, exponent in bits 10 to 14, mantissa in bits 0 to 9.
    H5Tset_fields(type.id(), 15, 10, 5, 0, 10);
    H5Tset_size(type.id(), 2);
    H5Tset_ebias(type.id(), 15);
    return type;
}

Handle variableTextType() {
    Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
    H5Tset_size(type.id(), H5T_VARIABLE);
    H5Tset_cset(type.id(), H5T_CSET_UTF8);
    return type;
}

} // namespace galatea::hdf5
