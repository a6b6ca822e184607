// The sum of n floats in one launch: a tree in each block, and the block that comes last adds the blocks' sums.
//   1 guard off by one
//   2 missing barrier before reading
//   3 barrier in a branch
//   4 missing __syncwarp
//   5 missing __threadfence
//   6 missing barrier before the ticket is read
//   7 accumulator not zeroed
//   8 non-atomic global update
#define THREADS 256

extern "C" __global__
void reduction(const float* x, int n, float* partial, unsigned* ticket, float* total)
{
    __shared__ float s[THREADS];
    __shared__ bool last;
    int t = threadIdx.x;

    float sum = 0;
#if BUG == 1
    for (int i = blockIdx.x * THREADS + t; i <= n; i += gridDim.x * THREADS)
#else
    for (int i = blockIdx.x * THREADS + t; i < n; i += gridDim.x * THREADS)
#endif
        sum += x[i];  // BUG 1: out of bounds
    s[t] = sum;  // BUG 2: race
#if BUG != 2
    __syncthreads();
#endif

    for (int half = THREADS / 2; half >= 32; half /= 2) {
#if BUG == 3
        if (t < half) {
            s[t] += s[t + half];  // BUG 3: then
            __syncthreads();  // BUG 3: divergent barrier | missing threads at a barrier
        }
#else
        if (t < half) s[t] += s[t + half];  // BUG 2: other
        __syncthreads();
#endif
    }
    if (t < 32) {  // one warp is left
        for (int half = 16; half > 0; half /= 2) {
            if (t < half) s[t] += s[t + half];  // BUG 4: race within a warp
#if BUG != 4
            __syncwarp();
#endif
        }
    }

    if (t == 0) {
        partial[blockIdx.x] = s[0];  // BUG 5: race between blocks; BUG 8: then
#if BUG != 5
        __threadfence();
#endif
#if BUG == 8
        unsigned arrived = ticket[0]++;  // BUG 8: race between blocks
#else
        unsigned arrived = atomicAdd(ticket, 1);
#endif
        last = arrived == gridDim.x - 1;  // BUG 6: race
    }
#if BUG != 6
    __syncthreads();  // BUG 3: other
#endif
    if (!last) return;  // BUG 3: then; BUG 6: other

    if (t < 32) {
        sum = 0;
        for (int block = t; block < gridDim.x; block += 32)
            sum += partial[block];  // BUG 5: other; BUG 6, 8: then
        for (int half = 16; half > 0; half /= 2) sum += __shfl_down_sync(0xffffffff, sum, half);  // BUG 6: then
#if BUG == 7
        if (t == 0) total[0] += sum;  // BUG 7: uninitialised read
#else
        if (t == 0) total[0] = sum;  // BUG 6: then
#endif
    }
}
