"""A right answer: rounds, rounded up, with a guard inside."""

strided_kernel = r"""
extern "C" __global__ void saxpy(float a, const float* x, const float* y, float* z, int n)
{
    const int threads = blockDim.x * gridDim.x;
    const int rounds = (n + threads - 1) / threads;
    int i = threadIdx.x + blockIdx.x * blockDim.x;
    for (int round = 0; round < rounds; ++round, i += threads)
        if (i < n) z[i] = fmaf(a, x[i], y[i]);
}
"""
