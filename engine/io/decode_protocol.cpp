#include "io/decode_protocol.h"

#include <cstring>

namespace galatea::decode {

WireWriter& WireWriter::number(int64_t value) {
    raw(&value, sizeof value);
    return *this;
}

WireWriter& WireWriter::real(double value) {
    raw(&value, sizeof value);
    return *this;
}

WireWriter& WireWriter::text(std::string_view value) {
    number(static_cast<int64_t>(value.size()));
    raw(value.data(), value.size());
    return *this;
}

WireWriter& WireWriter::numbers(std::span<const int64_t> values) {
    number(static_cast<int64_t>(values.size()));
    raw(values.data(), values.size_bytes());
    return *this;
}

WireWriter& WireWriter::reals(std::span<const double> values) {
    number(static_cast<int64_t>(values.size()));
    raw(values.data(), values.size_bytes());
    return *this;
}

WireWriter& WireWriter::texts(std::span<const std::string> values) {
    number(static_cast<int64_t>(values.size()));
    for (const std::string& value : values)
        text(value);
    return *this;
}

std::string_view WireReader::take(size_t count) {
    if (count > bytes_.size() - at_)
        throw WireFault();
    at_ += count;
    return bytes_.substr(at_ - count, count);
}

int64_t WireReader::number() {
    int64_t value = 0;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
}

int64_t WireReader::number(int64_t least, int64_t most) {
    const int64_t value = number();
    if (value < least || value > most)
        throw WireFault();
    return value;
}

double WireReader::real() {
    double value = 0;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
}

size_t WireReader::count(size_t each) {
    const int64_t claimed = number();
    if (claimed < 0 || static_cast<uint64_t>(claimed) > (bytes_.size() - at_) / each)
        throw WireFault();
    return static_cast<size_t>(claimed);
}

std::string WireReader::text() {
    return std::string(take(count(1)));
}

std::vector<int64_t> WireReader::numbers() {
    std::vector<int64_t> values(count(sizeof(int64_t)));
    const std::string_view part = take(values.size() * sizeof(int64_t));
    if (!values.empty())
        std::memcpy(values.data(), part.data(), part.size());
    return values;
}

std::vector<double> WireReader::reals() {
    std::vector<double> values(count(sizeof(double)));
    const std::string_view part = take(values.size() * sizeof(double));
    if (!values.empty())
        std::memcpy(values.data(), part.data(), part.size());
    return values;
}

std::vector<std::string> WireReader::texts() {
    std::vector<std::string> values(count(sizeof(int64_t)));
    for (std::string& value : values)
        value = text();
    return values;
}

} // namespace galatea::decode
