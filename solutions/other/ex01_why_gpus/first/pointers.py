"""A right answer: pointers, and a helper."""

first_kernel = r"""
__device__ float times(float a, float b) { return a * b; }

extern "C" __global__ void saxpy(float a, const float* x, const float* y, float* z, int n)
{
    const int i = blockDim.x * blockIdx.x + threadIdx.x;
    if (!(i < n)) return;
    x += i; y += i; z += i;
    *z = times(a, *x) + *y;
}
"""
