"""gridDim.x is the number of blocks; a block has blockDim.x threads."""

first_kernel = r"""
extern "C" __global__ void saxpy(float a, const float* x, const float* y, float* z, int n)
{
    int i = blockIdx.x * gridDim.x + threadIdx.x;
    if (i < n) z[i] = a * x[i] + y[i];
}
"""
