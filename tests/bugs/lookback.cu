// Inclusive prefix sums of n floats in one pass: blocks number themselves by a ticket, and each waits for the sum of
// all before it, which the block with the number below publishes in `sum` and then announces in `flag`.
//   1 missing __threadfence
//   2 missing barrier before reading
//   3 unguarded write
//   4 waiting for its own flag
//   5 full mask in a branch
//   6 barrier after return
#define THREADS 256
#define WARPS (THREADS / 32)

extern "C" __global__
void lookback(const float* x, int n, float* out, float* sum, unsigned* flag, unsigned* ticket)
{
    __shared__ float warps[WARPS], before;
    __shared__ unsigned number;
    int t = threadIdx.x, lane = t % 32, warp = t / 32;
    if (t == 0) number = atomicAdd(ticket, 1);
    __syncthreads();
    int block = number, i = block * THREADS + t;
#if BUG == 6
    if (i >= n) return;
#endif

    float own = i < n ? x[i] : 0;
#if BUG == 5
    if (i < n)
#elif BUG == 6
    unsigned here = __activemask();
#endif
    for (int d = 1; d < 32; d *= 2) {
#if BUG == 6
        float left = __shfl_up_sync(here, own, d);
#else
        float left = __shfl_up_sync(0xffffffff, own, d);  // BUG 5: inactive lane
#endif
        if (lane >= d) own += left;
    }
    if (lane == 31) warps[warp] = own;
    __syncthreads();  // BUG 6: missing threads at a barrier
    for (int other = 0; other < warp; other++) own += warps[other];

    if (t == THREADS - 1) {
        float all = 0;
        if (block > 0) {
#if BUG == 4
            while (atomicAdd(&flag[block], 0) == 0);  // BUG 4: deadlock | time limit
#else
            while (atomicAdd(&flag[block - 1], 0) == 0);
#endif
            __threadfence();
            all = sum[block - 1];  // BUG 1: other
        }
        sum[block] = all + own;  // BUG 1: race between blocks
#if BUG != 1
        __threadfence();
#endif
        atomicExch(&flag[block], 1);
        before = all;  // BUG 2: race
    }
#if BUG != 2
    __syncthreads();  // BUG 6: missing threads at a barrier
#endif
#if BUG == 3
    out[i] = before + own;  // BUG 3: out of bounds
#else
    if (i < n) out[i] = before + own;  // BUG 2: other; BUG 6: then
#endif
}
