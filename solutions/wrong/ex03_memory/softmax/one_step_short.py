"""The tree of the maximum stops one step too early, so half of the numbers are never looked at."""


def softmax_fault():
    """(kind, line): what is wrong with broken_softmax."""
    return "race", 12


softmax_kernel = r"""
extern "C" __global__ void softmax(const float* x, float* y)
{
    __shared__ float s[128];
    int t = threadIdx.x, i = blockIdx.x * 128 + t;
    s[t] = x[i];
    __syncthreads();
    for (int d = 64; d > 1; d /= 2) {
        if (t < d) s[t] = fmaxf(s[t], s[t + d]);
        __syncthreads();
    }
    float e = expf(x[i] - s[0]);
    __syncthreads();
    s[t] = e;
    __syncthreads();
    for (int d = 64; d > 0; d /= 2) {
        if (t < d) s[t] += s[t + d];
        __syncthreads();
    }
    y[i] = e / s[0];
}
"""
