#pragma once
// A first map from a neighbour graph's slow eigenvectors (M. Belkin & P. Niyogi, Laplacian eigenmaps, 2003),
// approximately.

#include "core/array.h"
#include "core/stop_token.h"
#include "latent/affinities.h"

namespace galatea {

/// Smooths `first` [N,dims] over the graph: some steps of orthogonal iteration towards the leading
/// eigenvectors of D^{-1/2} W D^{-1/2} after the trivial one. Not converged: a start, not a result.
Array spectralStart(const SparseMatrix& graph, const Array& first, const StopToken& stop = {});

} // namespace galatea
