"""No shared memory is used: this is the plain kernel, which loads every number again for every element."""

tiled_kernel = r"""
extern "C" __global__ void matmul(const float* A, const float* B, float* C, int m, int n, int k)
{
    int row = blockIdx.y * TILE + threadIdx.y, col = blockIdx.x * TILE + threadIdx.x;
    float sum = 0;
    if (row >= m || col >= n) return;
    for (int e = 0; e < k; ++e)
        sum += A[row * k + e] * B[e * n + col];
    C[row * n + col] = sum;
}
"""
