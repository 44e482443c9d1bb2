// Stored FITS values → physical float32.

#include <bit>
#include <cstring>
#include <limits>
#include <type_traits>

#include "io/fits_scan.h"

namespace galatea {

namespace {

static_assert(std::endian::native == std::endian::little, "FITS is big-endian");

template <class Value>
Value loadBigEndian(const std::byte* at) {
    if constexpr (sizeof(Value) == 1) {
        return static_cast<Value>(*at);
    } else {
        using Bits = std::conditional_t<sizeof(Value) == 2, uint16_t,
                                        std::conditional_t<sizeof(Value) == 4, uint32_t, uint64_t>>;
        Bits bits;
        std::memcpy(&bits, at, sizeof bits);
        if constexpr (sizeof(Value) == 2)
            bits = __builtin_bswap16(bits);
        else if constexpr (sizeof(Value) == 4)
            bits = __builtin_bswap32(bits);
        else
            bits = __builtin_bswap64(bits);
        return std::bit_cast<Value>(bits);
    }
}

template <class Value>
void convert(const std::byte* raw, float* out, int64_t count, const FitsScaling& scaling) {
    constexpr float nan = std::numeric_limits<float>::quiet_NaN();
    const auto load = [raw](int64_t i) {
        return loadBigEndian<Value>(raw + i * static_cast<int64_t>(sizeof(Value)));
    };
    if (scaling.scale == 1 && scaling.zero == 0)
        for (int64_t i = 0; i < count; ++i)
            out[i] = static_cast<float>(load(i)); // rounded once, also from 64 bits
    else if (std::is_same_v<Value, int64_t> && scaling.scale == 1 && scaling.zero == 0x1p63)
        // Unsigned 64-bit values: exact before they are rounded, which a double is not.
        for (int64_t i = 0; i < count; ++i)
            out[i] = static_cast<float>(static_cast<uint64_t>(load(i)) ^ (uint64_t{1} << 63));
    else
        for (int64_t i = 0; i < count; ++i)
            out[i] = static_cast<float>(scaling.zero + scaling.scale * static_cast<double>(load(i)));
    if constexpr (std::is_integral_v<Value>)
        if (scaling.blank && *scaling.blank >= static_cast<int64_t>(std::numeric_limits<Value>::min()) &&
            *scaling.blank <= static_cast<int64_t>(std::numeric_limits<Value>::max()))
            for (int64_t i = 0; i < count; ++i)
                if (load(i) == static_cast<Value>(*scaling.blank))
                    out[i] = nan;
}

} // namespace

void convertFitsPixels(const std::byte* raw, float* out, int64_t count, const FitsScaling& scaling) {
    switch (scaling.bitpix) {
    case 8:
        return convert<uint8_t>(raw, out, count, scaling);
    case 16:
        return convert<int16_t>(raw, out, count, scaling);
    case 32:
        return convert<int32_t>(raw, out, count, scaling);
    case 64:
        return convert<int64_t>(raw, out, count, scaling);
    case -32:
        return convert<float>(raw, out, count, scaling);
    default:
        return convert<double>(raw, out, count, scaling);
    }
}

} // namespace galatea
