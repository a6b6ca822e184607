"""Pointers that walk along the images."""

weights_kernel = r"""
extern "C" __global__ void weights(const float* x, const float* dy, float* dW, int N, int C, int K)
{
    __shared__ float a[16][16], b[16][16];
    int top = blockIdx.y * 16, left = blockIdx.x * 16, i = threadIdx.x, j = threadIdx.y;
    float sum = 0;
    const float *from = x + j * C + top + i, *slope = dy + j * K + left + i;
    for (int t = 0; t < N; t += 16, from += 16 * C, slope += 16 * K) {
        a[j][i] = t + j < N && top + i < C ? *from : 0;
        b[j][i] = t + j < N && left + i < K ? *slope : 0;
        __syncthreads();
        for (int e = 0; e < 16; ++e)
            sum += a[e][j] * b[e][i];
        __syncthreads();
    }
    if (top + j < C && left + i < K)
        dW[(top + j) * K + left + i] = sum;
}
"""
