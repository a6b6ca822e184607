"""Shuffles in each warp, then one atomic a block."""


def total_fault():
    """(kind, line): what is wrong with broken_total."""
    return "race between blocks", 16


total_kernel = r"""
extern "C" __global__ void total(const float* x, float* part, float* y, int n)
{
    __shared__ float s[4];
    int t = threadIdx.x, i = blockIdx.x * 128 + t;
    float v = i < n ? x[i] : 0;
    for (int d = 16; d > 0; d /= 2)
        v += __shfl_down_sync(0xffffffff, v, d);
    if (t % 32 == 0) s[t / 32] = v;
    __syncthreads();
    if (t == 0) atomicAdd(y, s[0] + s[1] + s[2] + s[3]);
}
"""
