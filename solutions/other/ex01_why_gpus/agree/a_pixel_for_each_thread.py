"""A right answer: a thread takes all three numbers of a pixel."""

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
    int p = blockIdx.x * blockDim.x + threadIdx.x;
    if (p < pixels) {
        out[3 * p] = red(image[3 * p]);
        out[3 * p + 1] = green(image[3 * p + 1]);
        out[3 * p + 2] = blue(image[3 * p + 2]);
    }
}
"""
