"""The guard i < n is gone: the threads behind the end of x read outside of it."""


def total_fault():
    """(kind, line): what is wrong with broken_total."""
    return "race between blocks", 16


total_kernel = r"""
extern "C" __global__ void total(const float* x, float* part, float* y, int n)
{
    __shared__ float s[128];
    int t = threadIdx.x, i = blockIdx.x * 128 + t;
    s[t] = x[i];
    __syncthreads();
    for (int d = 64; d > 0; d /= 2) {
        if (t < d) s[t] += s[t + d];
        __syncthreads();
    }
    if (t == 0) atomicAdd(y, s[0]);
}
"""
