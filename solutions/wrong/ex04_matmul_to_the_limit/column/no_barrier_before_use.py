"""The barrier between bringing the tiles and using them is missing: the numbers of other threads are not there
yet.
"""

column_kernel = r"""
extern "C" __global__ void matmul(const float* A, const float* B, float* C, int m, int n, int k)
{
    __shared__ float a[32][8], b[8][32];
    int top = blockIdx.y * 32, left = blockIdx.x * 32;
    int x = threadIdx.x % 32, y = threadIdx.x / 32 * 4;
    int row = threadIdx.x / 8, col = threadIdx.x % 8, down = threadIdx.x / 32;
    float sum[4] = {};
    for (int t = 0; t < k; t += 8) {
        a[row][col] = top + row < m && t + col < k ? A[(top + row) * k + t + col] : 0;
        b[down][x] = t + down < k && left + x < n ? B[(t + down) * n + left + x] : 0;
        for (int e = 0; e < 8; ++e) {
            float right = b[e][x];
            for (int i = 0; i < 4; ++i)
                sum[i] += a[y + i][e] * right;
        }
        __syncthreads();
    }
    for (int i = 0; i < 4; ++i)
        if (top + y + i < m && left + x < n)
            C[(top + y + i) * n + left + x] = sum[i];
}
"""
