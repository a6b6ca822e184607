// 04 thread-tiled in one dimension: C = A B, one thread for a short column of C, THREAD_M elements.
//
//   Architecture: sm_75, any GPU that this compiler knows.
//   What changed since 03: a thread computes THREAD_M elements below each other. It reads one element
//   of b and uses it THREAD_M times from a register: THREAD_M + 1 reads of shared memory for THREAD_M
//   multiply-adds, where 03 needs two for each. Shared memory was what 03 waited for.
//   A block owns TILE_M x TILE_N elements of C; its TILE_M TILE_N / THREAD_M threads stand in one row.
//
// Next rung: a thread computes a small square instead of a column.

#define THREADS (TILE_M * TILE_N / THREAD_M)

extern "C" __global__ void __launch_bounds__(THREADS)
matmul(const float* A, const float* B, float* C, int m, int n, int k)
{
    __shared__ float a[TILE_M][TILE_K], b[TILE_K][TILE_N];
    int top = blockIdx.y * TILE_M, left = blockIdx.x * TILE_N;  // of the block's tile of C
    int x = threadIdx.x % TILE_N, y = threadIdx.x / TILE_N * THREAD_M;  // of the thread's column in it

    A += (size_t)top * k, B += left, C += (size_t)(top + y) * n + left + x;

    float sum[THREAD_M] = {};
    for (int t = 0; t < k; t += TILE_K, A += TILE_K, B += (size_t)TILE_K * n) {
        // All threads together bring both tiles; zeros beyond the edges add nothing to the sums.
        #pragma unroll
        for (int i = threadIdx.x, s = 0; s < TILE_M * TILE_K; s += THREADS, i += THREADS) {
            int row = i / TILE_K, col = i % TILE_K;
            a[row][col] = top + row < m && t + col < k ? A[(size_t)row * k + col] : 0;
        }
        #pragma unroll
        for (int i = threadIdx.x, s = 0; s < TILE_K * TILE_N; s += THREADS, i += THREADS) {
            int row = i / TILE_N, col = i % TILE_N;
            b[row][col] = t + row < k && left + col < n ? B[(size_t)row * n + col] : 0;
        }
        __syncthreads();
        #pragma unroll
        for (int e = 0; e < TILE_K; ++e) {
            float right = b[e][x];
            #pragma unroll
            for (int i = 0; i < THREAD_M; ++i)
                sum[i] += a[y + i][e] * right;
        }
        __syncthreads();
    }
    #pragma unroll
    for (int i = 0; i < THREAD_M; ++i)
        if (top + y + i < m && left + x < n) C[(size_t)i * n] = sum[i];
}
