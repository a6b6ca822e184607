// out = softmax of each row of x: a block of 128 threads for a row, whose warps reduce by shuffles.
//   1 full mask in a branch
//   2 missing barrier before overwriting
//   3 missing barrier before reading
//   4 guard off by one
//   5 shared memory not filled
#define THREADS 128
#define WARPS (THREADS / 32)

extern "C" __global__
void softmax(const float* x, float* out, int cols)
{
    __shared__ float warps[32];
    int t = threadIdx.x, lane = t % 32, warp = t / 32;
    x += (size_t)blockIdx.x * cols;
    out += (size_t)blockIdx.x * cols;

    float most = -3.4e38f;
#if BUG == 1
    for (int c = t; c < cols; c += THREADS) {
        most = fmaxf(most, x[c]);
        for (int d = 16; d > 0; d /= 2) most = fmaxf(most, __shfl_xor_sync(0xffffffff, most, d));
        // ^ BUG 1: inactive lane
    }
#else
    for (int c = t; c < cols; c += THREADS) most = fmaxf(most, x[c]);
    for (int d = 16; d > 0; d /= 2) most = fmaxf(most, __shfl_xor_sync(0xffffffff, most, d));
#endif
    if (lane == 0) warps[warp] = most;
    __syncthreads();
    for (int other = 0; other < WARPS; other++) most = fmaxf(most, warps[other]);  // BUG 2: other
#if BUG != 2
    __syncthreads();
#endif

    float sum = 0;
    #pragma unroll 1
    for (int c = t; c < cols; c += THREADS) sum += expf(x[c] - most);
    for (int d = 16; d > 0; d /= 2) sum += __shfl_xor_sync(0xffffffff, sum, d);
    if (lane == 0) warps[warp] = sum;  // BUG 2, 3: race
#if BUG != 3
    __syncthreads();
#endif
    sum = 0;
#if BUG == 5
    for (int other = 0; other < 2 * WARPS; other++) sum += warps[other];  // BUG 5: uninitialised read
#else
    for (int other = 0; other < WARPS; other++) sum += warps[other];  // BUG 3: other
#endif
#if BUG == 4
    for (int c = t; c <= cols; c += THREADS)
#else
    for (int c = t; c < cols; c += THREADS)
#endif
        out[c] = expf(x[c] - most) / sum;  // BUG 4: out of bounds
}
