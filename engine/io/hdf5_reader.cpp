#include "io/hdf5.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <string_view>

#include "core/error.h"
#include "core/text.h"
#include "io/hdf5_backend.h"
#include "sandbox/walls.h"

namespace galatea {

int64_t Hdf5Dataset::size() const {
    try {
        return checkedElementCount(shape, std::numeric_limits<int64_t>::max() / 2);
    } catch (const std::length_error&) {
        return std::numeric_limits<int64_t>::max();
    }
}

namespace hdf5 {

int64_t checkedRowBytes(const std::string& file, const Hdf5Dataset& data, std::span<const int64_t> rows) {
    if (data.type != Hdf5Type::Float && data.type != Hdf5Type::Integer)
        throw InputError(file, "'" + data.path + "' holds no plain numbers", "name a data set of numbers");
    if (data.shape.empty())
        throw std::out_of_range("a single value has no rows");
    for (const int64_t row : rows)
        if (row < 0 || row >= data.shape[0])
            throw std::out_of_range("row outside '" + data.path + "'");
    constexpr int64_t most = Hdf5Reader::maxReadBytes;
    int64_t perRow = sizeof(float);
    for (size_t axis = 1; axis < data.shape.size(); ++axis)
        perRow =
            data.shape[axis] > 0 && perRow > most / data.shape[axis] ? most + 1 : perRow * data.shape[axis];
    if (!rows.empty() && perRow > most / static_cast<int64_t>(rows.size()))
        throw InputError(file, "'" + data.path + "' is too large to be read at once", "read fewer rows");
    return perRow;
}

namespace {

/// The marks of what Galatea itself writes: data sets, latents, mixtures, maps.
bool isOwnLayout(Backend& file) {
    const auto isDataset = [&](const char* name) { return file.kindOf(name) == ObjectKind::Dataset; };
    const auto hasText = [&](const char* name) { return file.texts("/", name).has_value(); };
    return (isDataset("/images") && hasText("source") && hasText("unit")) ||
           (isDataset("/mean") && isDataset("/id")) ||
           (isDataset("/weights") && isDataset("/means") && hasText("covariance")) ||
           ((isDataset("/xy") || isDataset("/xyz")) && hasText("method"));
}

/// Where a system has no walls to put around the worker, foreign files are refused; what has our own layout
/// is still read, in this process, behind the reader's checks.
std::unique_ptr<Backend> open(const std::string& path, Hdf5Access access) {
    RegularFile file = openRegular(path);
    if (access == Hdf5Access::InProcess)
        return openLocal(std::move(file));
    if (availableWalls().enough())
        return openRemote(std::move(file));
    std::unique_ptr<Backend> own = openLocal(openRegular(path));
    return isOwnLayout(*own) ? std::move(own) : openRemote(std::move(file));
}

} // namespace

} // namespace hdf5

Hdf5Reader::Hdf5Reader(const std::string& path, Hdf5Access access) : backend_(hdf5::open(path, access)) {}
Hdf5Reader::~Hdf5Reader() = default;
Hdf5Reader::Hdf5Reader(Hdf5Reader&&) noexcept = default;
Hdf5Reader& Hdf5Reader::operator=(Hdf5Reader&&) noexcept = default;

const std::string& Hdf5Reader::path() const {
    return backend_->path();
}

std::vector<std::string> Hdf5Reader::members(const std::string& group, int64_t limit) const {
    return backend_->members(group, limit);
}

std::vector<Hdf5Dataset> Hdf5Reader::datasets(int64_t limit) const {
    return backend_->datasets(limit);
}

bool Hdf5Reader::has(const std::string& object) const {
    return backend_->kindOf(object) != hdf5::ObjectKind::None;
}

bool Hdf5Reader::isDataset(const std::string& object) const {
    return backend_->kindOf(object) == hdf5::ObjectKind::Dataset;
}

bool Hdf5Reader::isGroup(const std::string& object) const {
    return backend_->kindOf(object) == hdf5::ObjectKind::Group;
}

Hdf5Dataset Hdf5Reader::describe(const std::string& dataset) const {
    return backend_->describe(dataset);
}

Array Hdf5Reader::readFloat(const std::string& dataset, int64_t begin, int64_t end) const {
    std::vector<int64_t> rows(static_cast<size_t>(std::max<int64_t>(end - begin, 0)));
    std::iota(rows.begin(), rows.end(), begin);
    return backend_->readFloatRows(dataset, rows);
}

Array Hdf5Reader::readFloat(const std::string& dataset) const {
    const Hdf5Dataset data = backend_->describe(dataset);
    if (!data.shape.empty())
        return readFloat(dataset, 0, data.shape[0]);
    Array value(std::vector<int64_t>{});
    *value.data() = static_cast<float>(backend_->readDoubles(dataset).at(0));
    return value;
}

Array Hdf5Reader::readFloatRows(const std::string& dataset, std::span<const int64_t> rows) const {
    return backend_->readFloatRows(dataset, rows);
}

std::vector<double> Hdf5Reader::readDoubles(const std::string& dataset) const {
    return backend_->readDoubles(dataset);
}

std::vector<int64_t> Hdf5Reader::readIntegers(const std::string& dataset) const {
    return backend_->readIntegers(dataset);
}

std::vector<std::string> Hdf5Reader::readTexts(const std::string& dataset) const {
    return backend_->readTexts(dataset);
}

Column Hdf5Reader::readColumn(const std::string& dataset) const {
    const Hdf5Dataset info = describe(dataset);
    if (info.shape.size() != 1)
        throw InputError(
            path(), "'" + dataset + "' is no column: it has " + std::to_string(info.shape.size()) + " axes",
            "store one value per row");
    Column column;
    const std::string name = dataset.substr(0, dataset.find_last_not_of('/') + 1);
    column.name = name.substr(name.rfind('/') + 1);
    if (info.type == Hdf5Type::Text)
        column.values = readTexts(dataset);
    else if (info.type == Hdf5Type::Integer && !(info.isUnsigned && info.valueBytes >= 8))
        column.values = readIntegers(dataset);
    else
        column.values = readDoubles(dataset);
    column.unit = textAttribute(dataset, "unit").value_or("");
    column.ucd = textAttribute(dataset, "ucd").value_or("");
    column.description = textAttribute(dataset, "description").value_or("");
    return column;
}

std::vector<std::string> Hdf5Reader::attributeNames(const std::string& object) const {
    return backend_->attributeNames(object);
}

std::optional<std::string> Hdf5Reader::textAttribute(const std::string& object,
                                                     const std::string& name) const {
    const auto texts = textListAttribute(object, name);
    if (!texts || texts->size() != 1)
        return std::nullopt;
    return texts->front();
}

std::optional<double> Hdf5Reader::numberAttribute(const std::string& object, const std::string& name) const {
    const auto numbers = numberListAttribute(object, name);
    if (!numbers || numbers->size() != 1)
        return std::nullopt;
    return numbers->front();
}

std::optional<std::vector<std::string>> Hdf5Reader::textListAttribute(const std::string& object,
                                                                      const std::string& name) const {
    return backend_->texts(object, name);
}

std::optional<std::vector<double>> Hdf5Reader::numberListAttribute(const std::string& object,
                                                                   const std::string& name) const {
    return backend_->numbers(object, name);
}

bool looksLikeHdf5(const std::string& path) {
    constexpr std::string_view signature("\x89HDF\r\n\x1a\n", 8);
    try {
        const RegularFile file = openRegular(path);
        std::string bytes(signature.size(), '\0');
        // The signature stands at 0 or, behind a user block, at 512, 1024, 2048, ...
        for (int64_t at = 0; at + 8 <= file.size() && at <= (1 << 20); at = at == 0 ? 512 : at * 2) {
            file.readAt(at, std::as_writable_bytes(std::span<char>(bytes)));
            if (bytes == signature)
                return true;
        }
    } catch (const InputError&) {
        return false;
    }
    return false;
}

} // namespace galatea
