"""One flat array for both tiles, rows padded against bank conflicts, offsets instead of indices."""

tiled_kernel = r"""
extern "C" __global__ void matmul(const float* A, const float* B, float* C, int m, int n, int k)
{
    const int pitch = TILE + 1;
    __shared__ float tiles[2 * TILE * (TILE + 1)];
    float *a = tiles, *b = tiles + TILE * pitch;
    const int x = threadIdx.x, y = threadIdx.y, row = blockIdx.y * blockDim.y + y, col = blockIdx.x * blockDim.x + x;
    float sum = 0.0f;
    for (int start = 0; start < k; start += TILE) {
        a[y * pitch + x] = 0;
        b[y * pitch + x] = 0;
        if (row < m && start + x < k) a[y * pitch + x] = A[(size_t)row * k + start + x];
        if (col < n && start + y < k) b[y * pitch + x] = B[(size_t)(start + y) * n + col];
        __syncthreads();
        if (row < m && col < n)
            for (int e = 0; e < min(TILE, k - start); ++e) sum = fmaf(a[y * pitch + e], b[e * pitch + x], sum);
        __syncthreads();
    }
    if (row < m && col < n) C[(size_t)row * n + col] = sum;
}
"""
