// The largest of n floats and where it is: each block finds its own, and one thread of a block at a time, under a lock,
// compares it with the best so far.
//   1 missing __threadfence
//   2 missing lock
//   3 missing barrier before reading
//   4 wrong __syncwarp mask
//   5 shared memory not filled
//   6 order of arrival
#define THREADS 256

extern "C" __global__
void argmax(const float* x, int n, int* lock, float* most, int* where)
{
    __shared__ float s[THREADS];
    __shared__ int at[THREADS];
    int t = threadIdx.x;
    float best = -3.4e38f;
    int mine = -1;
    for (int i = blockIdx.x * THREADS + t; i < n; i += gridDim.x * THREADS)
        if (x[i] > best) {
            best = x[i];
            mine = i;
        }
#if BUG == 5
    if (mine >= 0) {
        s[t] = best;
        at[t] = mine;
    }
#else
    s[t] = best;  // BUG 3: race
    at[t] = mine;  // BUG 3: race
#endif
#if BUG != 3
    __syncthreads();
#endif

    for (int half = THREADS / 2; half > 0; half /= 2) {
        if (t < half && s[t + half] > s[t]) {  // BUG 3: other; BUG 4: race within a warp; BUG 5: uninitialised read
            s[t] = s[t + half];  // BUG 4: other
            at[t] = at[t + half];  // BUG 3: other; BUG 4: race within a warp
        }
        if (half > 32) __syncthreads();
#if BUG == 4
        else if (t < 32) __syncwarp(0x0000ffff);  // BUG 4: inactive lane
#else
        else if (t < 32) __syncwarp();
#endif
    }

    if (t == 0) {
#if BUG != 2
        while (atomicCAS(lock, 0, 1) != 0);
        __threadfence();
#endif
#if BUG == 6
        if (s[0] > most[0]) {
#else
        if (s[0] > most[0] || (s[0] == most[0] && at[0] < where[0])) {  // BUG 1, 2: race between blocks
#endif
            most[0] = s[0];  // BUG 1, 2: race between blocks; BUG 6: order dependence
            where[0] = at[0];  // BUG 1, 2: race between blocks; BUG 6: order dependence
        }
#if BUG != 2
#if BUG != 1
        __threadfence();
#endif
        atomicExch(lock, 0);
#endif
    }
}
