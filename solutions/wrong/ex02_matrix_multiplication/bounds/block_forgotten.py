"""Every block computes the first elements of C: the block's own position, blockIdx times blockDim, is missing."""

naive_kernel = r"""
extern "C" __global__ void matmul(const float* A, const float* B, float* C, int m, int n, int k)
{
    int row = threadIdx.y;
    int col = threadIdx.x;
    if (row >= m || col >= n) return;
    float sum = 0;
    for (int e = 0; e < k; ++e)
        sum += A[row * k + e] * B[e * n + col];
    C[row * n + col] = sum;
}
"""
