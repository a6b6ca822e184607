// One mma.sync by one warp: c = a b, 16 x 8 = 16 x 16 times 16 x 8, and every lane tells what it holds of c.
//
//   Architecture: sm_80, the first whose tensor cores know bfloat16.
//   A, B: bfloat16 bits. C: 32 x 4, row l is what lane l has in its four registers.
//   SWIZZLE 1 lets the two 16-byte halves of rows 4 to 7 and 12 to 15 of a change places.

typedef unsigned short bf16;

extern "C" __global__ void mma(const bf16* A, const bf16* B, float* C)
{
    __shared__ __align__(128) bf16 a[16][16], b[16][8];
    int lane = threadIdx.x;
    for (int i = lane; i < 256; i += 32) a[i / 16][i % 16 ^ (SWIZZLE ? i / 64 % 2 * 8 : 0)] = A[i];
    for (int i = lane; i < 128; i += 32) b[i / 8][i % 8] = B[i];
    __syncwarp();

    int row = lane % 16, half = lane / 16 ^ (SWIZZLE ? row / 4 % 2 : 0);  // of a: where this lane's address points
    unsigned x[4], y[2], of_a = __cvta_generic_to_shared(&a[row][half * 8]), of_b = __cvta_generic_to_shared(&b[row][0]);
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];" : "=r"(x[0]), "=r"(x[1]), "=r"(x[2]), "=r"(x[3]) : "r"(of_a) : "memory");
    asm volatile("ldmatrix.sync.aligned.m8n8.x2.trans.shared.b16 {%0, %1}, [%2];" : "=r"(y[0]), "=r"(y[1]) : "r"(of_b) : "memory");

    float c[4] = {};
    asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3]) : "r"(x[0]), "r"(x[1]), "r"(x[2]), "r"(x[3]), "r"(y[0]), "r"(y[1]));
    for (int i = 0; i < 4; ++i) C[4 * lane + i] = c[i];
}
