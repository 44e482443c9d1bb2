#pragma once
// A ranking that learns from what a person finds interesting.

#include <cstdint>
#include <span>
#include <vector>

#include "core/array.h"
#include "core/stop_token.h"

namespace galatea {

struct Opinion {
    int64_t row = 0;
    bool interesting = false;
    bool operator==(const Opinion&) const = default;
};

/// 0 … 1 per object, the most interesting highest; NaN where the score is not finite. Without opinions: the
/// share of finite scores that are lower (of equals, half). Each opinion draws the objects near it in the
/// latents towards 1 or 0,
///     rank' = (λ · rank + Σ_j w_j o_j) / (λ + Σ_j w_j),   w_j = exp(−d_j² / (2 h²)),
/// a kernel regression (E. Nadaraya, 1964; G. Watson, 1964) with the score as prior of weight λ = 0.1. h, the
/// reach, is the median over the opinions of the distance within which 1 % of the objects lie (at least 10;
/// of at most 20,000). That a few opinions on the strangest objects sort the rest is M. Lochner & B.
/// Bassett's (2021, Astronomaly). z [N,D], score [N]. Throws UsageError for other shapes or opinions on
/// objects that do not exist.
std::vector<double> rankWithOpinions(const Array& z, std::span<const double> score,
                                     std::span<const Opinion> opinions, const StopToken& stop = {});

} // namespace galatea
