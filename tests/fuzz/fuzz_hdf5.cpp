// HDF5 as the decode worker reads it: listing, descriptions, values, columns and attributes. What crashes
// inside the library is what the worker's walls are for; what crashes in Galatea's own code is not.

#include <cstdlib>
#include <stdexcept>
#include <string>

#include "core/error.h"
#include "io/hdf5_backend.h"
#include "memory_file.h"

using namespace galatea;

namespace {

constexpr int64_t mostValues = 1 << 20;

template <class Call>
void orRefuse(const Call& call) {
    try {
        call();
    } catch (const InputError&) {
    }
}

void readValues(hdf5::Backend& file, const Hdf5Dataset& listed) {
    const Hdf5Dataset data = file.describe(listed.path);
    if (data.size() > mostValues)
        return;
    if (data.type == Hdf5Type::Text && static_cast<int64_t>(file.readTexts(data.path).size()) != data.size())
        std::abort();
    if (data.type != Hdf5Type::Float && data.type != Hdf5Type::Integer)
        return;
    if (static_cast<int64_t>(file.readDoubles(data.path).size()) != data.size())
        std::abort();
    if (data.shape.empty() || data.shape[0] < 1)
        return;
    const int64_t rows[] = {data.shape[0] - 1, 0};
    if (file.readFloatRows(data.path, rows).dim(0) != 2)
        std::abort();
}

void readAttributes(hdf5::Backend& file, const std::string& object) {
    for (const std::string& name : file.attributeNames(object)) {
        orRefuse([&] { file.texts(object, name); });
        orRefuse([&] { file.numbers(object, name); });
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    orRefuse([&] {
        const auto file = hdf5::openLocal(memoryFile(data, size));
        orRefuse([&] { file->members("/", 1000); });
        orRefuse([&] { file->members("/catalog", 1000); });
        orRefuse([&] { readAttributes(*file, "/"); });
        for (const Hdf5Dataset& found : file->datasets(50)) {
            orRefuse([&] { readValues(*file, found); });
            orRefuse([&] { readAttributes(*file, found.path); });
        }
    });
    return 0;
}
