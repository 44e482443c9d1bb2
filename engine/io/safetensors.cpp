#include "io/safetensors.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <set>
#include <stdexcept>
#include <tuple>

#include "core/error.h"
#include "core/text.h"
#include "io/atomic_file.h"
#include "io/regular_file.h"
#include "io/strict_json.h"

namespace galatea {

using nlohmann::json;

static_assert(std::endian::native == std::endian::little, "tensors are little endian on disk");

namespace {

constexpr int64_t maxHeaderBytes = 1'000'000;
constexpr size_t maxAxes = 8;
constexpr size_t maxNameBytes = 512;
const char* const again = "get the file again from where it was made";

struct Entry {
    std::string name, type;
    std::vector<int64_t> shape;
    int64_t begin = 0, end = 0, elements = 0; ///< bytes, counted from the end of the header
};

struct Header {
    std::vector<Entry> entries; ///< in the order of their bytes
    std::string metadata;
    int64_t dataOffset = 0;
};

int64_t bytesPerElement(const std::string& type) {
    if (type == "F32")
        return 4;
    if (type == "F64")
        return 8;
    return type == "F16" || type == "BF16" ? 2 : 0;
}

class HeaderParser {
  public:
    explicit HeaderParser(const RegularFile& file) : file_(file) {}

    Header parse() {
        Header header;
        const json root = parseStrictJson(headerText(header), 3, file_.path(), "the header");
        if (!root.is_object())
            fail("the header is not an object");
        for (const auto& [name, value] : root.items()) {
            if (name == "__metadata__")
                header.metadata = metadata(value);
            else
                header.entries.push_back(entry(name, value));
        }
        if (header.entries.empty())
            fail("the file holds no tensors");
        checkLayout(header);
        return header;
    }

  private:
    [[noreturn]] void fail(const std::string& fault) const { throw InputError(file_.path(), fault, again); }

    std::string headerText(Header& header) const {
        if (file_.size() < 8)
            fail("the file is too short to be a safetensors file");
        uint64_t length = 0;
        file_.readAt(0, std::as_writable_bytes(std::span(&length, 1)));
        if (length > static_cast<uint64_t>(file_.size() - 8))
            fail("this is no safetensors file, or it is cut short: its header would end after the file");
        if (length > static_cast<uint64_t>(maxHeaderBytes))
            fail("the header is larger than 1 MB");
        std::string text(static_cast<size_t>(length), '\0');
        file_.readAt(8, std::as_writable_bytes(std::span<char>(text)));
        if (text.empty() || text.front() != '{')
            fail("this is no safetensors file: the header is not JSON");
        header.dataOffset = 8 + static_cast<int64_t>(length);
        return text;
    }

    std::string metadata(const json& value) const {
        if (!value.is_object())
            fail("the header's __metadata__ is not an object");
        for (const auto& [key, text] : value.items())
            if (!text.is_string())
                fail("the header's __metadata__ holds something that is not text");
        const auto found = value.find("galatea");
        return found == value.end() ? std::string() : found->get<std::string>();
    }

    int64_t count(const json& value, const std::string& what) const {
        if (!value.is_number_unsigned() || value.get<uint64_t>() > (uint64_t{1} << 40))
            fail(what + " is not a sensible whole number");
        return static_cast<int64_t>(value.get<uint64_t>());
    }

    Entry entry(const std::string& name, const json& value) const {
        if (name.empty() || name.size() > maxNameBytes || escaped(name) != name)
            fail("a tensor has an unusable name ('" + name.substr(0, 80) + "')");
        const std::string subject = "tensor '" + name + "'";
        if (!value.is_object() || value.size() != 3 || !value.contains("dtype") || !value.contains("shape") ||
            !value.contains("data_offsets"))
            fail(subject + " is not described by dtype, shape and data_offsets");
        const json &type = value["dtype"], &shape = value["shape"], &offsets = value["data_offsets"];
        Entry result;
        result.name = name;
        if (!type.is_string() || bytesPerElement(type.get<std::string>()) == 0)
            fail(subject + " is of a type that is not supported (only F32, F64, F16, BF16)");
        result.type = type.get<std::string>();
        if (!shape.is_array() || shape.size() > maxAxes)
            fail(subject + " has no shape of at most 8 axes");
        for (const json& axis : shape)
            result.shape.push_back(count(axis, subject + "'s shape"));
        if (!offsets.is_array() || offsets.size() != 2)
            fail(subject + " needs two data_offsets");
        result.begin = count(offsets[0], subject + "'s data_offsets");
        result.end = count(offsets[1], subject + "'s data_offsets");
        checkSize(result, subject);
        return result;
    }

    void checkSize(Entry& entry, const std::string& subject) const {
        try {
            entry.elements = checkedElementCount(entry.shape);
        } catch (const std::length_error&) {
            fail(subject + " claims too many elements");
        }
        if (entry.end < entry.begin ||
            entry.end - entry.begin != entry.elements * bytesPerElement(entry.type))
            fail(subject + "'s shape does not fit its bytes");
    }

    /// The tensors must tile the rest of the file: no holes, no overlaps, nothing left over.
    void checkLayout(Header& header) const {
        std::sort(header.entries.begin(), header.entries.end(), [](const Entry& a, const Entry& b) {
            return std::tie(a.begin, a.end, a.name) < std::tie(b.begin, b.end, b.name);
        });
        int64_t at = 0;
        for (const Entry& entry : header.entries) {
            if (entry.begin != at)
                fail("tensor '" + entry.name + "' leaves a hole or overlaps another");
            at = entry.end;
        }
        const int64_t stored = file_.size() - header.dataOffset;
        if (at > stored)
            fail("the file is cut short: " + std::to_string(at - stored) + " bytes are missing");
        if (at < stored)
            fail(std::to_string(stored - at) + " bytes follow the last tensor");
    }

    const RegularFile& file_;
};

float fromHalf(uint16_t bits) {
    const int exponent = (bits >> 10) & 31, fraction = bits & 1023;
    float magnitude = 0;
    if (exponent == 31)
        magnitude = fraction != 0 ? NAN : INFINITY;
    else if (exponent == 0)
        magnitude = std::ldexp(static_cast<float>(fraction), -24);
    else
        magnitude = std::ldexp(static_cast<float>(fraction + 1024), exponent - 25);
    return (bits & 0x8000) != 0 ? -magnitude : magnitude;
}

template <class Stored, class Convert>
void readConverted(const RegularFile& file, int64_t offset, std::span<float> out, Convert convert) {
    std::vector<Stored> stored(out.size());
    file.readAt(offset, std::as_writable_bytes(std::span<Stored>(stored)));
    std::transform(stored.begin(), stored.end(), out.begin(), convert);
}

Array readEntry(const RegularFile& file, int64_t dataOffset, const Entry& entry) {
    Array array(entry.shape);
    if (entry.elements == 0)
        return array;
    const int64_t offset = dataOffset + entry.begin;
    const std::span<float> out = array.values();
    if (entry.type == "F32")
        file.readAt(offset, std::as_writable_bytes(out));
    else if (entry.type == "F64")
        readConverted<double>(file, offset, out, [](double v) { return static_cast<float>(v); });
    else if (entry.type == "F16")
        readConverted<uint16_t>(file, offset, out, fromHalf);
    else
        readConverted<uint16_t>(file, offset, out,
                                [](uint16_t v) { return std::bit_cast<float>(uint32_t{v} << 16); });
    return array;
}

std::string headerOf(const std::vector<std::pair<std::string, Array>>& tensors, const std::string& metadata) {
    nlohmann::ordered_json root;
    if (!metadata.empty())
        root["__metadata__"] = {{"galatea", metadata}};
    std::set<std::string> names;
    int64_t at = 0;
    for (const auto& [name, array] : tensors) {
        if (name.empty() || name == "__metadata__" || escaped(name) != name || !names.insert(name).second)
            throw std::invalid_argument("unusable or repeated tensor name '" + escaped(name) + "'");
        const int64_t end = at + checkedElementCount(array.shape()) * 4;
        root[name] = {{"dtype", "F32"}, {"shape", array.shape()}, {"data_offsets", {at, end}}};
        at = end;
    }
    std::string text = root.dump();
    text.resize((text.size() + 7) / 8 * 8, ' ');
    return text;
}

} // namespace

SafetensorsFile readSafetensors(const std::string& path) {
    const RegularFile file = openRegular(path);
    Header header = HeaderParser(file).parse();
    SafetensorsFile result;
    result.metadata = std::move(header.metadata);
    for (const Entry& entry : header.entries)
        result.tensors.emplace_back(entry.name, readEntry(file, header.dataOffset, entry));
    return result;
}

std::string readSafetensorsMetadata(const std::string& path) {
    return HeaderParser(openRegular(path)).parse().metadata;
}

void writeSafetensors(const std::string& path, const std::vector<std::pair<std::string, Array>>& tensors,
                      const std::string& metadata) {
    if (tensors.empty())
        throw std::invalid_argument("a safetensors file needs at least one tensor");
    const std::string header = headerOf(tensors, metadata);
    if (static_cast<int64_t>(header.size()) > maxHeaderBytes)
        throw UsageError(path, "the description of the model passes 1 MB", "shorten its card");
    AtomicFile file(path);
    const uint64_t length = header.size();
    file.write({reinterpret_cast<const char*>(&length), sizeof length});
    file.write(header);
    for (const auto& [name, array] : tensors) {
        const Array values = array.contiguousCopy();
        file.write({reinterpret_cast<const char*>(values.data()), static_cast<size_t>(values.size()) * 4});
    }
    file.commit([&](const std::string& written) {
        if (readSafetensors(written).tensors.size() != tensors.size())
            throw InputError(path, "what was written could not be read back", "check the disk");
    });
}

} // namespace galatea
