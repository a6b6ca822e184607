"""The colour is that of the warp, but number t has the colour t % 3. Deal out numbers that fit the colour."""

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
    if (t / 32 % 3 == 0) out[t] = red(image[t]);
    else if (t / 32 % 3 == 1) out[t] = green(image[t]);
    else out[t] = blue(image[t]);
}
"""
