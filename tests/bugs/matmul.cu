// C = A B in tiles: A is m x k, B is k x n, one thread for each element of C. The block is TILE x TILE.
//   1 missing barrier before reading
//   2 missing barrier before overwriting
//   3 missing guard
//   4 shared memory not filled
//   5 barrier after return
//   6 accumulator not zeroed
//   7 barrier in a ragged loop
//   8 unguarded write
#define TILE 16

extern "C" __global__
void matmul(const float* A, const float* B, float* C, int m, int n, int k)
{
    __shared__ float a[TILE][TILE], b[TILE][TILE];
    int x = threadIdx.x, y = threadIdx.y;
    int row = blockIdx.y * TILE + y, col = blockIdx.x * TILE + x;
#if BUG == 5
    if (row >= m || col >= n) return;
#endif

    float sum = 0;
#if BUG == 7
    for (int e = x; e < k; e += TILE) {
        int first = e - x;
#else
    for (int first = 0; first < k; first += TILE) {
#endif
#if BUG == 3
        a[y][x] = A[row * k + first + x];  // BUG 3: out of bounds
        b[y][x] = B[(first + y) * n + col];  // BUG 3: out of bounds
#elif BUG == 4
        if (row < m && first + x < k) a[y][x] = A[row * k + first + x];
        if (first + y < k && col < n) b[y][x] = B[(first + y) * n + col];
#else
        a[y][x] = row < m && first + x < k ? A[row * k + first + x] : 0;  // BUG 1, 2: race; BUG 7: then
        b[y][x] = first + y < k && col < n ? B[(first + y) * n + col] : 0;  // BUG 1, 2: race; BUG 7: then
#endif
#if BUG != 1
        __syncthreads();
        // ^ BUG 5, 7: missing threads at a barrier
#endif
        for (int j = 0; j < TILE; j++)
            sum += a[y][j] * b[j][x];  // BUG 1, 2: other; BUG 4: uninitialised read; BUG 5, 7: then
#if BUG != 2
        __syncthreads();
        // ^ BUG 5, 7: missing threads at a barrier
#endif
    }
#if BUG == 6
    if (row < m && col < n) C[row * n + col] += sum;  // BUG 6: uninitialised read
#elif BUG == 8
    C[row * n + col] = sum;  // BUG 8: out of bounds
#else
    if (row < m && col < n) C[row * n + col] = sum;
#endif
}
