"""Even and odd terms summed apart, and a helper function."""

naive_kernel = r"""
__device__ float term(const float* A, const float* B, int row, int col, int e, int n, int k)
{
    return A[row * k + e] * B[e * n + col];
}

extern "C" __global__ void matmul(const float* A, const float* B, float* C, int m, int n, int k)
{
    int row = blockIdx.y * blockDim.y + threadIdx.y;
    int col = blockIdx.x * blockDim.x + threadIdx.x;
    if (row < m) {
        if (col < n) {
            float even = 0, odd = 0;
            for (int e = 0; e < k; e += 2) even += term(A, B, row, col, e, n, k);
            for (int e = 1; e < k; e += 2) odd += term(A, B, row, col, e, n, k);
            C[row * n + col] = even + odd;
        }
    }
}
"""
