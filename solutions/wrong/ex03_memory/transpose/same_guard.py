"""The guard of the first half is used for the second; y has as many rows as x has columns, and threadIdx.x runs
along its rows.
"""

transpose_kernel = r"""
extern "C" __global__ void transpose(const float* x, float* y, int rows, int columns)
{
    __shared__ float tile[32][33];
    int left = blockIdx.x * 32, top = blockIdx.y * 32;
    if (top + threadIdx.y < rows && left + threadIdx.x < columns)
        tile[threadIdx.y][threadIdx.x] = x[(top + threadIdx.y) * columns + left + threadIdx.x];
    __syncthreads();
    if (top + threadIdx.y < rows && left + threadIdx.x < columns)
        y[(left + threadIdx.y) * rows + top + threadIdx.x] = tile[threadIdx.x][threadIdx.y];
}
"""
