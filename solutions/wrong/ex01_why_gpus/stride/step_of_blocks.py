"""The step is the number of blocks, not of threads, so that most numbers are done again and again."""

strided_kernel = r"""
extern "C" __global__ void saxpy(float a, const float* x, const float* y, float* z, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    for (; i < n; i += gridDim.x) z[i] = a * x[i] + y[i];
}
"""
