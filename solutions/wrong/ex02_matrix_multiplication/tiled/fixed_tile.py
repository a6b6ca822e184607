"""The tiles have a fixed size here; TILE is given by the launcher, and the block has TILE x TILE threads."""

tiled_kernel = r"""
extern "C" __global__ void matmul(const float* A, const float* B, float* C, int m, int n, int k)
{
    __shared__ float a[8][8], b[8][8];
    int row = blockIdx.y * 8 + threadIdx.y, col = blockIdx.x * 8 + threadIdx.x;
    float sum = 0;
    for (int t = 0; t < (k + 8 - 1) / 8; ++t) {
        int across = t * 8 + threadIdx.x, down = t * 8 + threadIdx.y;
        a[threadIdx.y][threadIdx.x] = row < m && across < k ? A[row * k + across] : 0;
        b[threadIdx.y][threadIdx.x] = down < k && col < n ? B[down * n + col] : 0;
        __syncthreads();
        for (int e = 0; e < 8; ++e)
            sum += a[threadIdx.y][e] * b[e][threadIdx.x];
        __syncthreads();
    }
    if (row < m && col < n) C[row * n + col] = sum;
}
"""
