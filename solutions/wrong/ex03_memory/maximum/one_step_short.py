"""The tree stops one step too early: with d = 1 the last two numbers of the block still have to meet."""


def maximum_fault():
    """(kind, line): what is wrong with broken_maximum."""
    return "missing threads at a barrier", 11


maximum_kernel = r"""
extern "C" __global__ void maximum(const float* x, float* y)
{
    __shared__ float s[128];
    int t = threadIdx.x;
    s[t] = x[blockIdx.x * 128 + t];
    __syncthreads();
    for (int d = 64; d > 1; d /= 2) {
        if (t < d)
            s[t] = fmaxf(s[t], s[t + d]);
        __syncthreads();
    }
    if (t == 0)
        y[blockIdx.x] = s[0];
}
"""
