#pragma once
// The latents of 41000 galaxies that benchmarks use, where they are at hand.

#include <algorithm>

#include <QFile>
#include <QRegularExpression>

#include "core/array.h"

namespace galatea {

/// numpy's own file of a float32 matrix in row order, as far as the tests' data need it. Empty if absent.
inline Array benchLatents() {
    QFile file(GALATEA_SOURCE_DIR "/../shared/data/bench/latents-41000x20.npy");
    if (!file.open(QIODevice::ReadOnly))
        return {};
    const QByteArray bytes = file.readAll();
    const int start = 10 + static_cast<uint8_t>(bytes[8]) + 256 * static_cast<uint8_t>(bytes[9]);
    const auto shape = QRegularExpression("<f4.*False.*\\((\\d+), (\\d+)\\)").match(bytes.left(start));
    Array array({shape.captured(1).toLongLong(), shape.captured(2).toLongLong()});
    std::copy_n(bytes.data() + start, bytes.size() - start, reinterpret_cast<char*>(array.data()));
    return array;
}

} // namespace galatea
