#include <algorithm>
#include <limits>
#include <map>
#include <stdexcept>

#include "core/error.h"
#include "io/atomic_file.h"
#include "io/hdf5.h"
#include "io/hdf5_handle.h"

namespace galatea {

using hdf5::Handle;
using hdf5::Lock;

namespace {

constexpr size_t longestFixedText = 256; // longer ones are stored with variable length

std::vector<hsize_t> extents(const std::vector<int64_t>& shape) {
    return {shape.begin(), shape.end()};
}

Handle spaceOf(const std::vector<hsize_t>& shape) {
    if (shape.empty())
        return {H5Screate(H5S_SCALAR), H5Sclose};
    return {H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr), H5Sclose};
}

/// Names are marked as UTF-8 only where they are more than ASCII: that mark needs a newer kind of group,
/// which older programs cannot read.
Handle linkProperties(const std::string& path) {
    Handle links(H5Pcreate(H5P_LINK_CREATE), H5Pclose);
    H5Pset_create_intermediate_group(links.id(), 1);
    if (std::any_of(path.begin(), path.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; }))
        H5Pset_char_encoding(links.id(), H5T_CSET_UTF8);
    return links;
}

/// Without time stamps, so that the same content gives the same bytes.
Handle datasetProperties() {
    Handle properties(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
    H5Pset_obj_track_times(properties.id(), false);
    return properties;
}

} // namespace

struct Hdf5Writer::State {
    AtomicFile target;
    Handle file;
    struct Growing {
        Handle dataset;
        std::vector<int64_t> rowShape;
        int64_t rows = 0;
    };
    std::map<std::string, Growing> growing;

    explicit State(const std::string& path) : target(path) {
        const Lock lock;
        const Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
        H5Pset_fclose_degree(access.id(), H5F_CLOSE_STRONG);
        file = Handle(H5Fcreate(target.temporaryPath().c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access.id()),
                      H5Fclose);
        require(static_cast<bool>(file), "the file");
    }
    ~State() {
        const Lock lock;
        growing.clear();
        file.reset();
    }

    void require(bool done, const std::string& what) const {
        if (!done)
            throw InputError(target.target(), what + " could not be written",
                             "check the disk: it may be full or failing");
    }

    Handle create(const std::string& path, hid_t type, hid_t space, hid_t properties) const {
        const Handle links = linkProperties(path);
        Handle dataset(H5Dcreate2(file.id(), path.c_str(), type, space, links.id(), properties, H5P_DEFAULT),
                       H5Dclose);
        require(static_cast<bool>(dataset), "'" + path + "'");
        return dataset;
    }

    void writeWhole(const std::string& path, hid_t fileType, hid_t memoryType,
                    const std::vector<hsize_t>& shape, const void* values) const {
        const Lock lock;
        const Handle space = spaceOf(shape), properties = datasetProperties();
        const Handle dataset = create(path, fileType, space.id(), properties.id());
        const bool nothing = std::find(shape.begin(), shape.end(), hsize_t{0}) != shape.end();
        if (!nothing)
            require(H5Dwrite(dataset.id(), memoryType, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0,
                    "'" + path + "'");
    }

    void writeAttribute(hid_t owner, const std::string& name, hid_t fileType, hid_t memoryType, hid_t space,
                        const void* values) const {
        if (H5Aexists(owner, name.c_str()) > 0)
            H5Adelete(owner, name.c_str());
        const Handle attribute(H5Acreate2(owner, name.c_str(), fileType, space, H5P_DEFAULT, H5P_DEFAULT),
                               H5Aclose);
        require(attribute && (values == nullptr || H5Awrite(attribute.id(), memoryType, values) >= 0),
                "attribute '" + name + "'");
    }

    template <class T>
    void writeNumbers(hid_t owner, const std::string& name, hid_t fileType, hid_t memoryType,
                      const std::vector<T>& values) const {
        const Handle space = spaceOf({values.size()});
        writeAttribute(owner, name, fileType, memoryType, space.id(),
                       values.empty() ? nullptr : values.data());
    }

    void writeTextList(hid_t owner, const std::string& name, const std::vector<std::string>& texts,
                       bool single) const {
        std::vector<const char*> pointers;
        for (const std::string& text : texts)
            pointers.push_back(text.c_str());
        const Handle type = hdf5::variableTextType();
        const Handle space = single ? spaceOf({}) : spaceOf({texts.size()});
        writeAttribute(owner, name, type.id(), type.id(), space.id(),
                       texts.empty() ? nullptr : static_cast<const void*>(pointers.data()));
    }
};

Hdf5Writer::Hdf5Writer(const std::string& path) : state_(std::make_unique<State>(path)) {}
Hdf5Writer::~Hdf5Writer() = default;

void Hdf5Writer::createFloat(const std::string& dataset, const std::vector<int64_t>& rowShape,
                             const Hdf5StorageOptions& options) {
    const Lock lock;
    std::vector<hsize_t> now = extents(rowShape), most = now, chunk = now;
    now.insert(now.begin(), 0);
    most.insert(most.begin(), H5S_UNLIMITED);
    chunk.insert(chunk.begin(), static_cast<hsize_t>(std::max<int64_t>(options.chunkRows, 1)));
    if (std::find(chunk.begin(), chunk.end(), hsize_t{0}) != chunk.end())
        throw std::invalid_argument("a growing data set needs rows that are not empty");
    const Handle space(H5Screate_simple(static_cast<int>(now.size()), now.data(), most.data()), H5Sclose);
    const Handle properties = datasetProperties();
    H5Pset_chunk(properties.id(), static_cast<int>(chunk.size()), chunk.data());
    if (options.deflate > 0) {
        H5Pset_shuffle(properties.id());
        H5Pset_deflate(properties.id(), static_cast<unsigned int>(options.deflate));
    }
    const Handle half = hdf5::halfFloatType();
    const hid_t type = options.halfPrecision ? half.id() : H5T_IEEE_F32LE;
    State::Growing growing;
    growing.dataset = state_->create(dataset, type, space.id(), properties.id());
    growing.rowShape = rowShape;
    state_->growing[dataset] = std::move(growing);
}

void Hdf5Writer::append(const std::string& dataset, const Array& rows) {
    const Lock lock;
    State::Growing& growing = state_->growing.at(dataset);
    std::vector<int64_t> expected = growing.rowShape;
    if (rows.rank() < 1)
        throw std::invalid_argument("appended rows need a first axis");
    expected.insert(expected.begin(), rows.dim(0));
    if (rows.shape() != expected)
        throw std::invalid_argument("appended rows do not fit '" + dataset + "'");
    if (rows.size() == 0)
        return;
    const Array values = rows.contiguousCopy();
    std::vector<hsize_t> count = extents(expected), all = count, start(count.size(), 0);
    all[0] += static_cast<hsize_t>(growing.rows);
    start[0] = static_cast<hsize_t>(growing.rows);
    state_->require(H5Dset_extent(growing.dataset.id(), all.data()) >= 0, "'" + dataset + "'");
    const Handle memory = spaceOf(count), space(H5Dget_space(growing.dataset.id()), H5Sclose);
    H5Sselect_hyperslab(space.id(), H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr);
    state_->require(H5Dwrite(growing.dataset.id(), H5T_NATIVE_FLOAT, memory.id(), space.id(), H5P_DEFAULT,
                             values.data()) >= 0,
                    "'" + dataset + "'");
    growing.rows += rows.dim(0);
}

void Hdf5Writer::writeFloat(const std::string& dataset, const Array& values) {
    const Array block = values.contiguousCopy();
    state_->writeWhole(dataset, H5T_IEEE_F32LE, H5T_NATIVE_FLOAT, extents(block.shape()), block.data());
}

void Hdf5Writer::writeDoubles(const std::string& dataset, const std::vector<double>& values,
                              const std::vector<int64_t>& shape) {
    if (!shape.empty() && checkedElementCount(shape) != static_cast<int64_t>(values.size()))
        throw std::invalid_argument("the values do not fill the shape of '" + dataset + "'");
    const auto axes = shape.empty() ? std::vector<hsize_t>{values.size()} : extents(shape);
    state_->writeWhole(dataset, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, axes, values.data());
}

void Hdf5Writer::writeIntegers(const std::string& dataset, const std::vector<int64_t>& values) {
    state_->writeWhole(dataset, H5T_STD_I64LE, H5T_NATIVE_INT64, {values.size()}, values.data());
}

void Hdf5Writer::writeTexts(const std::string& dataset, const std::vector<std::string>& values) {
    const Lock lock;
    size_t longest = 1;
    for (const std::string& text : values)
        longest = std::max(longest, text.size());
    if (longest > longestFixedText) {
        std::vector<const char*> pointers;
        for (const std::string& text : values)
            pointers.push_back(text.c_str());
        const Handle type = hdf5::variableTextType();
        state_->writeWhole(dataset, type.id(), type.id(), {values.size()},
                           static_cast<const void*>(pointers.data()));
        return;
    }
    const Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
    H5Tset_size(type.id(), longest);
    H5Tset_strpad(type.id(), H5T_STR_NULLPAD);
    H5Tset_cset(type.id(), H5T_CSET_UTF8);
    std::string bytes(values.size() * longest, '\0');
    for (size_t i = 0; i < values.size(); ++i)
        std::copy(values[i].begin(), values[i].end(),
                  bytes.begin() + static_cast<std::ptrdiff_t>(i * longest));
    state_->writeWhole(dataset, type.id(), type.id(), {values.size()}, bytes.data());
}

void Hdf5Writer::writeColumn(const std::string& dataset, const Column& column) {
    if (const auto* numbers = std::get_if<std::vector<double>>(&column.values))
        writeDoubles(dataset, *numbers);
    else if (const auto* integers = std::get_if<std::vector<int64_t>>(&column.values))
        writeIntegers(dataset, *integers);
    else
        writeTexts(dataset, std::get<std::vector<std::string>>(column.values));
    if (!column.unit.empty())
        setAttribute(dataset, "unit", column.unit);
    if (!column.ucd.empty())
        setAttribute(dataset, "ucd", column.ucd);
    if (!column.description.empty())
        setAttribute(dataset, "description", column.description);
}

void Hdf5Writer::makeGroup(const std::string& group) {
    const Lock lock;
    const Handle links = linkProperties(group);
    const Handle made(H5Gcreate2(state_->file.id(), group.c_str(), links.id(), H5P_DEFAULT, H5P_DEFAULT),
                      H5Gclose);
    state_->require(static_cast<bool>(made), "group '" + group + "'");
}

void Hdf5Writer::setAttribute(const std::string& object, const std::string& name, const Hdf5Value& value) {
    const Lock lock;
    const Handle owner(H5Oopen(state_->file.id(), object.c_str(), H5P_DEFAULT), H5Oclose);
    if (!owner)
        throw std::invalid_argument("no object '" + object + "' to give an attribute to");
    const Handle one = spaceOf({});
    if (const auto* text = std::get_if<std::string>(&value))
        state_->writeTextList(owner.id(), name, {*text}, true);
    else if (const auto* texts = std::get_if<std::vector<std::string>>(&value))
        state_->writeTextList(owner.id(), name, *texts, false);
    else if (const auto* number = std::get_if<double>(&value))
        state_->writeAttribute(owner.id(), name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, one.id(), number);
    else if (const auto* integer = std::get_if<int64_t>(&value))
        state_->writeAttribute(owner.id(), name, H5T_STD_I64LE, H5T_NATIVE_INT64, one.id(), integer);
    else if (const auto* numbers = std::get_if<std::vector<double>>(&value))
        state_->writeNumbers(owner.id(), name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, *numbers);
    else
        state_->writeNumbers(owner.id(), name, H5T_STD_I64LE, H5T_NATIVE_INT64,
                             std::get<std::vector<int64_t>>(value));
}

void Hdf5Writer::commit() {
    {
        const Lock lock;
        bool closed = true;
        for (auto& [path, growing] : state_->growing)
            closed = growing.dataset.reset() && closed;
        state_->growing.clear();
        closed = H5Fflush(state_->file.id(), H5F_SCOPE_GLOBAL) >= 0 && closed;
        state_->require(state_->file.reset() && closed, "the file");
    }
    state_->target.commit([](const std::string& written) { Hdf5Reader check(written); });
}

} // namespace galatea
