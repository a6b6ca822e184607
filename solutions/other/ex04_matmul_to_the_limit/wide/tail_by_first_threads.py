"""The first threads of the grid do what is left over."""

wide_kernel = r"""
extern "C" __global__ void axpy(float a, const float* x, float* y, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x, fours = n / 4;
    if (i < fours) {
        const float4 p = ((const float4*)x)[i], q = ((float4*)y)[i];
        ((float4*)y)[i] = make_float4(q.x + a * p.x, q.y + a * p.y, q.z + a * p.z, q.w + a * p.w);
    }
    if (i < n - 4 * fours) y[4 * fours + i] += a * x[4 * fours + i];
}
"""
