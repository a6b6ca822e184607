// Should be: y[0] = x[0] + ... + x[63], for one block of 64.
extern "C" __global__ void block_sum(const float* x, float* y)
{
    __shared__ volatile float s[64];
    int t = threadIdx.x;
    s[t] = x[t];
    __syncthreads();
    if (t < 32)
        for (int d = 32; d > 0; d /= 2)
            s[t] += s[t + d];
    if (t == 0)
        y[0] = s[0];
}
