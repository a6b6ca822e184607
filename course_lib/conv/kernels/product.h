// C = A B for matrices that need not be there: functions say where an element comes from or goes to.
//
//   Rung 05 of the ladder of matrix products: a block has TILE_M x TILE_N of C, a thread THREAD_M x THREAD_N of these,
//   rows and columns apart. left(row, e), right(e, col) and store(row, col, sum) are asked only for what lies inside,
//   row < m, e < k, col < n. The grid has a block in x for every TILE_N columns, in y for every TILE_M rows.
//   Neighbouring threads ask for neighbours along a row; of a turned matrix, which lies in memory column by column, for
//   neighbours down a column. A turned tile is written down its columns too, so its rows are longer by what keeps
//   neighbours in different banks.

#define ACROSS_M (TILE_M / THREAD_M)
#define ACROSS_N (TILE_N / THREAD_N)
#define THREADS (ACROSS_M * ACROSS_N)

// Of the k terms of each sum, those from `first` to `last`, a multiple of TILE_K apart.
template <bool TURNED_LEFT = false, bool TURNED_RIGHT = false, class Left, class Right, class Store>
__device__ inline void product(int m, int n, int k, int first, int last, Left left, Right right, Store store)
{
    __shared__ float a[TILE_M][TILE_K + TURNED_LEFT], b[TILE_K][TILE_N + 4 * TURNED_RIGHT];
    int first_row = blockIdx.y * TILE_M, first_col = blockIdx.x * TILE_N;
    int x = threadIdx.x % ACROSS_N, y = threadIdx.x / ACROSS_N;  // of the thread's first element in the tile

    float sum[THREAD_M][THREAD_N] = {};
    for (int t = first; t < last; t += TILE_K) {
        #pragma unroll
        for (int i = threadIdx.x, s = 0; s < TILE_M * TILE_K; s += THREADS, i += THREADS) {
            int row = TURNED_LEFT ? i % TILE_M : i / TILE_K, e = TURNED_LEFT ? i / TILE_M : i % TILE_K;
            a[row][e] = first_row + row < m && t + e < k ? left(first_row + row, t + e) : 0;
        }
        #pragma unroll
        for (int i = threadIdx.x, s = 0; s < TILE_K * TILE_N; s += THREADS, i += THREADS) {
            int e = TURNED_RIGHT ? i % TILE_K : i / TILE_N, col = TURNED_RIGHT ? i / TILE_K : i % TILE_N;
            b[e][col] = t + e < k && first_col + col < n ? right(t + e, first_col + col) : 0;
        }
        __syncthreads();
        #pragma unroll 4
        for (int e = 0; e < TILE_K; ++e) {
            float down[THREAD_M], across[THREAD_N];
            #pragma unroll
            for (int i = 0; i < THREAD_M; ++i) down[i] = a[y + i * ACROSS_M][e];
            #pragma unroll
            for (int j = 0; j < THREAD_N; ++j) across[j] = b[e][x + j * ACROSS_N];
            #pragma unroll
            for (int i = 0; i < THREAD_M; ++i)
                #pragma unroll
                for (int j = 0; j < THREAD_N; ++j)
                    sum[i][j] += down[i] * across[j];
        }
        __syncthreads();
    }
    #pragma unroll
    for (int i = 0; i < THREAD_M; ++i)
        #pragma unroll
        for (int j = 0; j < THREAD_N; ++j) {
            int row = first_row + y + i * ACROSS_M, col = first_col + x + j * ACROSS_N;
            if (row < m && col < n) store(row, col, sum[i][j]);
        }
}

// All of them.
template <bool TURNED_LEFT = false, bool TURNED_RIGHT = false, class Left, class Right, class Store>
__device__ inline void product(int m, int n, int k, Left left, Right right, Store store)
{
    product<TURNED_LEFT, TURNED_RIGHT>(m, n, k, 0, k, left, right, store);
}
