// Inclusive prefix sums of each block's 256 floats (Hillis and Steele), in two buffers that take turns, and its total.
//   1 missing barrier before reading
//   2 wrong buffer
//   3 missing left guard
//   4 shared memory not filled
//   5 unguarded write
//   6 barrier after return
#define THREADS 256

extern "C" __global__
void scan(const float* x, int n, float* out, float* total)
{
    __shared__ float s[2][THREADS];
    int t = threadIdx.x, i = blockIdx.x * THREADS + t, from = 0;
#if BUG == 6
    if (i >= n) return;
#endif
#if BUG == 4
    if (i < n) s[0][t] = x[i];
#else
    s[0][t] = i < n ? x[i] : 0;  // BUG 1: race
#endif
#if BUG != 1
    __syncthreads();  // BUG 6: missing threads at a barrier
#endif

    for (int step = 1; step < THREADS; step *= 2) {
#if BUG == 2
        s[from][t] += t < step ? 0 : s[from][t - step];  // BUG 2: race | race within a warp
#elif BUG == 3
        s[1 - from][t] = s[from][t] + s[from][t - step];  // BUG 3: out of bounds
#else
        s[1 - from][t] = s[from][t] + (t < step ? 0 : s[from][t - step]);  // BUG 1: other; BUG 4: uninitialised read
#endif
#if BUG != 2
        from = 1 - from;
#endif
        __syncthreads();  // BUG 6: missing threads at a barrier
    }
#if BUG == 5
    out[i] = s[from][t];  // BUG 5: out of bounds
#else
    if (i < n) out[i] = s[from][t];
#endif
    if (t == THREADS - 1) total[blockIdx.x] = s[from][t];
}
