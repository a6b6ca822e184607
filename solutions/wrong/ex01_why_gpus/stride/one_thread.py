"""One thread does all the work. Share it out: thread t begins with number t."""

strided_kernel = r"""
extern "C" __global__ void saxpy(float a, const float* x, const float* y, float* z, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i == 0)
        for (int j = 0; j < n; ++j) z[j] = a * x[j] + y[j];
}
"""
