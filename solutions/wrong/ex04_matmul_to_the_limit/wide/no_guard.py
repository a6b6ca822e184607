"""The guard must ask whether all four numbers are there, 4 * i to 4 * i + 3: the last float4 reaches beyond the
array.
"""

wide_kernel = r"""
extern "C" __global__ void axpy(float a, const float* x, float* y, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (4 * i < n) {
        float4 p = reinterpret_cast<const float4*>(x)[i], q = reinterpret_cast<float4*>(y)[i];
        q.x += a * p.x;
        q.y += a * p.y;
        q.z += a * p.z;
        q.w += a * p.w;
        reinterpret_cast<float4*>(y)[i] = q;
    } else
        for (int j = 4 * i; j < n; ++j)
            y[j] += a * x[j];
}
"""
