"""One buffer is left, filled after all have read it: no copy travels while numbers are added."""


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
    __shared__ float s[64];
    int j = threadIdx.x;
    float sum = 0;
    x += blockIdx.x * tiles * 64;
    for (int t = 0; t < tiles; ++t) {
        bring(s[j], x[t * 64 + j]);
        wait_for_copies();
        __syncthreads();
        sum += s[63 - j];
        __syncthreads();
    }
    y[blockIdx.x * 64 + j] = sum;
}
"""
