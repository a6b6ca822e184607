"""The last number has index n - 1, and the loop ends before it."""

strided_kernel = r"""
extern "C" __global__ void saxpy(float a, const float* x, const float* y, float* z, int n)
{
    int threads = gridDim.x * blockDim.x;
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    for (; i < n - 1; i += threads) z[i] = a * x[i] + y[i];
}
"""
