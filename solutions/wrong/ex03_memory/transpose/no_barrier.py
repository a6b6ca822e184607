"""A barrier is missing between storing into the tile and reading from it: other threads' numbers are not there yet."""

transpose_kernel = r"""
extern "C" __global__ void transpose(const float* x, float* y, int rows, int columns)
{
    __shared__ float tile[32][33];
    int left = blockIdx.x * 32, top = blockIdx.y * 32;
    if (top + threadIdx.y < rows && left + threadIdx.x < columns)
        tile[threadIdx.y][threadIdx.x] = x[(top + threadIdx.y) * columns + left + threadIdx.x];
    if (left + threadIdx.y < columns && top + threadIdx.x < rows)
        y[(left + threadIdx.y) * rows + top + threadIdx.x] = tile[threadIdx.x][threadIdx.y];
}
"""
