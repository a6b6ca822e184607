"""The block that comes last adds the parts: a fence and a ticket tell which it is."""


def total_fault():
    """(kind, line): what is wrong with broken_total."""
    return "race between blocks", 12


total_kernel = r"""
__device__ unsigned tickets = 0;

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
    __shared__ bool last;
    if (t == 0) {
        part[blockIdx.x] = s[0];
        __threadfence();
        last = atomicAdd(&tickets, 1) == gridDim.x - 1;
        __threadfence();
    }
    __syncthreads();
    if (last && t == 0) {
        tickets = 0;
        float sum = 0;
        for (int b = 0; b < gridDim.x; ++b)
            sum += ((volatile float*)part)[b];
        y[0] = sum;
    }
}
"""
