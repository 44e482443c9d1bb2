#pragma once
// Inside engine/io only: an open HDF5 file, and every check between what it claims and what is believed.
// Included by hdf5_local.cpp alone.

#include <algorithm>
#include <cstring>
#include <limits>
#include <map>
#include <stdexcept>

#include "core/error.h"
#include "core/text.h"
#include "io/hdf5.h"
#include "io/hdf5_file_driver.h"
#include "io/hdf5_handle.h"
#include "io/hdf5_raw.h"
#include "io/regular_file.h"

namespace galatea {

using hdf5::Handle;
using hdf5::Lock;

namespace hdf5 {

inline constexpr int64_t maxTextBytes = int64_t{256} << 20;     // of one text column
inline constexpr int64_t maxChunkBytes = int64_t{256} << 20;    // the library unpacks a chunk at a time
inline constexpr int64_t maxAttributeBytes = int64_t{16} << 20; // of one attribute
inline constexpr int64_t freeClaim = int64_t{64} << 20; // below this a claim needs no backing by bytes
inline constexpr int64_t largestHonestRatio = 200;      // of unpacked to stored bytes, above hdf5::freeClaim
inline constexpr int64_t maxElements = int64_t{1} << 40;

inline std::vector<std::string> components(const std::string& path) {
    std::vector<std::string> parts;
    for (std::string& part : split(path, '/'))
        if (!part.empty())
            parts.push_back(std::move(part));
    return parts;
}

inline Hdf5Type typeOf(hid_t type) {
    switch (H5Tget_class(type)) {
    case H5T_FLOAT:
        return Hdf5Type::Float;
    case H5T_INTEGER:
        return Hdf5Type::Integer;
    case H5T_ENUM: { // how h5py stores booleans
        const Handle base(H5Tget_super(type), H5Tclose);
        return H5Tget_class(base.id()) == H5T_INTEGER ? Hdf5Type::Integer : Hdf5Type::Other;
    }
    case H5T_STRING:
        return Hdf5Type::Text;
    default:
        return Hdf5Type::Other;
    }
}

/// False if the space is neither a single value nor a plain block.
inline bool shapeOf(hid_t space, std::vector<int64_t>& shape) {
    const int rank = H5Sget_simple_extent_ndims(space);
    const H5S_class_t kind = H5Sget_simple_extent_type(space);
    if (rank < 0 || (kind != H5S_SIMPLE && kind != H5S_SCALAR))
        return false;
    std::vector<hsize_t> axes(static_cast<size_t>(rank));
    if (rank > 0 && H5Sget_simple_extent_dims(space, axes.data(), nullptr) != rank)
        return false;
    shape.clear();
    for (const hsize_t axis : axes) {
        if (axis > static_cast<hsize_t>(std::numeric_limits<int64_t>::max()))
            return false;
        shape.push_back(static_cast<int64_t>(axis));
    }
    return true;
}

inline std::string fixedText(const char* bytes, size_t size, H5T_str_t padding) {
    std::string text(bytes, padding == H5T_STR_SPACEPAD ? size : strnlen(bytes, size));
    if (padding == H5T_STR_SPACEPAD)
        text.erase(text.find_last_not_of(' ') + 1);
    return text;
}

} // namespace hdf5

struct OpenedDataset {
    Handle dataset, type;
    Hdf5Dataset info;
};

struct Hdf5State {
    RegularFile regular;
    Handle file;
    std::map<std::string, OpenedDataset> opened; // checked once, then reused

    explicit Hdf5State(RegularFile opened_) : regular(std::move(opened_)) {
        const Lock lock;
        const Handle access = hdf5::guardedAccess();
        file = Handle(H5Fopen(regular.descriptorPath().c_str(), H5F_ACC_RDONLY, access.id()), H5Fclose);
        if (!file)
            fail(regular.size() == 0 ? "the file is empty"
                                     : "this is no HDF5 file, or it is damaged or cut short");
    }
    ~Hdf5State() {
        const Lock lock; // data sets before their file
        opened.clear();
        file.reset();
    }

    [[noreturn]] void fail(const std::string& fault, const std::string& cure = "get the file again") const {
        throw InputError(regular.path(), fault, cure);
    }

    /// Opens an object step by step, so that no link is ever followed. Nothing if it is not there.
    Handle open(const std::string& path) const {
        Handle at(H5Gopen2(file.id(), "/", H5P_DEFAULT), H5Oclose);
        if (!at)
            fail("its root group is damaged");
        for (const std::string& name : hdf5::components(path)) {
            H5L_info_t link{};
            if (H5Iget_type(at.id()) != H5I_GROUP || H5Lexists(at.id(), name.c_str(), H5P_DEFAULT) <= 0)
                return {};
            if (H5Lget_info(at.id(), name.c_str(), &link, H5P_DEFAULT) < 0)
                fail("the entry of '" + path + "' is damaged");
            if (link.type != H5L_TYPE_HARD)
                fail("'" + path + "' is a link to elsewhere, which is not followed",
                     "copy the linked data into the file");
            at = Handle(H5Oopen(at.id(), name.c_str(), H5P_DEFAULT), H5Oclose);
            if (!at)
                fail("'" + path + "' is damaged");
        }
        return at;
    }

    /// The members of a group that keeps its links in its header; nothing if it keeps them elsewhere.
    std::optional<std::vector<std::string>> compactMembers(const Handle& group) const {
        H5G_info_t claimed{};
        H5O_info_t info{};
        if (H5Gget_info(group.id(), &claimed) < 0 || H5Oget_info2(group.id(), &info, H5O_INFO_BASIC) < 0)
            fail("one of its groups is damaged");
        if (claimed.storage_type != H5G_STORAGE_TYPE_COMPACT)
            return std::nullopt;
        return hdf5::linkNames(regular, hdf5::fileLayout(file.id()), info.addr);
    }

    const OpenedDataset& dataset(const std::string& path) {
        if (const auto found = opened.find(path); found != opened.end())
            return found->second;
        OpenedDataset result;
        result.dataset = open(path);
        if (!result.dataset)
            fail("it holds no '" + path + "'", "check that it is the right file");
        if (H5Iget_type(result.dataset.id()) != H5I_DATASET)
            fail("'" + path + "' is not a data set", "check that it is the right file");
        describe(result, path);
        check(result);
        return opened.emplace(path, std::move(result)).first->second;
    }

    void describe(OpenedDataset& result, const std::string& path) const {
        result.type = Handle(H5Dget_type(result.dataset.id()), H5Tclose);
        const Handle space(H5Dget_space(result.dataset.id()), H5Sclose);
        if (!result.type || !space || !hdf5::shapeOf(space.id(), result.info.shape))
            fail("'" + path + "' has no readable type or shape");
        result.info.path = path;
        result.info.type = hdf5::typeOf(result.type.id());
        result.info.valueBytes = static_cast<int64_t>(H5Tget_size(result.type.id()));
        result.info.isUnsigned = H5Tget_sign(result.type.id()) == H5T_SGN_NONE;
    }

    void check(const OpenedDataset& data) const {
        const std::string subject = "'" + data.info.path + "'";
        const Handle layout(H5Dget_create_plist(data.dataset.id()), H5Pclose);
        if (!layout)
            fail(subject + " has a damaged description");
        if (H5Pget_external_count(layout.id()) != 0)
            fail(subject + " keeps its values in other files, which are not read", "copy them into the file");
        const bool packed = checkFilters(layout.id(), subject);
        int64_t elements = 0;
        try {
            elements = checkedElementCount(data.info.shape, hdf5::maxElements);
        } catch (const std::length_error&) {
            fail(subject + " claims more values than any file holds");
        }
        if (data.info.valueBytes <= 0 || data.info.valueBytes > hdf5::maxTextBytes ||
            elements > std::numeric_limits<int64_t>::max() / data.info.valueBytes)
            fail(subject + " claims values of impossible size");
        checkStorage(data, layout.id(), elements * data.info.valueBytes, packed);
    }

    /// True if the data are compressed. Only filters the library itself holds are used.
    bool checkFilters(hid_t layout, const std::string& subject) const {
        bool packed = false;
        const int filters = H5Pget_nfilters(layout);
        for (int i = 0; i < filters; ++i) {
            unsigned int flags = 0;
            size_t values = 0;
            const H5Z_filter_t filter = H5Pget_filter2(layout, static_cast<unsigned int>(i), &flags, &values,
                                                       nullptr, 0, nullptr, nullptr);
            if (filter != H5Z_FILTER_DEFLATE && filter != H5Z_FILTER_SHUFFLE &&
                filter != H5Z_FILTER_FLETCHER32)
                fail(subject + " is packed by filter " + std::to_string(filter) + ", which is not supported",
                     "repack it with gzip (h5repack -f GZIP=4)");
            packed = packed || filter == H5Z_FILTER_DEFLATE;
        }
        return packed;
    }

    /// Compares what is claimed with what the file stores.
    void checkStorage(const OpenedDataset& data, hid_t layout, int64_t claimed, bool packed) const {
        const std::string subject = "'" + data.info.path + "'";
        const H5D_layout_t kind = H5Pget_layout(layout);
        if (kind != H5D_CHUNKED && kind != H5D_CONTIGUOUS && kind != H5D_COMPACT)
            fail(subject + " is put together from other files, which are not read",
                 "copy them into the file");
        if (kind == H5D_CHUNKED)
            checkChunk(data, layout);
        const haddr_t offset = kind == H5D_CONTIGUOUS ? contiguousOffset(data) : HADDR_UNDEF;
        if (offset != HADDR_UNDEF && (offset > static_cast<haddr_t>(regular.size()) ||
                                      claimed > regular.size() - static_cast<int64_t>(offset)))
            fail(subject + " lies beyond the end of the file: the file is cut short");
        if (claimed <= hdf5::freeClaim)
            return;
        const auto stored = static_cast<int64_t>(H5Dget_storage_size(data.dataset.id()));
        const int64_t backed = std::min(stored, regular.size());
        if (claimed / (packed ? hdf5::largestHonestRatio : 1) > backed)
            fail(subject + " claims " + humanBytes(static_cast<double>(claimed)) +
                 " but the file holds only " + humanBytes(static_cast<double>(backed)) + " of it");
    }

    /// Where the values start in the file. The library's own answer for values never written is wrong behind
    /// a user block.
    static haddr_t contiguousOffset(const OpenedDataset& data) {
        return H5Dget_storage_size(data.dataset.id()) == 0 ? HADDR_UNDEF : H5Dget_offset(data.dataset.id());
    }

    void checkChunk(const OpenedDataset& data, hid_t layout) const {
        std::vector<hsize_t> chunk(std::max<size_t>(data.info.shape.size(), 1));
        const int rank = H5Pget_chunk(layout, static_cast<int>(chunk.size()), chunk.data());
        double bytes = static_cast<double>(data.info.valueBytes);
        for (const hsize_t axis : chunk)
            bytes *= static_cast<double>(axis);
        if (rank != static_cast<int>(data.info.shape.size()) ||
            bytes > static_cast<double>(hdf5::maxChunkBytes))
            fail("'" + data.info.path + "' is stored in chunks larger than " +
                     humanBytes(static_cast<double>(hdf5::maxChunkBytes)),
                 "store it in smaller chunks");
    }

    /// Reads rows [begin, end) into `out`, which holds them as `memoryType`.
    void readRows(const OpenedDataset& data, int64_t begin, int64_t end, hid_t memoryType, void* out) const {
        const Handle space(H5Dget_space(data.dataset.id()), H5Sclose);
        Handle memory;
        if (data.info.shape.empty()) {
            memory = Handle(H5Screate(H5S_SCALAR), H5Sclose);
        } else {
            std::vector<hsize_t> start(data.info.shape.size(), 0), count;
            for (const int64_t axis : data.info.shape)
                count.push_back(static_cast<hsize_t>(axis));
            start[0] = static_cast<hsize_t>(begin);
            count[0] = static_cast<hsize_t>(end - begin);
            H5Sselect_hyperslab(space.id(), H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr);
            memory =
                Handle(H5Screate_simple(static_cast<int>(count.size()), count.data(), nullptr), H5Sclose);
        }
        if (H5Dread(data.dataset.id(), memoryType, memory.id(), space.id(), H5P_DEFAULT, out) < 0)
            fail("'" + data.info.path + "' cannot be read: it is damaged or cut short");
    }

    void requireNumbers(const OpenedDataset& data) const {
        if (data.info.type != Hdf5Type::Float && data.info.type != Hdf5Type::Integer)
            fail("'" + data.info.path + "' holds no plain numbers", "name a data set of numbers");
    }

    void requireBudget(const OpenedDataset& data, int64_t rows, int64_t bytesEach) const {
        int64_t perRow = bytesEach;
        for (size_t axis = 1; axis < data.info.shape.size(); ++axis) {
            if (data.info.shape[axis] > 0 && perRow > Hdf5Reader::maxReadBytes / data.info.shape[axis])
                perRow = Hdf5Reader::maxReadBytes + 1;
            else
                perRow *= data.info.shape[axis];
        }
        if (rows > 0 && perRow > Hdf5Reader::maxReadBytes / rows)
            fail("'" + data.info.path + "' is too large to be read at once", "read fewer rows");
    }

    template <class T>
    std::vector<T> readAll(const std::string& path, hid_t memoryType) {
        const OpenedDataset& data = dataset(path);
        requireNumbers(data);
        const int64_t rows = data.info.shape.empty() ? 1 : data.info.shape[0];
        requireBudget(data, rows, sizeof(T));
        std::vector<T> values(static_cast<size_t>(data.info.size()));
        if (!values.empty())
            readRows(data, 0, rows, memoryType, values.data());
        return values;
    }

    std::vector<std::string> fixedTexts(const OpenedDataset& data) const {
        const auto size = static_cast<size_t>(data.info.valueBytes);
        const auto count = static_cast<size_t>(data.info.size());
        if (count > 0 && static_cast<int64_t>(count) > hdf5::maxTextBytes / data.info.valueBytes)
            fail("'" + data.info.path + "' holds more text than can be read at once", "shorten it");
        std::vector<char> bytes(count * size);
        if (count > 0)
            readRows(data, 0, data.info.shape.empty() ? 1 : data.info.shape[0], data.type.id(), bytes.data());
        std::vector<std::string> texts;
        texts.reserve(count);
        for (size_t i = 0; i < count; ++i)
            texts.push_back(hdf5::fixedText(bytes.data() + i * size, size, H5Tget_strpad(data.type.id())));
        return texts;
    }

    /// Texts of variable length, followed by our own means (see hdf5_raw.h).
    std::vector<std::string> variableTexts(const OpenedDataset& data) const {
        const auto count = static_cast<size_t>(data.info.size());
        const hdf5::FileLayout layout = hdf5::fileLayout(file.id());
        if (static_cast<int64_t>(count) > hdf5::maxTextBytes / 32)
            fail("'" + data.info.path + "' holds more text than can be read at once", "shorten it");
        return hdf5::GlobalHeap(regular, layout, hdf5::maxTextBytes)
            .texts(textReferences(data, count, layout), count);
    }

    /// The references to the texts as they are stored. Rows never written have references of zeros.
    std::string textReferences(const OpenedDataset& data, size_t count,
                               const hdf5::FileLayout& layout) const {
        std::string references(count * layout.referenceBytes(), '\0');
        const Handle properties(H5Dget_create_plist(data.dataset.id()), H5Pclose);
        const H5D_layout_t kind = H5Pget_layout(properties.id());
        if (kind == H5D_CHUNKED && data.info.shape.size() == 1 && H5Pget_nfilters(properties.id()) == 0)
            readTextChunks(data, properties.id(), references, layout.referenceBytes());
        else if (kind != H5D_CONTIGUOUS)
            fail("'" + data.info.path + "' stores text of variable length in a way that is not read",
                 "store it without compression or with a fixed length");
        else if (const haddr_t offset = contiguousOffset(data); offset != HADDR_UNDEF)
            regular.readAt(static_cast<int64_t>(offset), std::as_writable_bytes(std::span<char>(references)));
        return references;
    }

    void readTextChunks(const OpenedDataset& data, hid_t properties, std::string& references,
                        size_t each) const {
        hsize_t rows = 0, bytes = 0;
        if (H5Pget_chunk(properties, 1, &rows) != 1 || rows == 0)
            fail("'" + data.info.path + "' is damaged");
        std::string chunk;
        for (hsize_t start = 0; start * each < references.size(); start += rows) {
            if (H5Dget_chunk_storage_size(data.dataset.id(), &start, &bytes) < 0 || bytes == 0)
                continue; // never written
            uint32_t filters = 0;
            if (bytes != rows * each)
                fail("'" + data.info.path + "' is damaged");
            chunk.resize(bytes);
            if (H5Dread_chunk(data.dataset.id(), H5P_DEFAULT, &start, &filters, chunk.data()) < 0)
                fail("'" + data.info.path + "' cannot be read: it is damaged or cut short");
            const size_t part = std::min<size_t>(bytes, references.size() - start * each);
            references.replace(start * each, part, chunk, 0, part);
        }
    }

    struct Attribute {
        Handle attribute, type;
        Hdf5Type kind = Hdf5Type::Other;
        size_t count = 0;
        bool variable = false;
    };

    /// Nothing (no handle) if it is absent or of no plain shape.
    Attribute attribute(const std::string& object, const std::string& name) const {
        Attribute result;
        const Handle owner = open(object);
        if (!owner || H5Aexists(owner.id(), name.c_str()) <= 0)
            return result;
        Handle handle(H5Aopen(owner.id(), name.c_str(), H5P_DEFAULT), H5Aclose);
        if (!handle)
            fail("attribute '" + name + "' is damaged");
        const Handle space(H5Aget_space(handle.id()), H5Sclose);
        result.type = Handle(H5Aget_type(handle.id()), H5Tclose);
        std::vector<int64_t> shape;
        if (!space || !result.type || !hdf5::shapeOf(space.id(), shape))
            return result;
        result.kind = hdf5::typeOf(result.type.id());
        result.variable = H5Tis_variable_str(result.type.id()) > 0;
        const int64_t count = Hdf5Dataset{name, shape}.size();
        if (count > hdf5::maxAttributeBytes / static_cast<int64_t>(H5Tget_size(result.type.id())))
            fail("attribute '" + name + "' is too large");
        result.count = static_cast<size_t>(count);
        result.attribute = std::move(handle);
        return result;
    }

    /// Nothing if the attribute is stored in a structure that is not followed here.
    std::optional<std::vector<std::string>>
    variableAttributeTexts(const std::string& object, const std::string& name, size_t count) const {
        const Handle owner = open(object);
        H5O_info_t info{};
        if (!owner || H5Oget_info2(owner.id(), &info, H5O_INFO_BASIC) < 0)
            fail("attribute '" + name + "' is damaged");
        const hdf5::FileLayout layout = hdf5::fileLayout(file.id());
        const auto references = hdf5::attributeBytes(regular, layout, info.addr, name);
        if (!references)
            return std::nullopt;
        return hdf5::GlobalHeap(regular, layout, hdf5::maxAttributeBytes).texts(*references, count);
    }

    std::vector<std::string> attributeTexts(const Attribute& attribute, const std::string& name) const {
        std::vector<std::string> texts;
        const hid_t id = attribute.attribute.id(), type = attribute.type.id();
        if (attribute.count == 0)
            return texts;
        const size_t size = H5Tget_size(type);
        std::vector<char> bytes(attribute.count * size);
        if (H5Aread(id, type, bytes.data()) < 0)
            fail("attribute '" + name + "' is damaged");
        for (size_t i = 0; i < attribute.count; ++i)
            texts.push_back(hdf5::fixedText(bytes.data() + i * size, size, H5Tget_strpad(type)));
        return texts;
    }
};

} // namespace galatea
