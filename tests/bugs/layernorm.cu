// Each row of x less its mean, divided by its standard deviation, times gamma plus beta. A block for a row; its threads
// need not fill their last warp. The dynamic shared memory holds the row and then a sum for each warp.
//   1 full mask in a partial warp
//   2 missing barrier before overwriting
//   3 missing barrier before reading
//   4 dynamic shared overflow
//   5 barrier in a ragged loop
//   6 guard off by one
extern "C" __global__
void layernorm(const float* x, const float* gamma, const float* beta, float* out, int cols)
{
    extern __shared__ float row[];
#if BUG == 4
    float* sums = row + cols * sizeof(float);
#else
    float* sums = row + cols;
#endif
    int t = threadIdx.x, lane = t % 32, warp = t / 32, warps = (blockDim.x + 31) / 32;
    int lanes = min(32, (int)blockDim.x - warp * 32);
#if BUG == 1
    unsigned there = 0xffffffff;
#else
    unsigned there = 0xffffffff >> (32 - lanes);
#endif
    x += (size_t)blockIdx.x * cols;
    out += (size_t)blockIdx.x * cols;
    for (int c = t; c < cols; c += blockDim.x) {
        row[c] = x[c];
#if BUG == 5
        __syncthreads();  // BUG 5: divergent barrier | missing threads at a barrier
#endif
    }

    float mean = 0, variance = 0;
    for (int pass = 0; pass < 2; pass++) {
        float sum = 0;
        for (int c = t; c < cols; c += blockDim.x) sum += pass ? (row[c] - mean) * (row[c] - mean) : row[c];
        for (int d = 16; d > 0; d /= 2) {
            float other = __shfl_down_sync(there, sum, d);  // BUG 1: inactive lane
            if (lane + d < lanes) sum += other;
        }
        if (lane == 0) sums[warp] = sum;  // BUG 2, 3: race; BUG 4: out of bounds; BUG 5: then
#if BUG != 3
        __syncthreads();  // BUG 5: other
#endif
        sum = 0;
        for (int other = 0; other < warps; other++) sum += sums[other];  // BUG 2, 3: other; BUG 4, 5: then
#if BUG != 2
        __syncthreads();  // BUG 5: other
#endif
        if (pass) variance = sum / cols; else mean = sum / cols;
    }

#if BUG == 6
    for (int c = t; c <= cols; c += blockDim.x)
#else
    for (int c = t; c < cols; c += blockDim.x)
#endif
        out[c] = (row[c] - mean) * rsqrtf(variance + 1e-5f) * gamma[c] + beta[c];  // BUG 6: out of bounds
}
