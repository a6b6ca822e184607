// Should be: y = x smoothed once, z = x smoothed twice.
extern "C" __global__ void twice(const float* x, float* y, float* z, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    int left = max(i - 1, 0), right = min(i + 1, n - 1);
    if (i < n)
        y[i] = (x[left] + x[i] + x[right]) / 3;
    __syncthreads();
    if (i < n)
        z[i] = (y[left] + y[i] + y[right]) / 3;
}
