// 03 tiled: C = A B, one thread for each element of C, one block for each tile of C.
//
//   What changed since 02: for each pair of tiles along k, every thread brings one element
//   of A and one of B into shared memory, and all threads of the block read them there,
//   each element TILE times. Global memory is read TILE times less: TILE / 4 operations a
//   byte. TILE comes from launch.py; the block is TILE x TILE. Architecture: sm_75.
//
// Next rung: one thread computes several elements of C.

extern "C" __global__
void matmul(const float* A, const float* B, float* C, int m, int n, int k)
{
    __shared__ float a[TILE][TILE], b[TILE][TILE];
    int x = threadIdx.x, y = threadIdx.y;
    int row = blockIdx.y * TILE + y;
    int col = blockIdx.x * TILE + x;

    float sum = 0;
    for (int t = 0; t < k; t += TILE) {
        // Thread (x, y) brings element (y, x) of both tiles; zeros beyond the edges add
        // nothing to the sum.
        a[y][x] = row < m && t + x < k ? A[(size_t)row * k + t + x] : 0;
        b[y][x] = t + y < k && col < n ? B[(size_t)(t + y) * n + col] : 0;
        __syncthreads();  // both tiles are complete before anyone reads them
        for (int e = 0; e < TILE; ++e)
            sum += a[y][e] * b[e][x];
        __syncthreads();  // everyone has read them before the next ones overwrite them
    }
    if (row < m && col < n)  // only now: every thread was needed at the barriers
        C[(size_t)row * n + col] = sum;
}
