"""A square of 2 x 2 instead of a column."""

column_kernel = r"""
extern "C" __global__ void matmul(const float* A, const float* B, float* C, int m, int n, int k)
{
    __shared__ float a[32][8], b[8][32];
    int t = threadIdx.x, top = blockIdx.y * 32, left = blockIdx.x * 32, x = t % 16, y = t / 16;
    float s00 = 0, s01 = 0, s10 = 0, s11 = 0;
    for (int p = 0; p < k; p += 8) {
        a[t / 8][t % 8] = top + t / 8 < m && p + t % 8 < k ? A[(top + t / 8) * k + p + t % 8] : 0;
        b[t / 32][t % 32] = p + t / 32 < k && left + t % 32 < n ? B[(p + t / 32) * n + left + t % 32] : 0;
        __syncthreads();
        for (int e = 0; e < 8; ++e) {
            float d0 = a[y][e], d1 = a[y + 16][e], r0 = b[e][x], r1 = b[e][x + 16];
            s00 += d0 * r0, s01 += d0 * r1, s10 += d1 * r0, s11 += d1 * r1;
        }
        __syncthreads();
    }
    int row = top + y, col = left + x;
    if (row < m && col < n) C[row * n + col] = s00;
    if (row < m && col + 16 < n) C[row * n + col + 16] = s01;
    if (row + 16 < m && col < n) C[(row + 16) * n + col] = s10;
    if (row + 16 < m && col + 16 < n) C[(row + 16) * n + col + 16] = s11;
}
"""
