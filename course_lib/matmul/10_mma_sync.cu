// 10 mma.sync: C = A B on tensor cores, by the instructions that wmma hides.
//
//   Architecture: sm_80, the first whose tensor cores know bfloat16.
//   What changed since 09: mma.sync m16n8k16 says which lane holds which element, so ldmatrix can fill the
//   registers as they are needed: 8 x 8 elements a lane's address, four such matrices an instruction, turned
//   on their side on the way where B needs it. And the rows of a tile are no longer padded but swizzled:
//   the 16-byte pieces of a row change places by the row's number, so that the same piece of 8 rows lies in
//   8 different banks of 16 bytes, for writers and for readers, without a byte wasted.
//   n and k are multiples of 8, one copy; m is any.
//   On Hopper mma.sync reaches about two thirds of what the tensor cores can do: the next rung has the rest.
//
// Next rung: Hopper's own instructions.

typedef unsigned short bf16;  // only the tensor core reads its bits as a number

#define THREADS (TILE_M / WARP_M * (TILE_N / WARP_N) * 32)

struct Tiles { bf16 a[TILE_M][TILE_K], b[TILE_K][TILE_N]; };

// Where the 16-byte piece that begins at (row, col) lies. Rows of 64 bytes share the banks by twos.
__device__ bf16* in_a(Tiles& tiles, int row, int col)
{
    return &tiles.a[row][(col / 8 ^ (TILE_K == 32 ? row / 2 % 4 : row % 8)) * 8];
}
__device__ bf16* in_b(Tiles& tiles, int row, int col) { return &tiles.b[row][(col / 8 ^ row % 8) * 8]; }

// A copy of 8 elements that arrives later; what lies outside of the matrix arrives as zeros, and is not read.
__device__ void bring_eight(bf16* to, const bf16* from, bool inside)
{
    unsigned at = __cvta_generic_to_shared(to);
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" :: "r"(at), "l"(from), "r"(inside ? 16 : 0) : "memory");
}
__device__ void close_group() { asm volatile("cp.async.commit_group;" ::: "memory"); }
template <int LATER> __device__ void wait_for_all_groups_but() { asm volatile("cp.async.wait_group %0;" :: "n"(LATER) : "memory"); }

// Four 8 x 8 matrices: lanes 8 i to 8 i + 7 name the rows of matrix i, and register i of every lane gets two elements.
__device__ void load_matrices(unsigned (&x)[4], bf16* row)
{
    unsigned at = __cvta_generic_to_shared(row);
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(x[0]), "=r"(x[1]), "=r"(x[2]), "=r"(x[3]) : "r"(at) : "memory");
}
__device__ void load_matrices_turned(unsigned (&x)[4], bf16* row)
{
    unsigned at = __cvta_generic_to_shared(row);
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(x[0]), "=r"(x[1]), "=r"(x[2]), "=r"(x[3]) : "r"(at) : "memory");
}

// sum += a b: 16 x 8 += 16 x 16 times 16 x 8, spread over the registers of a warp.
__device__ void multiply_add(float (&sum)[4], const unsigned (&a)[4], unsigned b0, unsigned b1)
{
    asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+f"(sum[0]), "+f"(sum[1]), "+f"(sum[2]), "+f"(sum[3]) : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

extern "C" __global__ void __launch_bounds__(THREADS)
matmul(const bf16* A, const bf16* B, float* C, int m, int n, int k)
{
    extern __shared__ __align__(128) Tiles tiles[];  // STAGES of them
    int top = blockIdx.y * TILE_M, left = blockIdx.x * TILE_N;  // of the block's tile of C
    int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
    int x = warp % (TILE_N / WARP_N) * WARP_N, y = warp / (TILE_N / WARP_N) * WARP_M;  // of the warp's part of it
    A += (size_t)top * k, B += left;

    auto bring = [&](int t, Tiles& into) {
        #pragma unroll
        for (int i = threadIdx.x, s = 0; s < TILE_M * TILE_K / 8; s += THREADS, i += THREADS) {
            int row = i / (TILE_K / 8), col = i % (TILE_K / 8) * 8;
            bring_eight(in_a(into, row, col), &A[(size_t)row * k + t + col], top + row < m && t + col < k);
        }
        #pragma unroll
        for (int i = threadIdx.x, s = 0; s < TILE_K * TILE_N / 8; s += THREADS, i += THREADS) {
            int row = i / (TILE_N / 8), col = i % (TILE_N / 8) * 8;
            bring_eight(in_b(into, row, col), &B[(size_t)(t + row) * n + col], t + row < k && left + col < n);
        }
    };

    float sum[WARP_M / 16][WARP_N / 8][4] = {};
    for (int s = 0; s < STAGES - 1; ++s) {
        if (s * TILE_K < k) bring(s * TILE_K, tiles[s]);
        close_group();  // one group a tile, even an empty one: the waiting below counts them
    }
    for (int t = 0, now = 0; t < k; t += TILE_K, now = (now + 1) % STAGES) {
        wait_for_all_groups_but<STAGES - 2>();
        __syncthreads();  // tile `now` is complete, and nobody reads the one before it any more
        int next = t + (STAGES - 1) * TILE_K;
        if (next < k) bring(next, tiles[(now + STAGES - 1) % STAGES]);
        close_group();
        #pragma unroll
        for (int e = 0; e < TILE_K; e += 16) {
            unsigned down[WARP_M / 16][4], right[WARP_N / 16][4];  // of right, two pieces of 8 columns each
            #pragma unroll
            for (int i = 0; i < WARP_M / 16; ++i)
                load_matrices(down[i], in_a(tiles[now], y + 16 * i + lane % 16, e + lane / 16 * 8));
            #pragma unroll
            for (int j = 0; j < WARP_N / 16; ++j)
                load_matrices_turned(right[j], in_b(tiles[now], e + lane % 16, x + 16 * j + lane / 16 * 8));
            #pragma unroll
            for (int i = 0; i < WARP_M / 16; ++i)
                #pragma unroll
                for (int j = 0; j < WARP_N / 8; ++j)
                    multiply_add(sum[i][j], down[i], right[j / 2][j % 2 * 2], right[j / 2][j % 2 * 2 + 1]);
        }
    }
    // A lane holds two neighbours of a row, and the two 8 rows below.
    int row = top + y + lane / 4, col = left + x + lane % 4 * 2;
    C += (size_t)row * n + col;
    #pragma unroll
    for (int i = 0; i < WARP_M; i += 8)
        #pragma unroll
        for (int j = 0; j < WARP_N; j += 8) {
            float* pair = &sum[i / 16][j / 8][i / 8 % 2 * 2];
            if (row + i < m && col + j < n) *reinterpret_cast<float2*>(&C[(size_t)i * n + j]) = {pair[0], pair[1]};
        }
}
