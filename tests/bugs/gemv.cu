// y = A x, A being rows x cols with rows `pitch` floats apart: a block takes 32 rows and brings 32 columns at a time by
// asynchronous copies of 16 bytes, the next tile while it works on this one. The block is 256 threads.
//   1 missing wait for a copy
//   2 missing barrier after the wait
//   3 wait for the wrong group
//   4 missing barrier before overwriting
//   5 wrong buffer
//   6 misaligned vector
//   7 missing guard
//   8 missing barrier before reading
#include <cuda_pipeline.h>
#define SIDE 32
#define GROUPS 8

extern "C" __global__
void gemv(const float* A, int pitch, const float* x, float* y, int rows, int cols)
{
    __shared__ __align__(16) float a[2][SIDE][SIDE + 4];
    __shared__ float part[GROUPS][SIDE];
    int t = threadIdx.x, r = t / GROUPS, c = t % GROUPS * 4;  // brings four elements of row r
    int mine = t % SIDE, group = t / SIDE;  // adds up four elements of row `mine`
    int row = blockIdx.x * SIDE + r, tiles = (cols + SIDE - 1) / SIDE;

    float sum = 0;
    for (int step = 0; step <= tiles; step++) {
        int col = step * SIDE + c;
        if (step < tiles) {
#if BUG == 7
            int valid = min(max(cols - col, 0), 4);
#else
            int valid = row < rows ? min(max(cols - col, 0), 4) : 0;
#endif
#if BUG == 6
            const float* from = valid ? A + row * cols + col : A;
#else
            const float* from = valid ? A + row * pitch + col : A;
#endif
            __pipeline_memcpy_async(&a[step % 2][r][c], from, 16, 16 - 4 * valid);
            // ^ BUG 1, 3, 5: other; BUG 2: race | unfinished copy; BUG 4: race; BUG 6: misaligned; BUG 7: out of bounds
        }
        __pipeline_commit();
        if (step == 0) continue;
#if BUG == 3
        __pipeline_wait_prior(2);
#elif BUG != 1
        __pipeline_wait_prior(1);
#endif
#if BUG != 2
        __syncthreads();
#endif
        for (int j = 4 * group; j < 4 * group + 4; j++) {
            col = (step - 1) * SIDE + j;
#if BUG == 5
            if (col < cols) sum += a[step % 2][mine][j] * x[col];  // BUG 5: unfinished copy | race
#else
            if (col < cols) sum += a[(step - 1) % 2][mine][j] * x[col];  // BUG 1, 3: unfinished copy; BUG 2, 4: other
#endif
        }
#if BUG != 4
        __syncthreads();
#endif
    }

    part[group][mine] = sum;  // BUG 8: race
#if BUG != 8
    __syncthreads();
#endif
    row = blockIdx.x * SIDE + t;
    if (t < SIDE && row < rows) {
        sum = 0;
        for (int g = 0; g < GROUPS; g++) sum += part[g][t];  // BUG 8: other
        y[row] = sum;
    }
}
