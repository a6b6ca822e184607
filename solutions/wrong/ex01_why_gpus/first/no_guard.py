"""Threads beyond n read and write too; let them go home."""

first_kernel = r"""
extern "C" __global__ void saxpy(float a, const float* x, const float* y, float* z, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    z[i] = a * x[i] + y[i];
}
"""
