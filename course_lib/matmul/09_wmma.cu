// 09 wmma: C = A B on tensor cores, A and B in bfloat16, sums and C in float.
//
//   Architecture: sm_80, the first whose tensor cores know bfloat16.
//   What changed since 08: who multiplies. A warp hands 16 x 16 pieces of a and b to its tensor core,
//   which adds their whole product to a 16 x 16 piece of C: one instruction for 4096 multiply-adds, where
//   a warp of 08 does 32. A piece is a `fragment`: its elements lie in the registers of the 32 lanes, and
//   only the hardware knows which lies where.
//   What that asks for: half as many bytes an element, so a copy brings 8; STAGES tiles instead of two,
//   because a tile is used up so much sooner; and PAD elements after each row, so that the 8 rows of 16
//   bytes that a fragment is loaded by lie in different banks.
//   m, n and k are multiples of 16: a fragment lies in C wholly or not at all.
//
// Next rung: the same product by the hardware's own instructions, with nothing hidden.

#include <cuda_bf16.h>
#include <mma.h>
using namespace nvcuda::wmma;

#define THREADS (TILE_M / WARP_M * (TILE_N / WARP_N) * 32)
#define PAD 8

struct Tiles { __nv_bfloat16 a[TILE_M][TILE_K + PAD], b[TILE_K][TILE_N + PAD]; };

// A copy of 8 elements that arrives later; what lies outside of the matrix arrives as zeros, and is not read.
__device__ void bring_eight(__nv_bfloat16& to, const __nv_bfloat16& from, bool inside)
{
    unsigned at = __cvta_generic_to_shared(&to);
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" :: "r"(at), "l"(&from), "r"(inside ? 16 : 0) : "memory");
}
__device__ void close_group() { asm volatile("cp.async.commit_group;" ::: "memory"); }
template <int LATER> __device__ void wait_for_all_groups_but() { asm volatile("cp.async.wait_group %0;" :: "n"(LATER) : "memory"); }

extern "C" __global__ void __launch_bounds__(THREADS)
matmul(const __nv_bfloat16* A, const __nv_bfloat16* B, float* C, int m, int n, int k)
{
    extern __shared__ __align__(128) Tiles tiles[];  // STAGES of them
    int top = blockIdx.y * TILE_M, left = blockIdx.x * TILE_N;  // of the block's tile of C
    int warp = threadIdx.x / 32;
    int x = warp % (TILE_N / WARP_N) * WARP_N, y = warp / (TILE_N / WARP_N) * WARP_M;  // of the warp's part of it
    A += (size_t)top * k, B += left, C += (size_t)(top + y) * n + left + x;

    auto bring = [&](int t, Tiles& into) {
        #pragma unroll
        for (int i = threadIdx.x, s = 0; s < TILE_M * TILE_K / 8; s += THREADS, i += THREADS) {
            int row = i / (TILE_K / 8), col = i % (TILE_K / 8) * 8;
            bring_eight(into.a[row][col], A[(size_t)row * k + t + col], top + row < m && t + col < k);
        }
        #pragma unroll
        for (int i = threadIdx.x, s = 0; s < TILE_K * TILE_N / 8; s += THREADS, i += THREADS) {
            int row = i / (TILE_N / 8), col = i % (TILE_N / 8) * 8;
            bring_eight(into.b[row][col], B[(size_t)(t + row) * n + col], t + row < k && left + col < n);
        }
    };

    fragment<accumulator, 16, 16, 16, float> sum[WARP_M / 16][WARP_N / 16];
    #pragma unroll
    for (int i = 0; i < WARP_M / 16; ++i)
        #pragma unroll
        for (int j = 0; j < WARP_N / 16; ++j) fill_fragment(sum[i][j], 0);

    for (int s = 0; s < STAGES - 1; ++s) {
        if (s * TILE_K < k) bring(s * TILE_K, tiles[s]);
        close_group();  // one group a tile, even an empty one: the waiting below counts them
    }
    for (int t = 0, now = 0; t < k; t += TILE_K, now = (now + 1) % STAGES) {
        wait_for_all_groups_but<STAGES - 2>();
        __syncthreads();  // tile `now` is complete, and nobody reads the one before it any more
        int next = t + (STAGES - 1) * TILE_K;
        if (next < k) bring(next, tiles[(now + STAGES - 1) % STAGES]);
        close_group();
        #pragma unroll
        for (int e = 0; e < TILE_K; e += 16) {
            fragment<matrix_a, 16, 16, 16, __nv_bfloat16, row_major> down[WARP_M / 16];
            fragment<matrix_b, 16, 16, 16, __nv_bfloat16, row_major> right[WARP_N / 16];
            #pragma unroll
            for (int i = 0; i < WARP_M / 16; ++i) load_matrix_sync(down[i], &tiles[now].a[y + 16 * i][e], TILE_K + PAD);
            #pragma unroll
            for (int j = 0; j < WARP_N / 16; ++j) load_matrix_sync(right[j], &tiles[now].b[e][x + 16 * j], TILE_N + PAD);
            #pragma unroll
            for (int i = 0; i < WARP_M / 16; ++i)
                #pragma unroll
                for (int j = 0; j < WARP_N / 16; ++j)
                    mma_sync(sum[i][j], down[i], right[j], sum[i][j]);
        }
    }
    #pragma unroll
    for (int i = 0; i < WARP_M; i += 16)
        #pragma unroll
        for (int j = 0; j < WARP_N; j += 16)
            if (top + y + i < m && left + x + j < n)
                store_matrix_sync(&C[(size_t)i * n + j], sum[i / 16][j / 16], n, mem_row_major);
}
