"""Each thread takes a piece of its own, so that neighbouring lanes read numbers that lie far apart. Let them take
turns instead: neighbours take neighbours.
"""

strided_kernel = r"""
extern "C" __global__ void saxpy(float a, const float* x, const float* y, float* z, int n)
{
    int threads = gridDim.x * blockDim.x;
    int t = blockIdx.x * blockDim.x + threadIdx.x;
    int piece = (n + threads - 1) / threads;
    for (int i = t * piece; i < (t + 1) * piece && i < n; ++i) z[i] = a * x[i] + y[i];
}
"""
