"""Tiles that stick out of A or B are loaded without looking. Store 0 where there is no number to load."""

tiled_kernel = r"""
extern "C" __global__ void matmul(const float* A, const float* B, float* C, int m, int n, int k)
{
    __shared__ float a[TILE][TILE], b[TILE][TILE];
    int row = blockIdx.y * TILE + threadIdx.y, col = blockIdx.x * TILE + threadIdx.x;
    float sum = 0;
    for (int t = 0; t < (k + TILE - 1) / TILE; ++t) {
        int across = t * TILE + threadIdx.x, down = t * TILE + threadIdx.y;
        a[threadIdx.y][threadIdx.x] = A[row * k + across];
        b[threadIdx.y][threadIdx.x] = B[down * n + col];
        __syncthreads();
        for (int e = 0; e < TILE; ++e)
            sum += a[threadIdx.y][e] * b[e][threadIdx.x];
        __syncthreads();
    }
    if (row < m && col < n) C[row * n + col] = sum;
}
"""
