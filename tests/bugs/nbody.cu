// One step of n bodies that attract each other. A body is x, y, z and mass; `data` begins with a header of four numbers
// (the time step, the softening, two unused). A block's tile of bodies is in shared memory.
//   1 misaligned vector
//   2 missing barrier before reading
//   3 missing barrier before overwriting
//   4 missing guard
//   5 barrier after return
//   6 in-place update
#define THREADS 128

extern "C" __global__
void nbody(float* data, float4* next, int n)
{
    __shared__ float4 tile[THREADS];
    int t = threadIdx.x, i = blockIdx.x * THREADS + t;
    float dt = data[0], softening = data[1];
#if BUG == 1
    float4* body = reinterpret_cast<float4*>(data + 2);
#else
    float4* body = reinterpret_cast<float4*>(data + 4);
#endif
    float4 none = make_float4(0, 0, 0, 0), me = i < n ? body[i] : none;  // BUG 1: misaligned
#if BUG == 5
    if (i >= n) return;
#endif

    float x = 0, y = 0, z = 0;
    for (int first = 0; first < n; first += THREADS) {
#if BUG == 4
        tile[t] = body[first + t];  // BUG 4: out of bounds
#else
        tile[t] = first + t < n ? body[first + t] : none;  // BUG 1: then; BUG 2, 3: race; BUG 6: other
#endif
#if BUG != 2
        __syncthreads();  // BUG 5: missing threads at a barrier
#endif
        for (int j = 0; j < THREADS; j++) {
            float4 b = tile[j];  // BUG 2, 3: other; BUG 5: then
            float dx = b.x - me.x, dy = b.y - me.y, dz = b.z - me.z;
            float r2 = dx * dx + dy * dy + dz * dz + softening, pull = b.w / (r2 * sqrtf(r2));
            x += dx * pull;
            y += dy * pull;
            z += dz * pull;
        }
#if BUG != 3
        __syncthreads();  // BUG 5: missing threads at a barrier
#endif
    }
    me.x += dt * x;
    me.y += dt * y;
    me.z += dt * z;
#if BUG == 6
    if (i < n) body[i] = me;  // BUG 6: race between blocks
#else
    if (i < n) next[i] = me;
#endif
}
