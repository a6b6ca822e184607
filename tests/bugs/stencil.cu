// One step of heat in a plate: each inner point moves towards the mean of its four neighbours; outside it is zero.
// The block is BX x BY; its tile has a border of one point all around.
//   1 shared memory not filled
//   2 guard off by one
//   3 missing barrier before reading
//   4 in-place update
//   5 missing left guard
//   6 shared array overflow
//   7 barrier after return
#define BX 32
#define BY 8

extern "C" __global__
void stencil(float* now, float* next, int width, int height)
{
#if BUG == 6
    __shared__ float tile[BY + 1][BX + 2];
#else
    __shared__ float tile[BY + 2][BX + 2];
#endif
    int x = blockIdx.x * BX + threadIdx.x, y = blockIdx.y * BY + threadIdx.y;
    int u = threadIdx.x + 1, v = threadIdx.y + 1, here = y * width + x;
    bool inside = x < width && y < height;
#if BUG == 7
    if (!inside) return;
#endif
    tile[v][u] = inside ? now[here] : 0;  // BUG 3: race
#if BUG == 5
    if (u == 1) tile[v][0] = y < height ? now[here - 1] : 0;  // BUG 5: out of bounds
#else
    if (u == 1) tile[v][0] = x > 0 && y < height ? now[here - 1] : 0;  // BUG 3: race; BUG 4: other
#endif
#if BUG != 1
    if (u == BX) tile[v][BX + 1] = x + 1 < width && y < height ? now[here + 1] : 0;  // BUG 3: race; BUG 4: other
#endif
    if (v == 1) tile[0][u] = y > 0 && x < width && y - 1 < height ? now[here - width] : 0;  // BUG 3: race; BUG 4: other
    if (v == BY) tile[BY + 1][u] = x < width && y + 1 < height ? now[here + width] : 0;
    // ^ BUG 3: race; BUG 4: other; BUG 6: out of bounds
#if BUG != 3
    __syncthreads();  // BUG 7: missing threads at a barrier
#endif

    float around = tile[v - 1][u] + tile[v + 1][u] + tile[v][u - 1] + tile[v][u + 1];
    // ^ BUG 1: uninitialised read; BUG 3: other; BUG 6, 7: then
#if BUG == 2
    if (x < width && y <= height) next[here] = 0.5f * tile[v][u] + 0.125f * around;  // BUG 2: out of bounds
#elif BUG == 4
    if (inside) now[here] = 0.5f * tile[v][u] + 0.125f * around;  // BUG 4: race between blocks
#else
    if (inside) next[here] = 0.5f * tile[v][u] + 0.125f * around;
#endif
}
