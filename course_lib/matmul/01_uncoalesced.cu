// 01 uncoalesced: C = A B, one thread for each element of C.
//
//   A is m x k, B is k x n, C is m x n, all row by row.
//   Architecture: sm_75, any GPU that this compiler knows; a block is any blockDim.x x blockDim.y.
//   Neighbouring threads (threadIdx.x, x + 1) own neighbouring ROWS of C. In one step of
//   the loop the 32 threads of a warp therefore read 32 elements of A that lie k floats
//   apart: 32 memory sectors for 128 useful bytes.
//
// Next rung: 02 exchanges x and y, nothing else.

extern "C" __global__
void matmul(const float* A, const float* B, float* C, int m, int n, int k)
{
    int row = blockIdx.x * blockDim.x + threadIdx.x;
    int col = blockIdx.y * blockDim.y + threadIdx.y;
    if (row >= m || col >= n) return;  // the last blocks reach over the edge of C

    float sum = 0;
    for (int e = 0; e < k; ++e)
        sum += A[(size_t)row * k + e] * B[(size_t)e * n + col];
    C[(size_t)row * n + col] = sum;
}
