"""A right answer: three warps in turn share 32 pixels, so that what they read lies close together."""

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
    int t = blockIdx.x * blockDim.x + threadIdx.x, warp = t / 32, lane = t % 32;
    int threads = gridDim.x * blockDim.x;
    for (; warp < 3 * ((pixels + 31) / 32); warp += threads / 32) {
        int pixel = warp / 3 * 32 + lane, i = 3 * pixel + warp % 3;
        if (pixel >= pixels) continue;
        switch (warp % 3) {
            case 0: out[i] = red(image[i]); break;
            case 1: out[i] = green(image[i]); break;
            default: out[i] = blue(image[i]);
        }
    }
}
"""
