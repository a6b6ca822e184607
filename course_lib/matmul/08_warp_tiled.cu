// 08 warp-tiled: C = A B, the threads of a warp in a compact rectangle of 8 x 4.
//
//   Architecture: sm_80, the first with cp.async.
//   What changed since 07: where a thread's elements are. A warp of 07 stands in two rows of 16 threads:
//   for one step it needs 2 groups of four from a and 16 from b. As a rectangle of 8 x 4 it needs 8 and 4:
//   two thirds of the words for the same products. A warp owns 8 THREAD_M x 4 THREAD_N elements of C.
//   Blocks, tiles and what a thread computes are those of 07; a thread of 8 x 16 would read still less, but
//   with 128 sums in its registers only 8 warps fit on a multiprocessor, too few to hide a wait.
//   n is a multiple of 4, as in 06; TILE_K a multiple of 8.
//
// Next rung: the same, on tensor cores.

#define WARP_M (8 * THREAD_M)
#define WARP_N (4 * THREAD_N)
#define THREADS (TILE_M / WARP_M * (TILE_N / WARP_N) * 32)
#define PAD 4

// How far element i of a thread is from its first: four are neighbours, then the other threads' fours come first.
#define GROUP(across, i) ((i) % 4 + (i) / 4 * 4 * (across))

__device__ float4& four(float& first) { return *reinterpret_cast<float4*>(&first); }

// A copy that arrives later; what lies outside of the matrix arrives as zeros, and is not read.
__device__ void bring_one(float& to, const float& from, bool inside)
{
    unsigned at = __cvta_generic_to_shared(&to);
    asm volatile("cp.async.ca.shared.global [%0], [%1], 4, %2;" :: "r"(at), "l"(&from), "r"(inside ? 4 : 0) : "memory");
}
__device__ void bring_four(float& to, const float& from, bool inside)
{
    unsigned at = __cvta_generic_to_shared(&to);
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" :: "r"(at), "l"(&from), "r"(inside ? 16 : 0) : "memory");
}
__device__ void wait_for_copies() { asm volatile("cp.async.wait_all;" ::: "memory"); }

extern "C" __global__ void __launch_bounds__(THREADS, 2)
matmul(const float* A, const float* B, float* C, int m, int n, int k)
{
    __shared__ __align__(16) float a[2][TILE_K][TILE_M + PAD], b[2][TILE_K][TILE_N];
    int top = blockIdx.y * TILE_M, left = blockIdx.x * TILE_N;  // of the block's tile of C
    int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
    int x = warp % (TILE_N / WARP_N) * WARP_N + lane % 4 * 4;  // of the thread's first element in it
    int y = warp / (TILE_N / WARP_N) * WARP_M + lane / 4 * 4;
    A += (size_t)top * k, B += left, C += (size_t)(top + y) * n + left + x;

    auto bring = [&](int t, int into) {
        #pragma unroll
        for (int i = threadIdx.x, s = 0; s < TILE_M * TILE_K; s += THREADS, i += THREADS) {
            int row = i / 8 % TILE_M, col = i % 8 + i / 8 / TILE_M * 8;  // a warp: 8 columns of 4 rows, 32 banks
            bring_one(a[into][col][row], A[(size_t)row * k + t + col], top + row < m && t + col < k);
        }
        #pragma unroll
        for (int i = threadIdx.x, s = 0; s < TILE_K * TILE_N / 4; s += THREADS, i += THREADS) {
            int row = i / (TILE_N / 4), col = i % (TILE_N / 4) * 4;
            bring_four(b[into][row][col], B[(size_t)(t + row) * n + col], t + row < k && left + col < n);
        }
    };

    float sum[THREAD_M][THREAD_N] = {};
    bring(0, 0);
    for (int t = 0, now = 0; t < k; t += TILE_K, now ^= 1) {
        wait_for_copies();
        __syncthreads();  // tile `now` is complete, and nobody reads the other one any more
        if (t + TILE_K < k) bring(t + TILE_K, now ^ 1);
        #pragma unroll 2  // more steps at once need more registers than a thread has
        for (int e = 0; e < TILE_K; ++e) {
            __align__(16) float down[THREAD_M], right[THREAD_N];
            #pragma unroll
            for (int i = 0; i < THREAD_M; i += 4) four(down[i]) = four(a[now][e][y + GROUP(8, i)]);
            #pragma unroll
            for (int j = 0; j < THREAD_N; j += 4) four(right[j]) = four(b[now][e][x + GROUP(4, j)]);
            #pragma unroll
            for (int i = 0; i < THREAD_M; ++i)
                #pragma unroll
                for (int j = 0; j < THREAD_N; ++j)
                    sum[i][j] += down[i] * right[j];
        }
    }
    #pragma unroll
    for (int i = 0; i < THREAD_M; ++i)
        #pragma unroll
        for (int j = 0; j < THREAD_N; j += 4) {
            int down = GROUP(8, i), right = GROUP(4, j);
            if (top + y + down < m && left + x + right < n)
                four(C[(size_t)down * n + right]) = {sum[i][j], sum[i][j + 1], sum[i][j + 2], sum[i][j + 3]};
        }
}
