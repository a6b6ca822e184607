"""Every block does the same numbers: threadIdx.x counts within a block, so add the blocks before it."""

first_kernel = r"""
extern "C" __global__ void saxpy(float a, const float* x, const float* y, float* z, int n)
{
    int i = threadIdx.x;
    if (i < n) z[i] = a * x[i] + y[i];
}
"""
