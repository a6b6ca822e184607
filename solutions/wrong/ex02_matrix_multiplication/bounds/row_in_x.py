"""The row comes from x and the column from y: x runs along a row, so that neighbouring threads take neighbouring
columns.
"""

naive_kernel = r"""
extern "C" __global__ void matmul(const float* A, const float* B, float* C, int m, int n, int k)
{
    int col = blockIdx.y * blockDim.y + threadIdx.y;
    int row = blockIdx.x * blockDim.x + threadIdx.x;
    if (row >= m || col >= n) return;
    float sum = 0;
    for (int e = 0; e < k; ++e)
        sum += A[row * k + e] * B[e * n + col];
    C[row * n + col] = sum;
}
"""
