"""A right answer: each block has a stretch of its own, in steps of a block."""

strided_kernel = r"""
extern "C" __global__ void saxpy(float a, const float* x, const float* y, float* z, int n)
{
    int stretch = (n + gridDim.x - 1) / gridDim.x;
    int end = min(n, (int)(blockIdx.x + 1) * stretch);
    for (int i = blockIdx.x * stretch + threadIdx.x; i < end; i += blockDim.x)
        z[i] = a * x[i] + y[i];
}
"""
