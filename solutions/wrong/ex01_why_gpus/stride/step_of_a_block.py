"""The step is one block, so blocks do each other's numbers again. Jump over all threads of the grid."""

strided_kernel = r"""
extern "C" __global__ void saxpy(float a, const float* x, const float* y, float* z, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    for (; i < n; i += blockDim.x) z[i] = a * x[i] + y[i];
}
"""
