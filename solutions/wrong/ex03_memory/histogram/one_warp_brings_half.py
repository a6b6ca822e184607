"""Only 32 of the 64 counts reach bins; a warp has 32 lanes, so it takes two of them."""

histogram_kernel = r"""
extern "C" __global__ void histogram(const unsigned char* x, int* bins, int n)
{
    __shared__ int own[64];
    if (threadIdx.x < 64) own[threadIdx.x] = 0;
    __syncthreads();
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x)
        atomicAdd(&own[x[i]], 1);
    __syncthreads();
    if (threadIdx.x < 32) atomicAdd(&bins[threadIdx.x], own[threadIdx.x]);
}
"""
