#include "io/worker/serve_hdf5.h"

#include <algorithm>
#include <stdexcept>

#include "io/hdf5_wire.h"
#include "io/worker/memory_writer.h"

namespace galatea::decode {

namespace {

std::vector<int64_t> expanded(const std::vector<int64_t>& runs) {
    constexpr int64_t mostRows = int64_t{1} << 29;
    std::vector<int64_t> rows;
    for (size_t i = 0; i + 1 < runs.size(); i += 2) {
        const int64_t count = runs[i + 1];
        if (count < 0 || count > mostRows || static_cast<int64_t>(rows.size()) > mostRows - count)
            throw WireFault();
        for (int64_t row = 0; row < count; ++row)
            rows.push_back(runs[i] + row);
    }
    return rows;
}

void floatRows(hdf5::Backend& file, WireReader& question, int room) {
    const std::string dataset = question.text();
    const std::vector<int64_t> rows = expanded(question.numbers());
    const int64_t offset = question.number();
    const int64_t bytes =
        hdf5::checkedRowBytes(file.path(), file.describe(dataset), rows) * static_cast<int64_t>(rows.size());
    const MemoryView view(room, offset, bytes);
    hdf5::readFloatRowsInto(
        file, dataset, rows,
        {reinterpret_cast<float*>(view.bytes().data()), static_cast<size_t>(bytes) / sizeof(float)});
}

template <class Values, class Put>
void putOptional(WireWriter& answer, const std::optional<Values>& values, Put put) {
    answer.number(values ? 1 : 0);
    if (values)
        put(*values);
}

} // namespace

WireWriter answerHdf5(Task task, hdf5::Backend& file, WireReader& question, int room) {
    WireWriter answer;
    switch (task) {
    case Task::Hdf5Datasets: {
        const std::vector<Hdf5Dataset> found = file.datasets(question.number());
        answer.number(static_cast<int64_t>(found.size()));
        for (const Hdf5Dataset& data : found)
            hdf5::put(answer, data);
        break;
    }
    case Task::Hdf5Members: {
        const std::string group = question.text();
        answer.texts(file.members(group, question.number()));
        break;
    }
    case Task::Hdf5Exists:
        answer.number(static_cast<int64_t>(file.kindOf(question.text())));
        break;
    case Task::Hdf5Describe:
        hdf5::put(answer, file.describe(question.text()));
        break;
    case Task::Hdf5FloatRows:
        floatRows(file, question, room);
        break;
    case Task::Hdf5Doubles:
        answer.reals(file.readDoubles(question.text()));
        break;
    case Task::Hdf5Integers:
        answer.numbers(file.readIntegers(question.text()));
        break;
    case Task::Hdf5Texts:
        answer.texts(file.readTexts(question.text()));
        break;
    case Task::Hdf5AttributeNames:
        answer.texts(file.attributeNames(question.text()));
        break;
    case Task::Hdf5TextAttribute: {
        const std::string object = question.text();
        putOptional(answer, file.texts(object, question.text()), [&](const auto& v) { answer.texts(v); });
        break;
    }
    case Task::Hdf5NumberAttribute: {
        const std::string object = question.text();
        putOptional(answer, file.numbers(object, question.text()), [&](const auto& v) { answer.reals(v); });
        break;
    }
    default:
        throw WireFault();
    }
    return answer;
}

} // namespace galatea::decode
