"""All blocks begin with the same numbers: begin with the thread's number in the grid."""

strided_kernel = r"""
extern "C" __global__ void saxpy(float a, const float* x, const float* y, float* z, int n)
{
    int threads = gridDim.x * blockDim.x;
    for (int i = threadIdx.x; i < n; i += threads) z[i] = a * x[i] + y[i];
}
"""
