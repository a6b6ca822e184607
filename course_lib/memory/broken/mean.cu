// Should be: y[i] = mean of x[i] and its neighbours, 0 outside. Blocks of 64.
extern "C" __global__ void mean(const float* x, float* y, int n)
{
    __shared__ float s[64 + 2];
    int t = threadIdx.x, i = blockIdx.x * 64 + t;
    if (i >= n) return;
    s[t + 1] = x[i];
    if (t == 0) s[0] = i > 0 ? x[i - 1] : 0;
    if (t == 63) s[65] = i + 1 < n ? x[i + 1] : 0;
    __syncthreads();
    y[i] = (s[t] + s[t + 1] + s[t + 2]) / 3;
}
