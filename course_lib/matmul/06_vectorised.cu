// 06 vectorised: C = A B, one thread for THREAD_M x THREAD_N elements of C, moved four at a time.
//
//   Architecture: sm_75, any GPU that this compiler knows.
//   What changed since 05: every access to memory is a float4, one instruction for 16 bytes. For
//   that, a lies in shared memory turned on its side, so that the rows of a thread are neighbours
//   there, and a thread owns groups of four rows and four columns. The four words between the rows
//   of a (PAD) put the eight columns that a warp writes at once into different banks.
//   n and k are multiples of 4: a row that began elsewhere could not be read by float4.
//
// Next rung: the next tile is on its way while this one is multiplied.

#define ACROSS_M (TILE_M / THREAD_M)
#define ACROSS_N (TILE_N / THREAD_N)
#define THREADS (ACROSS_M * ACROSS_N)
#define PAD 4

// How far element i of a thread is from its first: four are neighbours, then the other threads' fours come first.
#define GROUP(across, i) ((i) % 4 + (i) / 4 * 4 * (across))

__device__ float4& four(float& first) { return *reinterpret_cast<float4*>(&first); }
__device__ float4 four(const float& first) { return *reinterpret_cast<const float4*>(&first); }

extern "C" __global__ void __launch_bounds__(THREADS)
matmul(const float* A, const float* B, float* C, int m, int n, int k)
{
    __shared__ __align__(16) float a[TILE_K][TILE_M + PAD], b[TILE_K][TILE_N];
    int top = blockIdx.y * TILE_M, left = blockIdx.x * TILE_N;  // of the block's tile of C
    int x = threadIdx.x % ACROSS_N * 4, y = threadIdx.x / ACROSS_N * 4;  // of the thread's first element in it
    const float4 zero = {};
    A += (size_t)top * k, B += left, C += (size_t)(top + y) * n + left + x;

    float sum[THREAD_M][THREAD_N] = {};
    for (int t = 0; t < k; t += TILE_K, A += TILE_K, B += (size_t)TILE_K * n) {
        #pragma unroll
        for (int i = threadIdx.x, s = 0; s < TILE_M * TILE_K / 4; s += THREADS, i += THREADS) {
            int row = i / (TILE_K / 4), col = i % (TILE_K / 4) * 4;
            float4 v = top + row < m && t + col < k ? four(A[(size_t)row * k + col]) : zero;
            a[col][row] = v.x, a[col + 1][row] = v.y, a[col + 2][row] = v.z, a[col + 3][row] = v.w;
        }
        #pragma unroll
        for (int i = threadIdx.x, s = 0; s < TILE_K * TILE_N / 4; s += THREADS, i += THREADS) {
            int row = i / (TILE_N / 4), col = i % (TILE_N / 4) * 4;
            four(b[row][col]) = t + row < k && left + col < n ? four(B[(size_t)row * n + col]) : zero;
        }
        __syncthreads();
        #pragma unroll
        for (int e = 0; e < TILE_K; ++e) {
            __align__(16) float down[THREAD_M], right[THREAD_N];
            #pragma unroll
            for (int i = 0; i < THREAD_M; i += 4) four(down[i]) = four(a[e][y + GROUP(ACROSS_M, i)]);
            #pragma unroll
            for (int j = 0; j < THREAD_N; j += 4) four(right[j]) = four(b[e][x + GROUP(ACROSS_N, j)]);
            #pragma unroll
            for (int i = 0; i < THREAD_M; ++i)
                #pragma unroll
                for (int j = 0; j < THREAD_N; ++j)
                    sum[i][j] += down[i] * right[j];
        }
        __syncthreads();
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
