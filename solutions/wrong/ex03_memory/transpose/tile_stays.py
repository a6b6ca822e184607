"""The tile is turned over, but written where it was read; the tile at (top, left) belongs at (left, top) of y."""

transpose_kernel = r"""
extern "C" __global__ void transpose(const float* x, float* y, int rows, int columns)
{
    __shared__ float tile[32][33];
    int left = blockIdx.x * 32, top = blockIdx.y * 32;
    if (top + threadIdx.y < rows && left + threadIdx.x < columns)
        tile[threadIdx.y][threadIdx.x] = x[(top + threadIdx.y) * columns + left + threadIdx.x];
    __syncthreads();
    if (top + threadIdx.y < columns && left + threadIdx.x < rows)
        y[(top + threadIdx.y) * rows + left + threadIdx.x] = tile[threadIdx.x][threadIdx.y];
}
"""
