// 05 thread-tiled in two dimensions: C = A B, one thread for THREAD_M x THREAD_N elements of C.
//
//   Architecture: sm_75, any GPU that this compiler knows.
//   What changed since 04: a thread computes a square of C instead of a column. For each e it reads
//   THREAD_M elements of a and THREAD_N of b, and multiplies every one by every other in registers:
//   16 reads for 64 multiply-adds at 8 x 8, where 04 needs 72.
//   The rows and columns of a thread lie ACROSS_M and ACROSS_N apart, so that neighbouring threads
//   read neighbouring elements of b: no two of a warp want different rows of one bank.
//
// Next rung: the same elements move four at a time.

#define ACROSS_M (TILE_M / THREAD_M)
#define ACROSS_N (TILE_N / THREAD_N)
#define THREADS (ACROSS_M * ACROSS_N)

extern "C" __global__ void __launch_bounds__(THREADS, 2)
matmul(const float* A, const float* B, float* C, int m, int n, int k)
{
    __shared__ float a[TILE_M][TILE_K], b[TILE_K][TILE_N];
    int top = blockIdx.y * TILE_M, left = blockIdx.x * TILE_N;  // of the block's tile of C
    int x = threadIdx.x % ACROSS_N, y = threadIdx.x / ACROSS_N;  // of the thread's first element in it
    A += (size_t)top * k, B += left, C += (size_t)(top + y) * n + left + x;

    float sum[THREAD_M][THREAD_N] = {};
    for (int t = 0; t < k; t += TILE_K) {
        #pragma unroll
        for (int i = threadIdx.x, s = 0; s < TILE_M * TILE_K; s += THREADS, i += THREADS) {
            int row = i / TILE_K, col = i % TILE_K;
            a[row][col] = top + row < m && t + col < k ? A[(size_t)row * k + t + col] : 0;
        }
        #pragma unroll
        for (int i = threadIdx.x, s = 0; s < TILE_K * TILE_N; s += THREADS, i += THREADS) {
            int row = i / TILE_N, col = i % TILE_N;
            b[row][col] = t + row < k && left + col < n ? B[(size_t)(t + row) * n + col] : 0;
        }
        __syncthreads();
        #pragma unroll 4  // of a row of a, four neighbours come in one load
        for (int e = 0; e < TILE_K; ++e) {
            float down[THREAD_M], right[THREAD_N];
            #pragma unroll
            for (int i = 0; i < THREAD_M; ++i) down[i] = a[y + i * ACROSS_M][e];
            #pragma unroll
            for (int j = 0; j < THREAD_N; ++j) right[j] = b[e][x + j * ACROSS_N];
            #pragma unroll
            for (int i = 0; i < THREAD_M; ++i)
                #pragma unroll
                for (int j = 0; j < THREAD_N; ++j)
                    sum[i][j] += down[i] * right[j];
        }
        __syncthreads();
    }
    #pragma unroll
    for (int i = 0; i < TILE_M; i += ACROSS_M)
        #pragma unroll
        for (int j = 0; j < TILE_N; j += ACROSS_N)
            if (top + y + i < m && left + x + j < n) C[(size_t)i * n + j] = sum[i / ACROSS_M][j / ACROSS_N];
}
