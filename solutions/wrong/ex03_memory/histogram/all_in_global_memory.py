"""Every number goes to bins by an atomic of its own; count in shared memory, and bring the sums of a block to bins
at the end.
"""

histogram_kernel = r"""
extern "C" __global__ void histogram(const unsigned char* x, int* bins, int n)
{
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x)
        atomicAdd(&bins[x[i]], 1);
}
"""
