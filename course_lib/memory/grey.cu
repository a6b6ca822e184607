// y = (red + green + blue) / 3 for n pixels. Two layouts of the same image; each thread makes one pixel grey.
struct Pixel { float red, green, blue; };

extern "C" __global__ void pixels(const Pixel* p, float* y, int n)  // an array of structures
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) y[i] = (p[i].red + p[i].green + p[i].blue) / 3;
}

extern "C" __global__ void planes(const float* p, float* y, int n)  // a structure of arrays, plane after plane
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) y[i] = (p[i] + p[i + n] + p[i + 2 * n]) / 3;
}
