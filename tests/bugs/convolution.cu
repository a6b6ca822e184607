// y = x convolved with K filters of C x 3 x 3, zeros around the image: a block makes 16 x 16 points of one output
// channel and goes through the input channels. x is C x height x width, w is K x C x 3 x 3, gridDim.z = K.
//   1 missing left guard
//   2 missing barrier before overwriting
//   3 missing barrier before reading
//   4 unguarded write
//   5 shared array overflow
//   6 barrier in a branch
//   7 guard off by one
//   8 shared memory not filled
#define TILE 16
#define SIDE (TILE + 2)
#define THREADS (TILE * TILE)

extern "C" __global__
void convolution(const float* x, const float* w, float* y, int C, int width, int height)
{
    __shared__ float tile[SIDE * SIDE], filter[9];
    int t = threadIdx.y * TILE + threadIdx.x;
    int left = blockIdx.x * TILE - 1, top = blockIdx.y * TILE - 1;
    int col = blockIdx.x * TILE + threadIdx.x, row = blockIdx.y * TILE + threadIdx.y;

    float sum = 0;
#if BUG == 6
    if (col < width && row < height)
#endif
    for (int c = 0; c < C; c++) {
#if BUG == 5
        for (int i = t; i <= SIDE * SIDE; i += THREADS) {
#else
        for (int i = t; i < SIDE * SIDE; i += THREADS) {
#endif
            int u = left + i % SIDE, v = top + i / SIDE;
#if BUG == 1
            bool inside = u < width && v < height;
#elif BUG == 7
            bool inside = u >= 0 && v >= 0 && u <= width && v < height;
#else
            bool inside = u >= 0 && v >= 0 && u < width && v < height;
#endif
#if BUG == 8
            if (inside) tile[i] = x[(c * height + v) * width + u];
#else
            tile[i] = inside ? x[(c * height + v) * width + u] : 0;
            // ^ BUG 1, 5, 7: out of bounds; BUG 2, 3: race; BUG 6: then
#endif
        }
        if (t < 9) filter[t] = w[(blockIdx.z * C + c) * 9 + t];  // BUG 2, 3: race; BUG 6: then
#if BUG != 3
        __syncthreads();  // BUG 6: missing threads at a barrier
#endif
        #pragma unroll 1
        for (int r = 0; r < 3; r++)
            for (int s = 0; s < 3; s++)
                sum += filter[r * 3 + s] * tile[(threadIdx.y + r) * SIDE + threadIdx.x + s];
                // ^ BUG 2, 3: other; BUG 6: then; BUG 8: uninitialised read
#if BUG != 2
        __syncthreads();  // BUG 6: missing threads at a barrier
#endif
    }
#if BUG == 4
    y[(blockIdx.z * height + row) * width + col] = sum;  // BUG 4: out of bounds
#else
    if (col < width && row < height) y[(blockIdx.z * height + row) * width + col] = sum;
#endif
}
