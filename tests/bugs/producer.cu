// y[i] = 2 x[i] + x[i + 1]: warps 0 to 3 bring tiles of 128 floats, warps 4 to 7 work on them, two buffers between
// them. Named barriers 1 and 2 say that a buffer is full, 3 and 4 that it is empty again; all 256 threads count at each.
//   1 buffer released too early
//   2 missing barrier before reading
//   3 wrong barrier count
//   4 wrong buffer
//   5 unguarded write
#define TILE 128
#define WAIT(number, count) asm volatile("bar.sync %0, %1;" :: "r"(number), "r"(count) : "memory")
#define ARRIVE(number, count) asm volatile("bar.arrive %0, %1;" :: "r"(number), "r"(count) : "memory")

extern "C" __global__
void producer(const float* x, float* y, int n)
{
    __shared__ float buffer[2][TILE + 1];
    int t = threadIdx.x % TILE, tiles = (n + TILE - 1) / TILE;
    if (threadIdx.x < TILE) {
        for (int tile = blockIdx.x, turn = 0; tile < tiles; tile += gridDim.x, turn++) {
            int b = turn % 2, i = tile * TILE + t;
            if (turn > 1) WAIT(3 + b, 2 * TILE);  // BUG 3: deadlock
            buffer[b][t] = i < n ? x[i] : 0;  // BUG 1, 2, 4: race
            if (t == 0) buffer[b][TILE] = i + TILE < n ? x[i + TILE] : 0;  // BUG 1, 2, 4: race
#if BUG == 3
            ARRIVE(1 + b, TILE);  // BUG 3: deadlock
#elif BUG != 2
            ARRIVE(1 + b, 2 * TILE);
#endif
        }
    } else {
        for (int tile = blockIdx.x, turn = 0; tile < tiles; tile += gridDim.x, turn++) {
            int b = turn % 2, i = tile * TILE + t;
#if BUG != 2
            WAIT(1 + b, 2 * TILE);  // BUG 3: deadlock
#endif
#if BUG == 1
            if (tile + 2 * gridDim.x < tiles) ARRIVE(3 + b, 2 * TILE);
#endif
#if BUG == 4
            float result = 2 * buffer[1 - b][t] + buffer[1 - b][t + 1];  // BUG 4: other
#else
            float result = 2 * buffer[b][t] + buffer[b][t + 1];  // BUG 1, 2: other; BUG 3: then
#endif
#if BUG == 5
            y[i] = result;  // BUG 5: out of bounds
#else
            if (i < n) y[i] = result;
#endif
#if BUG != 1
            if (tile + 2 * gridDim.x < tiles) ARRIVE(3 + b, 2 * TILE);
#endif
        }
    }
}
