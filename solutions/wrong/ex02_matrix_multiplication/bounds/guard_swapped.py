"""The guard compares the row with n and the column with m; rows go up to m, columns up to n."""

naive_kernel = r"""
extern "C" __global__ void matmul(const float* A, const float* B, float* C, int m, int n, int k)
{
    int row = blockIdx.y * blockDim.y + threadIdx.y;
    int col = blockIdx.x * blockDim.x + threadIdx.x;
    if (row >= n || col >= m) return;
    float sum = 0;
    for (int e = 0; e < k; ++e)
        sum += A[row * k + e] * B[e * n + col];
    C[row * n + col] = sum;
}
"""
