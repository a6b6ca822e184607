"""A tree of shuffles in each warp, and four numbers in shared memory."""


def maximum_fault():
    """(kind, line): what is wrong with broken_maximum."""
    return "missing threads at a barrier", 11


maximum_kernel = r"""
extern "C" __global__ void maximum(const float* x, float* y)
{
    __shared__ float s[4];
    int t = threadIdx.x;
    float v = x[blockIdx.x * 128 + t];
    for (int d = 16; d > 0; d /= 2)
        v = fmaxf(v, __shfl_xor_sync(0xffffffff, v, d));
    if (t % 32 == 0) s[t / 32] = v;
    __syncthreads();
    if (t == 0)
        y[blockIdx.x] = fmaxf(fmaxf(s[0], s[1]), fmaxf(s[2], s[3]));
}
"""
