#pragma once
// Weighted neighbour graphs as sparse symmetric matrices.

#include <cstdint>
#include <vector>

#include "latent/neighbor_graph.h"

namespace galatea {

/// A sparse N×N matrix by rows.
struct SparseMatrix {
    std::vector<int64_t> begin; ///< [N+1] where each row starts
    std::vector<int32_t> column;
    std::vector<float> value;
    int64_t rows() const { return static_cast<int64_t>(begin.size()) - 1; }
};

/// t-SNE's joint probabilities: p_{j|i} Gaussian in the distance with the width that gives each row the
/// perplexity (van der Maaten & Hinton 2008, equation 1 and section 3), p_ij = (p_{j|i} + p_{i|j}) / 2N; the
/// sum over all is 1.
SparseMatrix perplexityAffinities(const NeighborGraph& graph, double perplexity);

/// A directed graph's weights w [rows,k] made symmetric by `join(w_ij, w_ji)`, missing ones 0.
SparseMatrix symmetric(const NeighborGraph& graph, const std::vector<float>& weight,
                       float (*join)(float, float));

} // namespace galatea
