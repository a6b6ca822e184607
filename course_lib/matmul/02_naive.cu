// 02 naive: C = A B, one thread for each element of C.
//
//   What changed since 01: neighbouring threads own neighbouring COLUMNS of C. In one step
//   of the loop a warp reads 32 neighbouring floats of B (4 memory sectors) and, where it
//   lies in one row, a single float of A. Two loads for two floating-point operations
//   remain: 0.25 operations a byte.
//
// This is the kernel of the lecture, with the bounds check and the 64-bit indices that its
// slide left out. Architecture: sm_75, any GPU that this compiler knows.
// Next rung: 03 reads each element once a tile instead of once a thread.

extern "C" __global__
void matmul(const float* A, const float* B, float* C, int m, int n, int k)
{
    int row = blockIdx.y * blockDim.y + threadIdx.y;
    int col = blockIdx.x * blockDim.x + threadIdx.x;
    if (row >= m || col >= n) return;  // the last blocks reach over the edge of C

    float sum = 0;
    for (int e = 0; e < k; ++e)
        sum += A[(size_t)row * k + e] * B[(size_t)e * n + col];
    C[(size_t)row * n + col] = sum;
}
