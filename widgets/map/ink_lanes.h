#pragma once
// Eight 16-bit numbers at a time (two pixels of red, green, blue, cover): SSE2 where there is one.

#include "widgets/map/rgba.h"

#include <cstdint>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace galatea {

#ifdef __SSE2__

using InkLanes = __m128i;

inline InkLanes loadLanes(const uint16_t* p) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
}
inline void storeLanes(uint16_t* p, InkLanes v) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(p), v);
}
inline InkLanes allLanes(uint16_t value) {
    return _mm_set1_epi16(static_cast<short>(value));
}
/// a·b / 65,536
inline InkLanes timesLanes(InkLanes a, InkLanes b) {
    return _mm_mulhi_epu16(a, b);
}
/// under − taken + laid; never beyond the largest number.
inline InkLanes mixLanes(InkLanes under, InkLanes taken, InkLanes laid) {
    return _mm_adds_epu16(_mm_sub_epi16(under, taken), laid);
}
/// Twice the colour, each byte b as 257·b.
inline InkLanes colourLanes(const Rgba& colour) {
    int bytes;
    std::memcpy(&bytes, &colour, 4);
    const __m128i once = _mm_cvtsi32_si128(bytes);
    const __m128i wide = _mm_unpacklo_epi8(once, once);
    return _mm_unpacklo_epi64(wide, wide);
}
inline InkLanes withFullCover(InkLanes colour) {
    return _mm_insert_epi16(_mm_insert_epi16(colour, 0xFFFF, 3), 0xFFFF, 7);
}

#else

struct InkLanes {
    uint16_t lane[8];
};

inline InkLanes loadLanes(const uint16_t* p) {
    InkLanes v;
    std::memcpy(v.lane, p, sizeof v.lane);
    return v;
}
inline void storeLanes(uint16_t* p, InkLanes v) {
    std::memcpy(p, v.lane, sizeof v.lane);
}
inline InkLanes allLanes(uint16_t value) {
    InkLanes v;
    for (uint16_t& lane : v.lane)
        lane = value;
    return v;
}
inline InkLanes timesLanes(InkLanes a, InkLanes b) {
    for (int k = 0; k < 8; ++k)
        a.lane[k] = static_cast<uint16_t>((uint32_t{a.lane[k]} * b.lane[k]) >> 16);
    return a;
}
inline InkLanes mixLanes(InkLanes under, InkLanes taken, InkLanes laid) {
    for (int k = 0; k < 8; ++k) {
        const uint32_t sum = uint32_t{under.lane[k]} - taken.lane[k] + laid.lane[k];
        under.lane[k] = static_cast<uint16_t>(sum > 65535 ? 65535 : sum);
    }
    return under;
}
inline InkLanes colourLanes(const Rgba& c) {
    const uint8_t bytes[4]{c.r, c.g, c.b, c.a};
    InkLanes v;
    for (int k = 0; k < 8; ++k)
        v.lane[k] = static_cast<uint16_t>(257 * bytes[k % 4]);
    return v;
}
inline InkLanes withFullCover(InkLanes colour) {
    colour.lane[3] = colour.lane[7] = 0xFFFF;
    return colour;
}

#endif

/// What a stamp's shade is multiplied by, and its cover.
struct PointInk {
    InkLanes colour;
    InkLanes cover;

    static PointInk of(const Rgba& tint) {
        if (tint.a == 255)
            return {colourLanes(tint), allLanes(0xFFFF)};
        const InkLanes cover = allLanes(static_cast<uint16_t>(257 * tint.a));
        return {timesLanes(withFullCover(colourLanes(tint)), cover), cover};
    }
};

} // namespace galatea
