#include "widgets/map/overlay_font.h"

#include <QRawFont>
#include <QtEndian>

#include <algorithm>
#include <utility>
#include <vector>

namespace galatea {

namespace {

void append16(QByteArray& bytes, quint16 value) {
    const quint16 big = qToBigEndian(value);
    bytes.append(reinterpret_cast<const char*>(&big), 2);
}

void append32(QByteArray& bytes, quint32 value) {
    const quint32 big = qToBigEndian(value);
    bytes.append(reinterpret_cast<const char*>(&big), 4);
}

quint32 tableSum(const QByteArray& table) {
    quint32 sum = 0;
    for (qsizetype i = 0; i < table.size(); i += 4) {
        char word[4]{};
        std::copy_n(table.constData() + i, std::min<qsizetype>(4, table.size() - i), word);
        sum += qFromBigEndian<quint32>(word);
    }
    return sum;
}

} // namespace

QByteArray fontFile(const QFont& font) {
    const QRawFont raw = QRawFont::fromFont(font);
    if (!raw.isValid())
        return {};
    // In the order of their tags, as the format wants it.
    std::vector<std::pair<QByteArray, QByteArray>> tables;
    for (const char* tag : {"CFF ", "OS/2", "cmap", "cvt ", "fpgm", "glyf", "head", "hhea", "hmtx", "kern",
                            "loca", "maxp", "name", "post", "prep"})
        if (const QByteArray table = raw.fontTable(tag); !table.isEmpty())
            tables.emplace_back(tag, table);
    const auto has = [&](const char* tag) {
        return std::any_of(tables.begin(), tables.end(), [&](const auto& t) { return t.first == tag; });
    };
    const bool outlines = (has("glyf") && has("loca")) || has("CFF ");
    if (!outlines || !has("cmap") || !has("head") || !has("hhea") || !has("hmtx") || !has("maxp"))
        return {};

    const auto count = static_cast<quint16>(tables.size());
    quint16 power = 1, exponent = 0;
    while (power * 2 <= count) {
        power = static_cast<quint16>(power * 2);
        ++exponent;
    }
    QByteArray file;
    append32(file, has("glyf") ? 0x00010000 : 0x4F54544F);
    append16(file, count);
    append16(file, static_cast<quint16>(16 * power));
    append16(file, exponent);
    append16(file, static_cast<quint16>(16 * (count - power)));
    auto offset = static_cast<quint32>(12 + 16 * tables.size());
    for (const auto& [tag, table] : tables) {
        file.append(tag);
        append32(file, tableSum(table));
        append32(file, offset);
        append32(file, static_cast<quint32>(table.size()));
        offset += (static_cast<quint32>(table.size()) + 3) & ~3U;
    }
    for (const auto& [tag, table] : tables) {
        file.append(table);
        file.append(QByteArray((4 - table.size() % 4) % 4, '\0'));
    }
    return file;
}

} // namespace galatea
