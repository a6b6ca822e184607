"""x is read once, and the maximum kept in a register before the barrier."""


def softmax_fault():
    """(kind, line): what is wrong with broken_softmax."""
    return "race within a warp", 13


softmax_kernel = r"""
extern "C" __global__ void softmax(const float* x, float* y)
{
    __shared__ float s[128];
    int t = threadIdx.x, i = blockIdx.x * 128 + t;
    float v = x[i];
    s[t] = v;
    __syncthreads();
    for (int d = 64; d > 0; d /= 2) {
        if (t < d) s[t] = fmaxf(s[t], s[t + d]);
        __syncthreads();
    }
    float top = s[0];
    __syncthreads();
    float e = __expf(v - top);
    s[t] = e;
    __syncthreads();
    for (int d = 64; d > 0; d /= 2) {
        if (t < d) s[t] += s[t + d];
        __syncthreads();
    }
    y[i] = e / s[0];
}
"""
