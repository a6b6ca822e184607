"""Each thread does one number only; the numbers beyond the last thread are never done. Go on in steps of all
threads.
"""

strided_kernel = r"""
extern "C" __global__ void saxpy(float a, const float* x, const float* y, float* z, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) z[i] = a * x[i] + y[i];
}
"""
