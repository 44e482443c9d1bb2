#include "core/random.h"

#include <cmath>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace galatea {

namespace {
/// SplitMix64's finaliser: spreads seeds and names that differ in one bit over the whole range.
uint64_t mixed(uint64_t x) {
    x += 0x9E3779B97F4A7C15ull;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ull;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBull;
    return x ^ (x >> 31);
}
} // namespace

RandomStream::RandomStream(uint64_t seed, std::string_view name) {
    uint64_t key = mixed(seed);
    for (const char c : name)
        key = mixed(key ^ static_cast<unsigned char>(c));
    engine_.seed(key);
}

double RandomStream::uniform() {
    return static_cast<double>(engine_() >> 11) * 0x1.0p-53;
}

double RandomStream::uniform(double low, double high) {
    return low + (high - low) * uniform();
}

double RandomStream::normal() {
    if (std::exchange(hasSpare_, false))
        return spare_;
    double x = 0, y = 0, r2 = 0;
    do {
        x = uniform(-1, 1);
        y = uniform(-1, 1);
        r2 = x * x + y * y;
    } while (r2 >= 1 || r2 == 0);
    const double factor = std::sqrt(-2 * std::log(r2) / r2);
    spare_ = y * factor;
    hasSpare_ = true;
    return x * factor;
}

int64_t RandomStream::below(int64_t count) {
    const auto range = static_cast<uint64_t>(count);
    const uint64_t limit = UINT64_MAX - UINT64_MAX % range;
    uint64_t value = engine_();
    while (value >= limit)
        value = engine_();
    return static_cast<int64_t>(value % range);
}

int64_t RandomStream::poisson(double mean) {
    if (mean <= 0)
        return 0;
    if (mean > 500)
        return std::max<int64_t>(0, std::llround(mean + std::sqrt(mean) * normal()));
    int64_t count = 0;
    // Knuth's product method in blocks, so that exp(-mean) never underflows.
    double remaining = mean, product = 1;
    for (;;) {
        product *= uniform();
        while (product < 1 && remaining > 0) {
            const double step = std::min(remaining, 50.0);
            product *= std::exp(step);
            remaining -= step;
        }
        if (product <= 1)
            return count;
        ++count;
    }
}

void RandomStream::shuffle(std::span<int64_t> values) {
    for (size_t i = values.size(); i > 1; --i)
        std::swap(values[i - 1], values[static_cast<size_t>(below(static_cast<int64_t>(i)))]);
}

std::string RandomStream::state() const {
    std::ostringstream out;
    out.precision(17);
    out << engine_ << ' ' << hasSpare_ << ' ' << spare_;
    return out.str();
}

void RandomStream::restore(const std::string& state) {
    std::istringstream in(state);
    in >> engine_ >> hasSpare_ >> spare_;
    if (!in)
        throw std::invalid_argument("not the state of a random stream");
}

} // namespace galatea
