// The HDF5 library in this process.

#include <algorithm>
#include <deque>
#include <limits>
#include <numeric>
#include <set>
#include <stdexcept>

#include "io/hdf5_backend.h"
#include "io/hdf5_reader_state.h"

namespace galatea::hdf5 {

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

class LocalBackend : public Backend {
  public:
    explicit LocalBackend(RegularFile file) : state_(std::move(file)) {}

    const std::string& path() const override { return state_.regular.path(); }

    std::vector<std::string> members(const std::string& group, int64_t limit) override {
        const Lock lock;
        const Handle at = state_.open(group);
        std::pair<std::vector<std::string>, size_t> names{{}, static_cast<size_t>(limit)};
        if (!at || H5Iget_type(at.id()) != H5I_GROUP)
            return {};
        if (auto own = state_.compactMembers(at))
            names.first = std::move(*own);
        else if (H5Literate(at.id(), H5_INDEX_NAME, H5_ITER_INC, nullptr, collectName, &names) < 0)
            state_.fail("group '" + group + "' is damaged");
        std::sort(names.first.begin(), names.first.end());
        names.first.resize(std::min(names.first.size(), names.second));
        return names.first;
    }

    std::vector<Hdf5Dataset> datasets(int64_t limit) override {
        const Lock lock;
        std::vector<Hdf5Dataset> found;
        std::set<haddr_t> seen; // hard links can form rings
        std::deque<std::string> groups{"/"};
        for (int64_t visits = 0; !groups.empty() && visits < maxGroups; ++visits) {
            const std::string group = groups.front();
            groups.pop_front();
            for (const std::string& name : members(group, maxGroups)) {
                const std::string child = (group == "/" ? "" : group) + "/" + name;
                H5L_info_t link{};
                const Handle parent = state_.open(group);
                if (H5Lget_info(parent.id(), name.c_str(), &link, H5P_DEFAULT) < 0 ||
                    link.type != H5L_TYPE_HARD || !seen.insert(link.u.address).second)
                    continue;
                const Handle object(H5Oopen(parent.id(), name.c_str(), H5P_DEFAULT), H5Oclose);
                if (H5Iget_type(object.id()) == H5I_GROUP && components(child).size() < maxGroupDepth)
                    groups.push_back(child);
                if (H5Iget_type(object.id()) != H5I_DATASET)
                    continue;
                OpenedDataset data;
                data.dataset = Handle(H5Oopen(parent.id(), name.c_str(), H5P_DEFAULT), H5Oclose);
                state_.describe(data, child);
                found.push_back(std::move(data.info));
                if (static_cast<int64_t>(found.size()) >= limit)
                    return found;
            }
        }
        return found;
    }

    ObjectKind kindOf(const std::string& object) override {
        const Lock lock;
        const Handle at = state_.open(object);
        if (!at)
            return ObjectKind::None;
        const H5I_type_t type = H5Iget_type(at.id());
        return type == H5I_DATASET ? ObjectKind::Dataset
               : type == H5I_GROUP ? ObjectKind::Group
                                   : ObjectKind::Other;
    }

    Hdf5Dataset describe(const std::string& dataset) override {
        const Lock lock;
        return state_.dataset(dataset).info;
    }

    Array readFloatRows(const std::string& dataset, std::span<const int64_t> rows) override {
        const Lock lock;
        const Hdf5Dataset& info = state_.dataset(dataset).info;
        checkedRowBytes(path(), info, rows);
        std::vector<int64_t> shape = info.shape;
        shape[0] = static_cast<int64_t>(rows.size());
        Array result(shape);
        readInto(dataset, rows, result.values());
        return result;
    }

    void readInto(const std::string& dataset, std::span<const int64_t> rows, std::span<float> out) {
        const Lock lock;
        const OpenedDataset& data = state_.dataset(dataset);
        const int64_t rowSize =
            checkedRowBytes(path(), data.info, rows) / static_cast<int64_t>(sizeof(float));
        const auto count = static_cast<int64_t>(rows.size());
        if (static_cast<int64_t>(out.size()) != count * rowSize)
            throw std::invalid_argument("the room for rows has the wrong size");
        for (int64_t at = 0; at < count && !out.empty();) { // neighbouring rows in one go
            int64_t end = at + 1;
            while (end < count && rows[static_cast<size_t>(end)] == rows[static_cast<size_t>(end - 1)] + 1)
                ++end;
            const int64_t first = rows[static_cast<size_t>(at)];
            state_.readRows(data, first, first + end - at, H5T_NATIVE_FLOAT, out.data() + at * rowSize);
            at = end;
        }
    }

    std::vector<double> readDoubles(const std::string& dataset) override {
        const Lock lock;
        return state_.readAll<double>(dataset, H5T_NATIVE_DOUBLE);
    }

    std::vector<int64_t> readIntegers(const std::string& dataset) override {
        const Lock lock;
        if (state_.dataset(dataset).info.type != Hdf5Type::Integer)
            state_.fail("'" + dataset + "' holds no whole numbers", "name a data set of whole numbers");
        return state_.readAll<int64_t>(dataset, H5T_NATIVE_INT64);
    }

    std::vector<std::string> readTexts(const std::string& dataset) override {
        const Lock lock;
        const OpenedDataset& data = state_.dataset(dataset);
        if (data.info.type != Hdf5Type::Text)
            state_.fail("'" + dataset + "' holds no text", "name a data set of text");
        return H5Tis_variable_str(data.type.id()) > 0 ? state_.variableTexts(data) : state_.fixedTexts(data);
    }

    std::vector<std::string> attributeNames(const std::string& object) override {
        const Lock lock;
        std::vector<std::string> names;
        const Handle owner = state_.open(object);
        if (owner &&
            H5Aiterate2(owner.id(), H5_INDEX_NAME, H5_ITER_INC, nullptr, collectAttribute, &names) < 0)
            state_.fail("the attributes of '" + object + "' are damaged");
        return names;
    }

    std::optional<std::vector<std::string>> texts(const std::string& object,
                                                  const std::string& name) override {
        const Lock lock;
        const Hdf5State::Attribute attribute = state_.attribute(object, name);
        if (!attribute.attribute || attribute.kind != Hdf5Type::Text)
            return std::nullopt;
        return attribute.variable ? state_.variableAttributeTexts(object, name, attribute.count)
                                  : state_.attributeTexts(attribute, name);
    }

    std::optional<std::vector<double>> numbers(const std::string& object, const std::string& name) override {
        const Lock lock;
        const Hdf5State::Attribute attribute = state_.attribute(object, name);
        if (!attribute.attribute ||
            (attribute.kind != Hdf5Type::Float && attribute.kind != Hdf5Type::Integer))
            return std::nullopt;
        std::vector<double> values(attribute.count);
        if (attribute.count > 0 && H5Aread(attribute.attribute.id(), H5T_NATIVE_DOUBLE, values.data()) < 0)
            state_.fail("attribute '" + name + "' is damaged");
        return values;
    }

  private:
    Hdf5State state_;
};

std::unique_ptr<Backend> openLocal(RegularFile file) {
    return std::make_unique<LocalBackend>(std::move(file));
}

void readFloatRowsInto(Backend& local, const std::string& dataset, std::span<const int64_t> rows,
                       std::span<float> out) {
    dynamic_cast<LocalBackend&>(local).readInto(dataset, rows, out);
}

} // namespace galatea::hdf5
