// Should be: bins[v] += how often v occurs in x, for 0 <= v < 64.
extern "C" __global__ void histogram(const unsigned char* x, int* bins, int n)
{
    __shared__ int own[64];
    int t = threadIdx.x, i = blockIdx.x * blockDim.x + t;
    if (t < 64) {
        own[t] = 0;
        __syncthreads();
    }
    if (i < n)
        atomicAdd(&own[x[i]], 1);
    __syncthreads();
    if (t < 64)
        atomicAdd(&bins[t], own[t]);
}
