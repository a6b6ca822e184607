// y = x transposed, through a tile of shared memory, so that a warp reads a row of x and writes a row of y. One block
// of 32 x 32 threads owns one tile. WIDTH 33 pads each row of the tile by one word; SWIZZLE 1 stores column c of row r
// at place c ^ r instead. Either spreads a column of the tile over all banks.
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
