"""It goes one step too far where TILE divides k, over tiles of zeros: (k + TILE - 1) / TILE steps are enough."""

tiled_kernel = r"""
extern "C" __global__ void matmul(const float* A, const float* B, float* C, int m, int n, int k)
{
    __shared__ float a[TILE][TILE], b[TILE][TILE];
    int row = blockIdx.y * TILE + threadIdx.y, col = blockIdx.x * TILE + threadIdx.x;
    float sum = 0;
    for (int t = 0; t < k / TILE + 1; ++t) {
        int across = t * TILE + threadIdx.x, down = t * TILE + threadIdx.y;
        a[threadIdx.y][threadIdx.x] = row < m && across < k ? A[row * k + across] : 0;
        b[threadIdx.y][threadIdx.x] = down < k && col < n ? B[down * n + col] : 0;
        __syncthreads();
        for (int e = 0; e < TILE; ++e)
            sum += a[threadIdx.y][e] * b[e][threadIdx.x];
        __syncthreads();
    }
    if (row < m && col < n) C[row * n + col] = sum;
}
"""
