#include "io/worker/tile_fits.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <new>
#include <stdexcept>

#include "core/array.h"
#include "core/error.h"
#include "core/text.h"

namespace galatea::decode {

namespace {

constexpr int64_t maxTilePixels = int64_t{1} << 28; // cfitsio unpacks a tile at a time
constexpr int64_t maxRiceBlock = 1 << 12;

class HeaderCheck {
  public:
    HeaderCheck(const FitsHeader& header, const CompressedFitsImage& image, const std::string& name)
        : header_(header), image_(image), name_(name) {}

    TileTable run() {
        readImage();
        readTable();
        readTiles();
        readColumns();
        checkAlgorithm();
        return std::move(table_);
    }

  private:
    [[noreturn]] void fail(const std::string& fault) const {
        throw InputError(name_, "its compressed image " + fault, "get the file again");
    }
    int64_t number(const std::string& key, int64_t least, int64_t most) const {
        const auto value = header_.integer(key);
        if (!value)
            fail("has no usable " + key);
        if (*value < least || *value > most)
            fail("has an impossible " + key + " (" + std::to_string(*value) + ")");
        return *value;
    }
    int64_t number(const std::string& key, int64_t least, int64_t most, int64_t otherwise) const {
        return header_.has(key) ? number(key, least, most) : otherwise;
    }

    void readImage() {
        constexpr std::array legal{8, 16, 32, 64, -32, -64};
        if (!header_.logical("ZIMAGE").value_or(false))
            fail("is none: ZIMAGE is not set");
        table_.bitpix = static_cast<int>(number("ZBITPIX", -64, 64));
        if (std::find(legal.begin(), legal.end(), table_.bitpix) == legal.end())
            fail("has an illegal ZBITPIX (" + std::to_string(table_.bitpix) + ")");
        const int64_t count = number("ZNAXIS", 1, 9);
        for (int64_t axis = 1; axis <= count; ++axis)
            table_.axes.push_back(number("ZNAXIS" + std::to_string(axis), 1, int64_t{1} << 31));
        if (table_.axes != image_.axes)
            fail("has another shape than its header said before");
    }

    void readTable() {
        table_.rowBytes = number("NAXIS1", 8, int64_t{1} << 20);
        table_.rows = number("NAXIS2", 1, std::numeric_limits<int64_t>::max() / table_.rowBytes);
        const int64_t bytes = table_.rowBytes * table_.rows;
        if (bytes > image_.dataBytes)
            fail("has a table of tiles that ends behind the file");
        table_.heapOffset = number("THEAP", bytes, image_.dataBytes, bytes);
        const int64_t behind = number("PCOUNT", 0, std::numeric_limits<int64_t>::max() / 2);
        table_.behindTable = behind;
        if (behind > image_.dataBytes - bytes)
            fail("ends behind the file: the file is cut short");
        table_.heapBytes = bytes + behind - table_.heapOffset;
        if (table_.heapBytes < 0)
            fail("has a heap that starts behind its end");
    }

    void readTiles() {
        int64_t expected = 1;
        for (size_t axis = 0; axis < table_.axes.size(); ++axis) {
            const std::string key = "ZTILE" + std::to_string(axis + 1);
            const int64_t size = table_.axes[axis];
            const int64_t tile = std::min(number(key, 1, int64_t{1} << 31, axis == 0 ? size : 1), size);
            table_.tile.push_back(tile);
            const int64_t tiles = (size + tile - 1) / tile;
            if (expected > table_.rows / tiles)
                fail("has " + std::to_string(table_.rows) + " tiles where its size needs more");
            expected *= tiles;
        }
        if (expected != table_.rows)
            fail("has " + std::to_string(table_.rows) + " tiles where its size needs " +
                 std::to_string(expected));
        try {
            checkedElementCount(table_.tile, maxTilePixels);
        } catch (const std::length_error&) {
            fail("has larger tiles than can be unpacked");
        }
    }

    void readColumns() {
        const int64_t fields = number("TFIELDS", 1, 999);
        int64_t offset = 0;
        for (int64_t field = 1; field <= fields; ++field) {
            const std::string index = std::to_string(field);
            const std::string format = trimmed(header_.text("TFORM" + index).value_or(""));
            const std::string name = trimmed(header_.text("TTYPE" + index).value_or(""));
            offset += readColumn(name, format, offset);
            table_.fields.push_back({name, format});
            if (offset > table_.rowBytes)
                fail("has columns that are wider than its rows");
        }
        const auto data = std::find_if(table_.columns.begin(), table_.columns.end(),
                                       [](const TileColumn& c) { return c.name == "COMPRESSED_DATA"; });
        if (data == table_.columns.end())
            fail("has no column COMPRESSED_DATA");
    }

    /// Notes it if it points into the heap; returns its bytes in a row.
    int64_t readColumn(const std::string& name, const std::string& format, int64_t offset) {
        const auto legal = [](char c) {
            return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || c == '(' || c == ')';
        };
        if (format.size() > 30 || !std::all_of(format.begin(), format.end(), legal))
            fail("has an impossible column format");
        size_t at = 0;
        int64_t repeat = 0;
        while (at < format.size() && format[at] >= '0' && format[at] <= '9' && repeat < (1 << 20))
            repeat = repeat * 10 + (format[at++] - '0');
        if (at == 0)
            repeat = 1;
        const char type = at < format.size() ? format[at] : ' ';
        if (type == 'P' || type == 'Q') {
            const int64_t element = at + 1 < format.size() ? bytesOf(format[at + 1]) : 0;
            if (element == 0 || repeat > 1)
                fail("has an impossible column format '" + format + "'");
            if (repeat == 1)
                table_.columns.push_back({name, offset, type == 'Q', element});
            return repeat * (type == 'Q' ? 16 : 8);
        }
        const int64_t each = bytesOf(type);
        if (type == 'X')
            return (repeat + 7) / 8;
        if (each == 0)
            fail("has an impossible column format '" + format + "'");
        return repeat * each;
    }

    static int64_t bytesOf(char type) {
        switch (type) {
        case 'L':
        case 'B':
        case 'A':
        case 'X':
            return 1;
        case 'I':
            return 2;
        case 'J':
        case 'E':
            return 4;
        case 'K':
        case 'D':
        case 'C':
            return 8;
        case 'M':
            return 16;
        default:
            return 0;
        }
    }

    void checkAlgorithm() {
        constexpr std::array known{"RICE_1",      "RICE_ONE", "GZIP_1",    "GZIP_2",
                                   "HCOMPRESS_1", "PLIO_1",   "NOCOMPRESS"};
        table_.algorithm = trimmed(header_.text("ZCMPTYPE").value_or(""));
        if (std::find(known.begin(), known.end(), table_.algorithm) == known.end())
            fail("is packed by '" + table_.algorithm + "', which is not known");
        const size_t axesLongerThanOne = static_cast<size_t>(
            std::count_if(table_.tile.begin(), table_.tile.end(), [](int64_t n) { return n > 1; }));
        if (table_.algorithm == "HCOMPRESS_1" && axesLongerThanOne > 2)
            fail("has HCOMPRESS tiles of more than two axes");
        if (header_.has("ZDITHER0"))
            number("ZDITHER0", 1, 10000);
        for (int index = 1; header_.has("ZNAME" + std::to_string(index)) && index < 100; ++index)
            checkParameter(trimmed(header_.text("ZNAME" + std::to_string(index)).value_or("")),
                           "ZVAL" + std::to_string(index));
    }

    void checkParameter(const std::string& parameter, const std::string& key) {
        const bool rice = table_.algorithm.starts_with("RICE");
        if (rice && parameter == "BLOCKSIZE")
            number(key, 1, maxRiceBlock);
        if (rice && parameter == "BYTEPIX") {
            const int64_t bytes = number(key, 1, 8);
            if (bytes != 1 && bytes != 2 && bytes != 4 && bytes != 8)
                table_.notes.push_back("its RICE parameter BYTEPIX is an impossible " +
                                       std::to_string(bytes) + " and is ignored");
        }
    }

    const FitsHeader& header_;
    const CompressedFitsImage& image_;
    const std::string& name_;
    TileTable table_;
};

int64_t bigEndian(std::span<const std::byte> bytes) {
    uint64_t value = 0;
    for (const std::byte byte : bytes)
        value = (value << 8) | static_cast<uint64_t>(byte);
    return bytes.size() == 4 ? static_cast<int32_t>(static_cast<uint32_t>(value))
                             : static_cast<int64_t>(value);
}

/// The tile's own size: tiles at the far edges are smaller.
std::vector<int64_t> sizeOfTile(const TileTable& table, int64_t row) {
    std::vector<int64_t> size;
    for (size_t axis = 0; axis < table.axes.size(); ++axis) {
        const int64_t tiles = (table.axes[axis] + table.tile[axis] - 1) / table.tile[axis];
        const int64_t start = row % tiles * table.tile[axis];
        size.push_back(std::min(table.tile[axis], table.axes[axis] - start));
        row /= tiles;
    }
    return size;
}

/// An HCOMPRESS stream repeats the tile's size behind two bytes of signature; the library believes it.
bool isHonestHcompress(const TileTable& table, int64_t row, std::span<const std::byte> stream) {
    if (stream.size() < 14 || stream[0] != std::byte{0xDD} || stream[1] != std::byte{0x99})
        return false;
    std::vector<int64_t> size;
    for (const int64_t axis : sizeOfTile(table, row))
        if (axis > 1)
            size.push_back(axis);
    size.resize(2, 1);
    const int64_t slow = bigEndian(stream.subspan(2, 4)), fast = bigEndian(stream.subspan(6, 4));
    return (slow == size[1] && fast == size[0]) || (slow == size[0] && fast == size[1] && slow * fast > 0);
}

/// True if the tile has pixels in rows [begin,end) of the image.
bool touches(const TileTable& table, int64_t row, int64_t begin, int64_t end) {
    int64_t first = 0, last = 0, step = 1;
    row /= (table.axes[0] + table.tile[0] - 1) / table.tile[0];
    for (size_t axis = 1; axis < table.axes.size(); ++axis) {
        const int64_t tiles = (table.axes[axis] + table.tile[axis] - 1) / table.tile[axis];
        const int64_t start = row % tiles * table.tile[axis];
        first += start * step;
        last += (std::min(start + table.tile[axis], table.axes[axis]) - 1) * step;
        step *= table.axes[axis];
        row /= tiles;
    }
    return last >= begin && first < end;
}

/// The library unpacks for ever where a gzip stream ends too early, and whatever comes out where it is a
/// bomb: the stream must end by itself after whole numbers of 1, 2, 4 or 8 bytes for each pixel.
bool isHonestGzip(const TileTable& table, int64_t row, std::span<const std::byte> packed) {
    int64_t pixels = 1;
    for (const int64_t axis : sizeOfTile(table, row))
        pixels *= axis;
    z_stream stream{};
    if (inflateInit2(&stream, 15 + 16) != Z_OK)
        throw std::bad_alloc();
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(packed.data()));
    stream.avail_in = static_cast<uInt>(packed.size());
    std::vector<Bytef> block(64 << 10);
    int state = Z_OK;
    while (state == Z_OK && static_cast<int64_t>(stream.total_out) <= 8 * pixels) {
        stream.next_out = block.data();
        stream.avail_out = static_cast<uInt>(block.size());
        state = inflate(&stream, Z_NO_FLUSH);
    }
    const auto bytes = static_cast<int64_t>(stream.total_out);
    inflateEnd(&stream);
    return state == Z_STREAM_END &&
           (bytes == pixels || bytes == 2 * pixels || bytes == 4 * pixels || bytes == 8 * pixels);
}

} // namespace

int64_t TileTable::tilePixels() const {
    int64_t pixels = 1;
    for (const int64_t axis : tile)
        pixels *= axis;
    return pixels;
}

int64_t rowCount(const std::vector<int64_t>& axes) {
    if (axes.empty() || axes[0] == 0)
        return 0;
    return checkedElementCount(std::span(axes).subspan(1));
}

TileTable checkTileHeader(const FitsHeader& header, const CompressedFitsImage& image,
                          const std::string& name) {
    return HeaderCheck(header, image, name).run();
}

void checkTiles(const TileTable& table, std::span<const std::byte> data, int64_t begin, int64_t end,
                const std::string& name) {
    const auto damaged = [&](int64_t row, const std::string& what) {
        throw InputError(name, "tile " + std::to_string(row + 1) + " of its compressed image " + what,
                         "get the file again");
    };
    const auto heap =
        data.subspan(static_cast<size_t>(table.heapOffset), static_cast<size_t>(table.heapBytes));
    for (int64_t row = 0; row < table.rows; ++row)
        for (const TileColumn& column : table.columns) {
            const size_t width = column.wide ? 8 : 4;
            const auto pair =
                data.subspan(static_cast<size_t>(row * table.rowBytes + column.offset), 2 * width);
            const int64_t count = bigEndian(pair.first(width)), offset = bigEndian(pair.subspan(width));
            if (count == 0)
                continue;
            if (count < 0 || offset < 0 || offset > table.heapBytes ||
                count > (table.heapBytes - offset) / column.elementBytes)
                damaged(row, "lies outside the data");
            const auto stream =
                heap.subspan(static_cast<size_t>(offset), static_cast<size_t>(count * column.elementBytes));
            if (table.algorithm == "HCOMPRESS_1" && column.name == "COMPRESSED_DATA" &&
                !isHonestHcompress(table, row, stream))
                damaged(row, "claims another size than the image gives it");
            const bool gzip = column.name == "GZIP_COMPRESSED_DATA" ||
                              (column.name == "COMPRESSED_DATA" && table.algorithm.starts_with("GZIP"));
            if (gzip && touches(table, row, begin, end) && !isHonestGzip(table, row, stream))
                damaged(row, "is damaged");
        }
}

} // namespace galatea::decode
