"""No lane sits out, but every thread computes all three curves and throws two away. Let whole warps compute one
each.
"""

agreeing_kernel = r"""
__device__ float red(float v)
{
    float s = 0;
    for (int k = 24; k > 0; --k) s = (s + 1) * v / k;
    return s;
}
__device__ float green(float v)
{
    float s = 0;
    for (int k = 24; k > 0; --k) s = 1 - s * v / k;
    return s;
}
__device__ float blue(float v)
{
    float s = v;
    for (int k = 24; k > 0; --k) s = 0.5f * (s + v / s);
    return s;
}

extern "C" __global__ void adjust(const float* image, float* out, int pixels)
{
    int t = blockIdx.x * blockDim.x + threadIdx.x;
    if (t >= 3 * pixels) return;
    float r = red(image[t]), g = green(image[t]), b = blue(image[t]);
    out[t] = t % 3 == 0 ? r : t % 3 == 1 ? g : b;
}
"""
