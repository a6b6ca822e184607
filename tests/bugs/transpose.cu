// out = in transposed, by way of tiles in shared memory; a block does every gridDim.x-th tile of its rows.
// The block is TILE x ROWS.
//   1 missing barrier before reading
//   2 missing barrier before overwriting
//   3 swapped sides
//   4 shared array overflow
//   5 shared memory not filled
//   6 barrier in a branch
//   7 missing right guard
#define TILE 32
#define ROWS 8

extern "C" __global__
void transpose(const float* in, float* out, int width, int height)
{
    __shared__ float tile[TILE][TILE + 1];
    int u = threadIdx.x, v = threadIdx.y;

    for (int left = blockIdx.x * TILE; left < width; left += gridDim.x * TILE) {
        int x = left + u, y = blockIdx.y * TILE + v;
#if BUG == 4
        for (int j = 0; j <= TILE; j += ROWS)
#elif BUG == 5
        for (int j = 0; j < TILE; j += 2 * ROWS)
#else
        for (int j = 0; j < TILE; j += ROWS)
#endif
#if BUG == 7
            if (y + j < height)
#else
            if (x < width && y + j < height)
#endif
                tile[v + j][u] = in[(size_t)(y + j) * width + x];
                // ^ BUG 1, 2: race; BUG 4, 7: out of bounds; BUG 6: then
#if BUG == 6
        if (x < width) __syncthreads();  // BUG 6: divergent barrier
#elif BUG != 1
        __syncthreads();
#endif

        x = blockIdx.y * TILE + u;
        y = left + v;
        for (int j = 0; j < TILE; j += ROWS)
            if (x < height && y + j < width)
#if BUG == 3
                out[(size_t)(y + j) * width + x] = tile[u][v + j];  // BUG 3: out of bounds
#else
                out[(size_t)(y + j) * height + x] = tile[u][v + j];
                // ^ BUG 1, 2: other; BUG 5: uninitialised read; BUG 6: then
#endif
#if BUG != 2
        __syncthreads();  // BUG 6: other
#endif
    }
}
