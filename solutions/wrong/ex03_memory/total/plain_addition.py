"""Every block adds its sum to y[0] with +=, which is read, add and write: blocks overwrite each other's sums. Use
atomicAdd.
"""


def total_fault():
    """(kind, line): what is wrong with broken_total."""
    return "race between blocks", 16


total_kernel = r"""
extern "C" __global__ void total(const float* x, float* part, float* y, int n)
{
    __shared__ float s[128];
    int t = threadIdx.x, i = blockIdx.x * 128 + t;
    s[t] = i < n ? x[i] : 0;
    __syncthreads();
    for (int d = 64; d > 0; d /= 2) {
        if (t < d) s[t] += s[t + d];
        __syncthreads();
    }
    if (t == 0) y[0] += s[0];
}
"""
