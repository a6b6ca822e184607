// y = (red + green + blue) / 3 for n pixels, in two layouts of an image.
struct Pixel { float red, green, blue; };

extern "C" __global__ void pixels(const Pixel* p, float* y, int n)  // pixel by pixel
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) y[i] = (p[i].red + p[i].green + p[i].blue) / 3;
}

extern "C" __global__ void planes(const float* p, float* y, int n)  // plane by plane
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) y[i] = (p[i] + p[i + n] + p[i + 2 * n]) / 3;
}
