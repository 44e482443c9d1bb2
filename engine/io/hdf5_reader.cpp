#include "io/hdf5.h"

#include <algorithm>
#include <deque>
#include <limits>
#include <numeric>
#include <set>
#include <stdexcept>

#include "io/hdf5_reader_state.h"

namespace galatea {

namespace {

constexpr size_t maxGroupDepth = 32;
constexpr int64_t maxGroups = 100000;

herr_t collectName(hid_t, const char* name, const H5L_info_t*, void* out) {
    auto* names = static_cast<std::pair<std::vector<std::string>, size_t>*>(out);
    names->first.emplace_back(name);
    return names->first.size() < names->second ? 0 : 1;
}

herr_t collectAttribute(hid_t, const char* name, const H5A_info_t*, void* out) {
    auto* names = static_cast<std::vector<std::string>*>(out);
    names->emplace_back(name);
    return names->size() < 10000 ? 0 : 1;
}

} // namespace

int64_t Hdf5Dataset::size() const {
    try {
        return checkedElementCount(shape, std::numeric_limits<int64_t>::max() / 2);
    } catch (const std::length_error&) {
        return std::numeric_limits<int64_t>::max();
    }
}

Hdf5Reader::Hdf5Reader(const std::string& path) : state_(std::make_unique<State>(path)) {}
Hdf5Reader::~Hdf5Reader() = default;
Hdf5Reader::Hdf5Reader(Hdf5Reader&&) noexcept = default;
Hdf5Reader& Hdf5Reader::operator=(Hdf5Reader&&) noexcept = default;

const std::string& Hdf5Reader::path() const {
    return state_->regular.path();
}

std::vector<std::string> Hdf5Reader::members(const std::string& group, int64_t limit) const {
    const Lock lock;
    const Handle at = state_->open(group);
    std::pair<std::vector<std::string>, size_t> names{{}, static_cast<size_t>(limit)};
    if (!at || H5Iget_type(at.id()) != H5I_GROUP)
        return {};
    if (auto own = state_->compactMembers(at))
        names.first = std::move(*own);
    else if (H5Literate(at.id(), H5_INDEX_NAME, H5_ITER_INC, nullptr, collectName, &names) < 0)
        state_->fail("group '" + group + "' is damaged");
    std::sort(names.first.begin(), names.first.end());
    names.first.resize(std::min(names.first.size(), names.second));
    return names.first;
}

std::vector<Hdf5Dataset> Hdf5Reader::datasets(int64_t limit) const {
    const Lock lock;
    std::vector<Hdf5Dataset> found;
    std::set<haddr_t> seen; // hard links can form rings
    std::deque<std::string> groups{"/"};
    for (int64_t visits = 0; !groups.empty() && visits < maxGroups; ++visits) {
        const std::string group = groups.front();
        groups.pop_front();
        for (const std::string& name : members(group)) {
            const std::string path = (group == "/" ? "" : group) + "/" + name;
            H5L_info_t link{};
            const Handle parent = state_->open(group);
            if (H5Lget_info(parent.id(), name.c_str(), &link, H5P_DEFAULT) < 0 ||
                link.type != H5L_TYPE_HARD || !seen.insert(link.u.address).second)
                continue;
            const Handle object(H5Oopen(parent.id(), name.c_str(), H5P_DEFAULT), H5Oclose);
            if (H5Iget_type(object.id()) == H5I_GROUP && hdf5::components(path).size() < maxGroupDepth)
                groups.push_back(path);
            if (H5Iget_type(object.id()) != H5I_DATASET)
                continue;
            OpenedDataset data;
            data.dataset = Handle(H5Oopen(parent.id(), name.c_str(), H5P_DEFAULT), H5Oclose);
            state_->describe(data, path);
            found.push_back(std::move(data.info));
            if (static_cast<int64_t>(found.size()) >= limit)
                return found;
        }
    }
    return found;
}

bool Hdf5Reader::has(const std::string& object) const {
    const Lock lock;
    return static_cast<bool>(state_->open(object));
}

bool Hdf5Reader::isDataset(const std::string& object) const {
    const Lock lock;
    const Handle at = state_->open(object);
    return at && H5Iget_type(at.id()) == H5I_DATASET;
}

bool Hdf5Reader::isGroup(const std::string& object) const {
    const Lock lock;
    const Handle at = state_->open(object);
    return at && H5Iget_type(at.id()) == H5I_GROUP;
}

Hdf5Dataset Hdf5Reader::describe(const std::string& dataset) const {
    const Lock lock;
    return state_->dataset(dataset).info;
}

Array Hdf5Reader::readFloat(const std::string& dataset, int64_t begin, int64_t end) const {
    std::vector<int64_t> rows(static_cast<size_t>(std::max<int64_t>(end - begin, 0)));
    std::iota(rows.begin(), rows.end(), begin);
    return readFloatRows(dataset, rows);
}

Array Hdf5Reader::readFloat(const std::string& dataset) const {
    const Lock lock;
    const OpenedDataset& data = state_->dataset(dataset);
    if (!data.info.shape.empty())
        return readFloat(dataset, 0, data.info.shape[0]);
    state_->requireNumbers(data);
    Array value(std::vector<int64_t>{});
    state_->readRows(data, 0, 1, H5T_NATIVE_FLOAT, value.data());
    return value;
}

Array Hdf5Reader::readFloatRows(const std::string& dataset, std::span<const int64_t> rows) const {
    const Lock lock;
    const OpenedDataset& data = state_->dataset(dataset);
    state_->requireNumbers(data);
    if (data.info.shape.empty())
        throw std::out_of_range("a single value has no rows");
    for (const int64_t row : rows)
        if (row < 0 || row >= data.info.shape[0])
            throw std::out_of_range("row outside '" + data.info.path + "'");
    const auto count = static_cast<int64_t>(rows.size());
    state_->requireBudget(data, count, 4);
    std::vector<int64_t> shape = data.info.shape;
    shape[0] = count;
    Array result(shape);
    if (result.size() == 0)
        return result;
    const int64_t rowSize = result.size() / count;
    for (int64_t at = 0; at < count;) { // neighbouring rows in one go
        int64_t end = at + 1;
        while (end < count && rows[static_cast<size_t>(end)] == rows[static_cast<size_t>(end - 1)] + 1)
            ++end;
        const int64_t first = rows[static_cast<size_t>(at)];
        state_->readRows(data, first, first + end - at, H5T_NATIVE_FLOAT, result.data() + at * rowSize);
        at = end;
    }
    return result;
}

std::vector<double> Hdf5Reader::readDoubles(const std::string& dataset) const {
    const Lock lock;
    return state_->readAll<double>(dataset, H5T_NATIVE_DOUBLE);
}

std::vector<int64_t> Hdf5Reader::readIntegers(const std::string& dataset) const {
    const Lock lock;
    if (state_->dataset(dataset).info.type != Hdf5Type::Integer)
        state_->fail("'" + dataset + "' holds no whole numbers", "name a data set of whole numbers");
    return state_->readAll<int64_t>(dataset, H5T_NATIVE_INT64);
}

std::vector<std::string> Hdf5Reader::readTexts(const std::string& dataset) const {
    const Lock lock;
    const OpenedDataset& data = state_->dataset(dataset);
    if (data.info.type != Hdf5Type::Text)
        state_->fail("'" + dataset + "' holds no text", "name a data set of text");
    return H5Tis_variable_str(data.type.id()) > 0 ? state_->variableTexts(data) : state_->fixedTexts(data);
}

Column Hdf5Reader::readColumn(const std::string& dataset) const {
    const Lock lock;
    const Hdf5Dataset info = describe(dataset);
    if (info.shape.size() != 1)
        state_->fail("'" + dataset + "' is no column: it has " + std::to_string(info.shape.size()) + " axes",
                     "store one value per row");
    Column column;
    column.name = hdf5::components(dataset).back();
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
    const Lock lock;
    std::vector<std::string> names;
    const Handle owner = state_->open(object);
    if (owner && H5Aiterate2(owner.id(), H5_INDEX_NAME, H5_ITER_INC, nullptr, collectAttribute, &names) < 0)
        state_->fail("the attributes of '" + object + "' are damaged");
    return names;
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
    const Lock lock;
    const State::Attribute attribute = state_->attribute(object, name);
    if (!attribute.attribute || attribute.kind != Hdf5Type::Text)
        return std::nullopt;
    return attribute.variable ? state_->variableAttributeTexts(object, name, attribute.count)
                              : state_->attributeTexts(attribute, name);
}

std::optional<std::vector<double>> Hdf5Reader::numberListAttribute(const std::string& object,
                                                                   const std::string& name) const {
    const Lock lock;
    const State::Attribute attribute = state_->attribute(object, name);
    if (!attribute.attribute || (attribute.kind != Hdf5Type::Float && attribute.kind != Hdf5Type::Integer))
        return std::nullopt;
    std::vector<double> numbers(attribute.count);
    if (attribute.count > 0 && H5Aread(attribute.attribute.id(), H5T_NATIVE_DOUBLE, numbers.data()) < 0)
        state_->fail("attribute '" + name + "' is damaged");
    return numbers;
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
