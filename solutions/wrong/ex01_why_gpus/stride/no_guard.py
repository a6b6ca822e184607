"""The loop goes on beyond n: it must end where i < n no longer holds."""

strided_kernel = r"""
extern "C" __global__ void saxpy(float a, const float* x, const float* y, float* z, int n)
{
    int threads = gridDim.x * blockDim.x;
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    do {
        z[i] = a * x[i] + y[i];
        i += threads;
    } while (i < n);
}
"""
