// y = x transposed. A block of 32 x 32 threads owns one tile: a warp reads a
// row of x into it, and after the barrier a column of it, a row of y.
// Two ways to spread a column over all banks: WIDTH 33 pads each row by one
// word; SWIZZLE 1 keeps column c of row r at place c ^ r.
#define AT(row, column) tile[row][SWIZZLE ? (column) ^ (row) : (column)]

extern "C" __global__ void transpose(const float* x, float* y, int rows, int columns)
{
    __shared__ float tile[32][WIDTH];
    int left = blockIdx.x * 32, top = blockIdx.y * 32;
    int i = threadIdx.x, j = threadIdx.y;
    if (top + j < rows && left + i < columns)
        AT(j, i) = x[(size_t)(top + j) * columns + left + i];
    __syncthreads();
    if (left + j < columns && top + i < rows)
        y[(size_t)(left + j) * rows + top + i] = AT(i, j);
}
