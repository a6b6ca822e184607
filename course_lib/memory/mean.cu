// y[i] = the mean of x[i - R] ... x[i + R], with zeros outside of x.
// SHARED 1: a block loads its BLOCK numbers, and R more on each side, once.
// SHARED 0: each thread reads its 2 R + 1 numbers from global memory.
extern "C" __global__ void mean(const float* x, float* y, int n)
{
    __shared__ float s[BLOCK + 2 * R];
    int begin = blockIdx.x * BLOCK - R, i = blockIdx.x * BLOCK + threadIdx.x;
    for (int k = threadIdx.x; k < BLOCK + 2 * R; k += BLOCK)
        s[k] = SHARED && begin + k >= 0 && begin + k < n ? x[begin + k] : 0;
    __syncthreads();
    float sum = 0;
    for (int d = 0; d <= 2 * R; ++d)
        sum += SHARED ? s[threadIdx.x + d] : i - R + d >= 0 && i - R + d < n ? x[i - R + d] : 0;
    if (i < n) y[i] = sum / (2 * R + 1);
}
