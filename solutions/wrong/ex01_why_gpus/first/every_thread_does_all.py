"""Every thread goes through all the numbers. A thread does one; the grid is the loop."""

first_kernel = r"""
extern "C" __global__ void saxpy(float a, const float* x, const float* y, float* z, int n)
{
    for (int i = 0; i < n; ++i) z[i] = a * x[i] + y[i];
}
"""
