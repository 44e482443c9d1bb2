#pragma once
// Loops over the same threads that the tensor library uses: a second set of threads would fight with them for
// the cores in every step. Engine-internal: names torch.

#include <cstdint>

#include <ATen/Parallel.h>

#ifndef _OPENMP
#error "without OpenMP in the compiler LibTorch's parallel_for is a plain loop: link galatea_torch"
#endif

namespace galatea {

/// Calls work(piece) once for each piece in 0 … count−1.
template <class Work>
void overTeam(int64_t count, Work&& work) {
    at::parallel_for(0, count, 1, [&](int64_t begin, int64_t end) {
        for (int64_t piece = begin; piece < end; ++piece)
            work(piece);
    });
}

/// Rows of one block; sums are made per block and added in the blocks' order, whatever the threads.
constexpr int64_t teamBlock = 1024;
inline int64_t teamBlocks(int64_t rows) {
    return (rows + teamBlock - 1) / teamBlock;
}

/// Calls work(begin, end) for blocks that together are the rows 0 … rows−1.
template <class Work>
void overBlocks(int64_t rows, Work&& work) {
    overTeam(teamBlocks(rows), [&](int64_t block) {
        const int64_t begin = block * teamBlock;
        work(begin, begin + teamBlock < rows ? begin + teamBlock : rows);
    });
}

} // namespace galatea
