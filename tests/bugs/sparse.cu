// y = A x and z += A^T x for a square sparse A in rows (CSR): a warp for a row; entries with column -1 are padding.
//   1 guard off by one
//   2 full mask in a branch
//   3 non-atomic global update
//   4 accumulator not zeroed
//   5 shuffle after return
//   6 index from data
//   7 missing __syncwarp
#define WARPS 8

extern "C" __global__
void sparse(const int* start, const int* column, const float* value, const float* x, float* y, float* z, int rows)
{
    __shared__ float s[WARPS];
    int lane = threadIdx.x % 32, warp = threadIdx.x / 32, row = blockIdx.x * WARPS + warp;
#if BUG == 1
    if (row > rows) return;
#else
    if (row >= rows) return;
#endif

    int first = start[row], end = start[row + 1];  // BUG 1: out of bounds
    if (lane == 0) s[warp] = x[row];  // BUG 7: race within a warp; BUG 1: then
#if BUG != 7
    __syncwarp();
#endif
    float own = s[warp], sum = 0;  // BUG 7: other
#if BUG == 5
    if (first + lane >= end) return;
#endif
    for (int e = first + lane; e < end; e += 32) {
        int c = column[e];  // BUG 1: then
#if BUG != 6
        if (c < 0) continue;
#endif
        sum += value[e] * x[c];  // BUG 6: out of bounds; BUG 1: then
#if BUG == 3
        z[c] += value[e] * own;  // BUG 3: race | race between blocks
#else
        atomicAdd(&z[c], value[e] * own);  // BUG 6, 1: then
#endif
    }
#if BUG == 2
    if (first + lane < end)
#endif
    for (int d = 16; d > 0; d /= 2) sum += __shfl_down_sync(0xffffffff, sum, d);  // BUG 2, 5: inactive lane
#if BUG == 4
    if (lane == 0) y[row] += sum;  // BUG 4: uninitialised read
#else
    if (lane == 0) y[row] = sum;  // BUG 1: then
#endif
}
