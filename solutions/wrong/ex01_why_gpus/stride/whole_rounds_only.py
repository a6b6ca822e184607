"""Rounds are rounded down, so the numbers that fill no whole round are never done."""

strided_kernel = r"""
extern "C" __global__ void saxpy(float a, const float* x, const float* y, float* z, int n)
{
    int threads = gridDim.x * blockDim.x;
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    for (int round = 0; round < n / threads; ++round, i += threads) z[i] = a * x[i] + y[i];
}
"""
