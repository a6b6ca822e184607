"""One flat piece of shared memory; the barrier at the head of a step."""

weights_kernel = r"""
extern "C" __global__ void weights(const float* x, const float* dy, float* dW, int N, int C, int K)
{
    __shared__ float tiles[512];
    float *a = tiles, *b = tiles + 256, sum = 0;
    int i = threadIdx.x, j = threadIdx.y, mine = j * 16 + i;
    int input = blockIdx.y * 16 + i, neuron = blockIdx.x * 16 + i;
    for (int first = 0; first < N; first += 16) {
        int n = first + j;
        __syncthreads();
        a[mine] = n < N && input < C ? x[n * C + input] : 0;
        b[mine] = n < N && neuron < K ? dy[n * K + neuron] : 0;
        __syncthreads();
        for (int e = 0; e < 16 && first + e < N; ++e) sum += a[e * 16 + j] * b[e * 16 + i];
    }
    int row = blockIdx.y * 16 + j;
    if (row < C && neuron < K) dW[row * K + neuron] = sum;
}
"""
