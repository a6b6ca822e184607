"""Every number goes to y[0] by an atomic of its own, and the threads no longer work together; add up in shared
memory first.
"""


def total_fault():
    """(kind, line): what is wrong with broken_total."""
    return "race between blocks", 16


total_kernel = r"""
extern "C" __global__ void total(const float* x, float* part, float* y, int n)
{
    int i = blockIdx.x * 128 + threadIdx.x;
    if (i < n) atomicAdd(y, x[i]);
}
"""
