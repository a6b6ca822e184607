"""Every thread does what is left over, so it is done more than once."""

wide_kernel = r"""
extern "C" __global__ void axpy(float a, const float* x, float* y, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (4 * i + 3 < n) {
        float4 p = reinterpret_cast<const float4*>(x)[i], q = reinterpret_cast<float4*>(y)[i];
        q.x += a * p.x;
        q.y += a * p.y;
        q.z += a * p.z;
        q.w += a * p.w;
        reinterpret_cast<float4*>(y)[i] = q;
    }
    for (int j = n / 4 * 4; j < n; ++j)
            y[j] += a * x[j];
}
"""
