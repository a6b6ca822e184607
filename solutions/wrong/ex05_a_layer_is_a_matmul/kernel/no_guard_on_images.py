"""The last step reaches beyond the last image: what lies there is read. Bring a zero for an image from N on."""

weights_kernel = r"""
extern "C" __global__ void weights(const float* x, const float* dy, float* dW, int N, int C, int K)
{
    __shared__ float a[16][16], b[16][16];
    int top = blockIdx.y * 16, left = blockIdx.x * 16, i = threadIdx.x, j = threadIdx.y;
    float sum = 0;
    for (int t = 0; t < N; t += 16) {
        a[j][i] = top + i < C ? x[(t + j) * C + top + i] : 0;
        b[j][i] = left + i < K ? dy[(t + j) * K + left + i] : 0;
        __syncthreads();
        for (int e = 0; e < 16; ++e)
            sum += a[e][j] * b[e][i];
        __syncthreads();
    }
    if (top + j < C && left + i < K)
        dW[(top + j) * K + left + i] = sum;
}
"""
