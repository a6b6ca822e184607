"""A right answer: threads to spare return at once."""

first_kernel = r"""
extern "C" __global__ void saxpy(float a, const float* x, const float* y, float* z, int n)
{
    const unsigned t = threadIdx.x + blockDim.x * blockIdx.x;
    if (t >= n) return;
    z[t] = fmaf(a, x[t], y[t]);
}
"""
