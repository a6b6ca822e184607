"""Loops over the bins, for any number of threads; a copy of the counts for each warp."""

histogram_kernel = r"""
extern "C" __global__ void histogram(const unsigned char* x, int* bins, int n)
{
    __shared__ int own[4][64];
    int t = threadIdx.x;
    for (int v = t; v < 4 * 64; v += blockDim.x) own[v / 64][v % 64] = 0;
    __syncthreads();
    for (int i = blockIdx.x * blockDim.x + t; i < n; i += gridDim.x * blockDim.x)
        atomicAdd(&own[t / 32][x[i]], 1);
    __syncthreads();
    for (int v = t; v < 64; v += blockDim.x) {
        int sum = own[0][v] + own[1][v] + own[2][v] + own[3][v];
        if (sum) atomicAdd(&bins[v], sum);
    }
}
"""
