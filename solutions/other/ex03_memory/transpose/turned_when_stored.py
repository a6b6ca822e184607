"""The tile is turned over on its way in; one flat, padded array."""

transpose_kernel = r"""
extern "C" __global__ void transpose(const float* x, float* y, int rows, int columns)
{
    __shared__ float tile[32 * 33];
    int left = blockIdx.x * 32, top = blockIdx.y * 32;
    if (top + threadIdx.y < rows && left + threadIdx.x < columns)
        tile[threadIdx.x * 33 + threadIdx.y] = x[(top + threadIdx.y) * columns + left + threadIdx.x];
    __syncthreads();
    if (left + threadIdx.y < columns && top + threadIdx.x < rows)
        y[(left + threadIdx.y) * rows + top + threadIdx.x] = tile[threadIdx.y * 33 + threadIdx.x];
}
"""
