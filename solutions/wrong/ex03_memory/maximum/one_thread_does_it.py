"""One thread does all the work now, and 127 wait for it; keep the tree, and move the barrier."""


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
    if (t == 0) {
        float best = s[0];
        for (int k = 1; k < 128; ++k) best = fmaxf(best, s[k]);
        y[blockIdx.x] = best;
    }
}
"""
