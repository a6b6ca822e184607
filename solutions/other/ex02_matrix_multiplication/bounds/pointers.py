"""Pointers that walk along the row and down the column."""

naive_kernel = r"""
extern "C" __global__ void matmul(const float* A, const float* B, float* C, int m, int n, int k)
{
    const unsigned int col = threadIdx.x + blockDim.x * blockIdx.x, row = threadIdx.y + blockDim.y * blockIdx.y;
    if (row < m && col < n) {
        const float *a = A + (size_t)row * k, *b = B + col, *end = a + k;
        float c = 0.f;
        while (a != end) {
            c = fmaf(*a++, *b, c);
            b += n;
        }
        C[(size_t)row * n + col] = c;
    }
}
"""
