#pragma once
// How inner loops are written so that the compiler uses vector instructions.

// On x86-64 the loops are compiled twice and the wider one is taken where the processor has it. Without
// fused multiply-add both give the same bits. Sanitizers cannot start with such functions.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__SANITIZE_THREAD__) &&                             \
    !defined(__SANITIZE_ADDRESS__)
#define GALATEA_VECTORISED __attribute__((target_clones("avx2", "default")))
#else
#define GALATEA_VECTORISED
#endif

namespace galatea {

/// Four doubles the compiler keeps in registers, or in two halves where the processor has no wider ones.
using Quad = double __attribute__((vector_size(32), aligned(8), may_alias));

} // namespace galatea
