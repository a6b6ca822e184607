// A layer that looks words up: out = the table's rows of n words, and the gradient goes back to those rows. Rows are
// `width` floats, `pitch` apart, moved in fours; a warp for a word. Words that the table does not have are row 0.
//   1 index from data
//   2 non-atomic global update
//   3 failed assertion
//   4 misaligned vector
//   5 guard off by one
#define WARPS 8

extern "C" __global__
void embedding(const int* word, int n, const float* table, int rows, int width, int pitch,
               float4* out, const float* gradient, float* slope)
{
    int lane = threadIdx.x % 32, i = blockIdx.x * WARPS + threadIdx.x / 32;
#if BUG == 5
    if (i > n) return;
#else
    if (i >= n) return;
#endif
    int row = word[i];  // BUG 5: out of bounds
#if BUG == 3
    assert(row < rows);  // BUG 3: trap
#elif BUG != 1
    if (row >= rows) row = 0;
#endif

#if BUG == 4
    const float4* from = reinterpret_cast<const float4*>(table + (size_t)row * width);
#else
    const float4* from = reinterpret_cast<const float4*>(table + (size_t)row * pitch);
#endif
    for (int c = lane; 4 * c < width; c += 32)
        out[(size_t)i * (pitch / 4) + c] = from[c];  // BUG 1: out of bounds; BUG 4: misaligned; BUG 5: then
    for (int c = lane; c < width; c += 32)
#if BUG == 2
        slope[(size_t)row * pitch + c] += gradient[(size_t)i * width + c];  // BUG 2: race | race between blocks
#else
        atomicAdd(&slope[(size_t)row * pitch + c], gradient[(size_t)i * width + c]);
        // ^ BUG 1: out of bounds; BUG 5: then
#endif
}
