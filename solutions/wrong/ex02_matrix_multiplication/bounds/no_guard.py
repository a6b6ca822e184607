"""Threads that lie outside C work too. A thread whose row or whose column is outside must do nothing: compare row
with m and col with n.
"""

naive_kernel = r"""
extern "C" __global__ void matmul(const float* A, const float* B, float* C, int m, int n, int k)
{
    int row = blockIdx.y * blockDim.y + threadIdx.y;
    int col = blockIdx.x * blockDim.x + threadIdx.x;
    float sum = 0;
    for (int e = 0; e < k; ++e)
        sum += A[row * k + e] * B[e * n + col];
    C[row * n + col] = sum;
}
"""
