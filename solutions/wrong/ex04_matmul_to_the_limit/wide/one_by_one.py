"""Each thread does its four numbers one after the other: lanes are then four places apart, and the same sectors
move four times.
"""

wide_kernel = r"""
extern "C" __global__ void axpy(float a, const float* x, float* y, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    for (int j = 4 * i; j < 4 * i + 4 && j < n; ++j)
        y[j] += a * x[j];
}
"""
