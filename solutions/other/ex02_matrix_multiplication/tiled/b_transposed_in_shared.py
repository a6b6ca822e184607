"""B's tile stored transposed, and the barrier at the top of the loop instead of its end."""

tiled_kernel = r"""
extern "C" __global__ void matmul(const float* A, const float* B, float* C, int m, int n, int k)
{
    __shared__ float a[TILE][TILE];
    __shared__ float bt[TILE][TILE];
    int row = blockIdx.y * TILE + threadIdx.y, col = blockIdx.x * TILE + threadIdx.x;
    float sum = 0;
    int steps = (k - 1) / TILE + 1;
    while (steps-- > 0) {
        __syncthreads();
        int across = steps * TILE + threadIdx.x, down = steps * TILE + threadIdx.y;
        float from_a = 0, from_b = 0;
        if (row < m && across < k) from_a = A[row * k + across];
        if (down < k && col < n) from_b = B[down * n + col];
        a[threadIdx.y][threadIdx.x] = from_a;
        bt[threadIdx.x][threadIdx.y] = from_b;
        __syncthreads();
        #pragma unroll
        for (int e = 0; e < TILE; ++e) sum += bt[threadIdx.x][e] * a[threadIdx.y][e];
    }
    if (row >= m || col >= n) return;
    C[row * n + col] = sum;
}
"""
