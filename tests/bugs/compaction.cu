// The positive ones of n floats, in order, without gaps; offset[b] is where block b's begin. counter[0] counts them.
//   1 vote in a branch
//   2 missing barrier before reading
//   3 order of arrival
//   4 barrier after return
//   5 shared memory not filled
//   6 index off by one
//   7 non-atomic global update
#define THREADS 256
#define WARPS (THREADS / 32)

extern "C" __global__
void compaction(const float* x, int n, const int* offset, float* out, int* counter)
{
    __shared__ int found[WARPS];
    int t = threadIdx.x, lane = t % 32, warp = t / 32, i = blockIdx.x * THREADS + t;
#if BUG == 4
    if (i >= n) return;
    unsigned kept = __ballot_sync(__activemask(), x[i] > 0);
#elif BUG == 1
    unsigned kept = 0;
    if (i < n) kept = __ballot_sync(0xffffffff, x[i] > 0);  // BUG 1: inactive lane
#else
    unsigned kept = __ballot_sync(0xffffffff, i < n && x[i] > 0);
#endif
#if BUG == 5
    if (lane == 0 && kept) found[warp] = __popc(kept);
#else
    if (lane == 0) found[warp] = __popc(kept);  // BUG 2: race
#endif
#if BUG != 2
    __syncthreads();  // BUG 4: missing threads at a barrier
#endif

    int before = 0;
    for (int other = 0; other < warp; other++) before += found[other];  // BUG 2: other; BUG 5: uninitialised read
#if BUG == 6
    before += __popc(kept & (0xffffffff >> (31 - lane)));
#else
    before += __popc(kept & ((1u << lane) - 1));
#endif
    bool mine = kept >> lane & 1;
#if BUG == 3
    if (mine) out[atomicAdd(&counter[1], 1)] = x[i];  // BUG 3: order dependence
#else
    if (mine) out[offset[blockIdx.x] + before] = x[i];  // BUG 2, 5: then; BUG 6: out of bounds
#endif
#if BUG == 7
    if (t == THREADS - 1) counter[0] += before + mine;  // BUG 7: race between blocks
#else
    if (t == THREADS - 1) atomicAdd(&counter[0], before + mine);
#endif
}
