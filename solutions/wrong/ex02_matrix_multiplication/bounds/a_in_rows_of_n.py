"""A is read as if its rows had n numbers; they have k."""

naive_kernel = r"""
extern "C" __global__ void matmul(const float* A, const float* B, float* C, int m, int n, int k)
{
    int row = blockIdx.y * blockDim.y + threadIdx.y;
    int col = blockIdx.x * blockDim.x + threadIdx.x;
    if (row >= m || col >= n) return;
    float sum = 0;
    for (int e = 0; e < k; ++e)
        sum += A[row * n + e] * B[e * n + col];
    C[row * n + col] = sum;
}
"""
