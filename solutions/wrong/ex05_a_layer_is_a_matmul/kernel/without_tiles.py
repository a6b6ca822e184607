"""Each thread fetches all that it needs from global memory. Let the block bring each number once, into shared
memory.
"""

weights_kernel = r"""
extern "C" __global__ void weights(const float* x, const float* dy, float* dW, int N, int C, int K)
{
    int row = blockIdx.y * 16 + threadIdx.y, col = blockIdx.x * 16 + threadIdx.x;
    if (row >= C || col >= K) return;
    float sum = 0;
    for (int n = 0; n < N; ++n)
        sum += x[n * C + row] * dy[n * K + col];
    dW[row * K + col] = sum;
}
"""
