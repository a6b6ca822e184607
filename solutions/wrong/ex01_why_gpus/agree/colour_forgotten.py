"""The colour is missing from the index: green lies one further on than red, blue two."""

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
    int colour = t / pixels, i = 3 * (t % pixels);
    if (colour == 0) out[i] = red(image[i]);
    else if (colour == 1) out[i] = green(image[i]);
    else out[i] = blue(image[i]);
}
"""
