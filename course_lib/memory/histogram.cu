// bins[v] += how often v occurs among the n values of x, for 0 <= v < 64.
// PRIVATE 1: a block counts in shared memory, and adds its counts at the end.
// PRIVATE 0: each value is an atomic in global memory.
extern "C" __global__ void histogram(const unsigned char* x, int* bins, int n)
{
    __shared__ int own[64];
    for (int v = threadIdx.x; v < 64; v += blockDim.x)
        own[v] = 0;
    __syncthreads();
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n)
        atomicAdd(PRIVATE ? &own[x[i]] : &bins[x[i]], 1);
    __syncthreads();
    for (int v = threadIdx.x; PRIVATE && v < 64; v += blockDim.x)
        atomicAdd(&bins[v], own[v]);
}
