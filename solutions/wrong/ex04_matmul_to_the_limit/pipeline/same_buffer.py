"""The next tile is brought into the buffer that is being read."""


def pipeline_fault():
    """(kind, line): what kernel.check finds in broken_pipeline."""
    return "unfinished copy", 20


pipeline_kernel = r"""
__device__ void bring(float& to, const float& from)
{
    unsigned at = __cvta_generic_to_shared(&to);
    asm volatile("cp.async.ca.shared.global [%0], [%1], 4;" :: "r"(at), "l"(&from) : "memory");
}
__device__ void wait_for_copies() { asm volatile("cp.async.wait_all;" ::: "memory"); }

extern "C" __global__ void turned(const float* x, float* y, int tiles)
{
    __shared__ float s[2][64];
    int j = threadIdx.x, now = 0;
    float sum = 0;
    x += blockIdx.x * tiles * 64;
    bring(s[0][j], x[j]);
    for (int t = 0; t < tiles; ++t, now ^= 1) {
        wait_for_copies();
        __syncthreads();
        if (t + 1 < tiles) bring(s[now][j], x[(t + 1) * 64 + j]);
        sum += s[now][63 - j];
    }
    y[blockIdx.x * 64 + j] = sum;
}
"""
