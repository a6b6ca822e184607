"""Only the tile of A is shared; the numbers of B are still loaded from global memory by every thread."""

tiled_kernel = r"""
extern "C" __global__ void matmul(const float* A, const float* B, float* C, int m, int n, int k)
{
    __shared__ float a[TILE][TILE];
    int row = blockIdx.y * TILE + threadIdx.y, col = blockIdx.x * TILE + threadIdx.x;
    float sum = 0;
    for (int t = 0; t < (k + TILE - 1) / TILE; ++t) {
        int across = t * TILE + threadIdx.x;
        a[threadIdx.y][threadIdx.x] = row < m && across < k ? A[row * k + across] : 0;
        __syncthreads();
        for (int e = 0; e < TILE && t * TILE + e < k; ++e)
            if (col < n) sum += a[threadIdx.y][e] * B[(t * TILE + e) * n + col];
        __syncthreads();
    }
    if (row < m && col < n) C[row * n + col] = sum;
}
"""
