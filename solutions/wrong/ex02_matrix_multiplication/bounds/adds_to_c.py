"""The sum is added to what C held before. C comes with any content: sum in a variable of your own, then store it."""

naive_kernel = r"""
extern "C" __global__ void matmul(const float* A, const float* B, float* C, int m, int n, int k)
{
    int row = blockIdx.y * blockDim.y + threadIdx.y;
    int col = blockIdx.x * blockDim.x + threadIdx.x;
    if (row >= m || col >= n) return;
    for (int e = 0; e < k; ++e)
        C[row * n + col] += A[row * k + e] * B[e * n + col];
}
"""
