// Each block sorts its 512 floats (bitonic sort); what lies beyond n counts as larger than all.
//   1 missing barrier before reading
//   2 shared memory not filled
//   3 warp barrier for a block
//   4 missing __syncwarp
//   5 barrier in a branch
//   6 unguarded write
//   7 shared array overflow
#define THREADS 256
#define COUNT (2 * THREADS)
#define LARGEST 3.4e38f

extern "C" __global__
void sort(const float* x, float* out, int n)
{
#if BUG == 7
    __shared__ float s[THREADS];
#else
    __shared__ float s[COUNT];
#endif
    int t = threadIdx.x, base = blockIdx.x * COUNT;
    for (int i = t; i < COUNT; i += THREADS)
#if BUG == 2
        if (base + i < n) s[i] = x[base + i];
#else
        s[i] = base + i < n ? x[base + i] : LARGEST;  // BUG 1: race; BUG 7: out of bounds
#endif
#if BUG != 1
    __syncthreads();
#endif

    #pragma unroll 1
    for (int size = 2; size <= COUNT; size *= 2)
        #pragma unroll 1
        for (int stride = size / 2; stride > 0; stride /= 2) {
            int i = 2 * t - (t & (stride - 1)), k = i + stride, next = stride > 1 ? stride / 2 : size;
            bool rising = (i & size) == 0;
            float a = s[i];
            // ^ BUG 1: other; BUG 2: uninitialised read; BUG 3: race; BUG 4: race within a warp; BUG 5, 7: then
            float b = s[k];
            // ^ BUG 1: other; BUG 2: uninitialised read; BUG 3: race; BUG 4: race within a warp; BUG 5, 7: then
            if (a > b == rising) {
                s[i] = b;  // BUG 1: other; BUG 3: race; BUG 4: race within a warp; BUG 5, 7: then
                s[k] = a;  // BUG 1: other; BUG 3: race; BUG 4: race within a warp; BUG 5, 7: then
            }
#if BUG == 3
            if (stride > 64 || next > 64) __syncthreads();  // a warp's 32 pairs lie in 64 neighbours
#elif BUG == 4
            if (stride > 32 || next > 32) __syncthreads();
#elif BUG == 5
            if (base + k < n) __syncthreads();  // BUG 5: divergent barrier | missing threads at a barrier
#else
            if (stride > 32 || next > 32) __syncthreads();  // a warp's 32 pairs lie in 64 neighbours
#endif
#if BUG != 4
            else __syncwarp();  // BUG 5: then
#endif
        }

    for (int i = t; i < COUNT; i += THREADS)
#if BUG == 6
        out[base + i] = s[i];  // BUG 6: out of bounds
#else
        if (base + i < n) out[base + i] = s[i];  // BUG 5, 7: then
#endif
}
