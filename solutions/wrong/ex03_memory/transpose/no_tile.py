"""Without a tile one side is always scattered: the warp that reads a row writes a column. Pass the numbers through
shared memory.
"""

transpose_kernel = r"""
extern "C" __global__ void transpose(const float* x, float* y, int rows, int columns)
{
    int column = blockIdx.x * 32 + threadIdx.x, row = blockIdx.y * 32 + threadIdx.y;
    if (row < rows && column < columns)
        y[column * rows + row] = x[row * columns + column];
}
"""
