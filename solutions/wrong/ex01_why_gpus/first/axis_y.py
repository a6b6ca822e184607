"""The launch has one dimension, x; in y there is a single block and a single thread, number 0."""

first_kernel = r"""
extern "C" __global__ void saxpy(float a, const float* x, const float* y, float* z, int n)
{
    int i = blockIdx.y * blockDim.y + threadIdx.y;
    if (i < n) z[i] = a * x[i] + y[i];
}
"""
