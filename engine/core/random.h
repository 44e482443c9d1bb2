#pragma once
// Random streams are passed, never global. The same seed and name give the same numbers on every
// machine: the standard's engines are portable, its distributions are not, so those are written here.

#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <string_view>

namespace galatea {

class RandomStream {
  public:
    /// `name` separates streams that share a seed: ("shuffle", "noise", ...).
    explicit RandomStream(uint64_t seed, std::string_view name = {});

    uint64_t bits() { return engine_(); }
    double uniform();                        ///< [0, 1)
    double uniform(double low, double high); ///< [low, high)
    double normal();                         ///< mean 0, standard deviation 1 (Marsaglia polar method)
    int64_t below(int64_t count);            ///< 0 … count-1, unbiased; count > 0
    int64_t poisson(double mean);            ///< mean ≥ 0; normal approximation above 500
    void shuffle(std::span<int64_t> values); ///< Fisher–Yates

    /// Everything needed to go on later exactly where this stream is.
    std::string state() const;
    /// Throws std::invalid_argument if the text is no state.
    void restore(const std::string& state);

  private:
    std::mt19937_64 engine_;
    double spare_ = 0;
    bool hasSpare_ = false;
};

} // namespace galatea
