"""Neighbouring lanes take neighbouring single numbers: no sector is wasted, but each takes four times the
requests.
"""

wide_kernel = r"""
extern "C" __global__ void axpy(float a, const float* x, float* y, int n)
{
    int first = blockIdx.x * blockDim.x * 4 + threadIdx.x;
    for (int j = first; j < first + 4 * blockDim.x && j < n; j += blockDim.x)
        y[j] += a * x[j];
}
"""
