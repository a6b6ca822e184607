"""Counting with ++ is read, add and write; threads that hit the same bin overwrite each other's counts. Use
atomicAdd.
"""

histogram_kernel = r"""
extern "C" __global__ void histogram(const unsigned char* x, int* bins, int n)
{
    __shared__ int own[64];
    if (threadIdx.x < 64) own[threadIdx.x] = 0;
    __syncthreads();
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x)
        own[x[i]]++;
    __syncthreads();
    if (threadIdx.x < 64) atomicAdd(&bins[threadIdx.x], own[threadIdx.x]);
}
"""
