"""bins is added to with +=, which is read, add and write: blocks overwrite each other's sums. Use atomicAdd."""

histogram_kernel = r"""
extern "C" __global__ void histogram(const unsigned char* x, int* bins, int n)
{
    __shared__ int own[64];
    if (threadIdx.x < 64) own[threadIdx.x] = 0;
    __syncthreads();
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x)
        atomicAdd(&own[x[i]], 1);
    __syncthreads();
    if (threadIdx.x < 64) bins[threadIdx.x] += own[threadIdx.x];
}
"""
