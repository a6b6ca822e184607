"""Each thread takes one number only; with more numbers than threads it must go on, a whole grid further."""

histogram_kernel = r"""
extern "C" __global__ void histogram(const unsigned char* x, int* bins, int n)
{
    __shared__ int own[64];
    if (threadIdx.x < 64) own[threadIdx.x] = 0;
    __syncthreads();
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n)
        atomicAdd(&own[x[i]], 1);
    __syncthreads();
    if (threadIdx.x < 64) atomicAdd(&bins[threadIdx.x], own[threadIdx.x]);
}
"""
