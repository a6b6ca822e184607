"""Block 0 adds up all of x, one thread after the other; let every block bring the sum of its own numbers."""


def total_fault():
    """(kind, line): what is wrong with broken_total."""
    return "race between blocks", 16


total_kernel = r"""
extern "C" __global__ void total(const float* x, float* part, float* y, int n)
{
    if (blockIdx.x == 0 && threadIdx.x == 0)
        for (int k = 0; k < n; ++k)
            y[0] += x[k];
}
"""
