"""a turned on its side, the rows of a thread in a float4."""

column_kernel = r"""
extern "C" __global__ void matmul(const float* A, const float* B, float* C, int m, int n, int k)
{
    __shared__ __align__(16) float a[8][36], b[8][32];
    int top = blockIdx.y * 32, left = blockIdx.x * 32, t = threadIdx.x, x = t % 32, y = t / 32;
    float4 sum = {};
    for (int step = 0; step < k; step += 8) {
        int row = top + t / 8, col = step + t % 8;
        a[t % 8][t / 8] = 0, b[y][x] = 0;
        if (row < m && col < k) a[t % 8][t / 8] = A[row * k + col];
        if (step + y < k && left + x < n) b[y][x] = B[(step + y) * n + left + x];
        __syncthreads();
        for (int e = 0; e < 8; ++e) {
            float4 down = *(float4*)&a[e][4 * y];
            float right = b[e][x];
            sum.x += down.x * right, sum.y += down.y * right, sum.z += down.z * right, sum.w += down.w * right;
        }
        __syncthreads();
    }
    float all[4] = {sum.x, sum.y, sum.z, sum.w};
    for (int i = 0; i < 4; ++i)
        if (top + 4 * y + i < m && left + x < n) C[(top + 4 * y + i) * n + left + x] = all[i];
}
"""
