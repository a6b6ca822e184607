// 07 double-buffered: C = A B, the next tiles on their way while these are multiplied.
//
//   Architecture: sm_80, the first with cp.async.
//   What changed since 06: two pairs of tiles instead of one. cp.async copies from global to shared
//   memory without passing through registers, and the thread goes on meanwhile; it waits for a copy
//   only when it needs the tile. In 06 all threads stood still for one whole trip to global memory
//   per tile; now that trip and the multiplying happen at once, with one barrier a tile, not two.
//   A copy of 4 bytes can turn A on its side on the way; B goes 16 bytes at a time.
//   n is a multiple of 4, as in 06; TILE_K a multiple of 8.
//
// Next rung: the threads of a warp stand closer together.

#define ACROSS_M (TILE_M / THREAD_M)
#define ACROSS_N (TILE_N / THREAD_N)
#define THREADS (ACROSS_M * ACROSS_N)
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
    int x = threadIdx.x % ACROSS_N * 4, y = threadIdx.x / ACROSS_N * 4;  // of the thread's first element in it
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
        #pragma unroll
        for (int e = 0; e < TILE_K; ++e) {
            __align__(16) float down[THREAD_M], right[THREAD_N];
            #pragma unroll
            for (int i = 0; i < THREAD_M; i += 4) four(down[i]) = four(a[now][e][y + GROUP(ACROSS_M, i)]);
            #pragma unroll
            for (int j = 0; j < THREAD_N; j += 4) four(right[j]) = four(b[now][e][x + GROUP(ACROSS_N, j)]);
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
            int down = GROUP(ACROSS_M, i), right = GROUP(ACROSS_N, j);
            if (top + y + down < m && left + x + right < n)
                four(C[(size_t)down * n + right]) = {sum[i][j], sum[i][j + 1], sum[i][j + 2], sum[i][j + 3]};
        }
}
