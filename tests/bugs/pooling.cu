// Largest of each 3 x 3 window, windows two apart, and the gradient sent back to where the largest was: y is tall x
// wide, x and dx are height x width; the last windows reach over the edge.
//   1 missing guard
//   2 unguarded write
//   3 non-atomic global update
//   4 local array overflow
//   5 local array not filled
#if BUG == 4
#define ROOM 8
#else
#define ROOM 9
#endif

extern "C" __global__
void pooling(const float* x, const float* dy, float* y, float* dx, int width, int height, int wide, int tall)
{
    int col = blockIdx.x * blockDim.x + threadIdx.x, row = blockIdx.y * blockDim.y + threadIdx.y;
#if BUG != 2
    if (col >= wide || row >= tall) return;
#endif

    int window[ROOM], count = 0;  // where the window's points are
    for (int r = 2 * row; r < 2 * row + 3; r++)
        for (int c = 2 * col; c < 2 * col + 3; c++)
#if BUG != 1
            if (r < height && c < width)
#endif
                window[count++] = r * width + c;  // BUG 4: out of bounds
#if BUG == 2
    if (count == 0) window[count++] = 0;
#endif

    int best = window[0];
#if BUG == 5
    for (int i = 1; i < 9; i++) {
        int at = window[i];  // BUG 5: uninitialised read
        if (at >= 0 && x[at] > x[best]) best = at;
    }
#else
    for (int i = 1; i < count; i++)
        if (x[window[i]] > x[best]) best = window[i];  // BUG 1: out of bounds; BUG 4: then
#endif
#if BUG == 2
    y[row * wide + col] = x[best];  // BUG 2: out of bounds
#else
    y[row * wide + col] = x[best];
#endif
#if BUG == 3
    dx[best] += dy[row * wide + col];  // BUG 3: race | race within a warp | race between blocks
#else
    atomicAdd(&dx[best], dy[row * wide + col]);  // BUG 2: then
#endif
}
