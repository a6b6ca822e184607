// How many of n numbers from 0 to 1 fall into each of 64 bins: a histogram for each block, then all are added up.
//   1 non-atomic shared update
//   2 non-atomic global update
//   3 shared memory not filled
//   4 missing barrier before the first update
//   5 missing barrier before reading
//   6 shared array overflow
//   7 plain read beside atomics
#define THREADS 256
#define BINS 64
#define MOST 40

extern "C" __global__
void histogram(const float* x, int n, unsigned* count)
{
    __shared__ unsigned bins[BINS];
    int t = threadIdx.x;
#if BUG != 3
    for (int b = t; b < BINS; b += THREADS) bins[b] = 0;  // BUG 4: race
#endif
#if BUG != 4
    __syncthreads();
#endif

    for (int i = blockIdx.x * THREADS + t; i < n; i += gridDim.x * THREADS) {
#if BUG == 6
        int b = x[i] * BINS;
#else
        int b = min((int)(x[i] * BINS), BINS - 1);  // 1 belongs to the last bin
#endif
#if BUG == 1
        bins[b]++;  // BUG 1: race | race within a warp
#elif BUG == 7
        if (bins[b] < MOST) atomicAdd(&bins[b], 1);  // BUG 7: race | race within a warp
#else
        atomicAdd(&bins[b], 1);  // BUG 3: uninitialised read; BUG 4: other; BUG 5: race; BUG 6: out of bounds
#endif
    }
#if BUG != 5
    __syncthreads();
#endif

    for (int b = t; b < BINS; b += THREADS)
#if BUG == 2
        count[b] += bins[b];  // BUG 2: race between blocks
#else
        atomicAdd(&count[b], bins[b]);  // BUG 3: then; BUG 5: other
#endif
}
