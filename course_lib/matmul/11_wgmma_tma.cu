// 11 wgmma and TMA: C = A B as Hopper was built for.
//
//   Architecture: sm_90a, Hopper alone (H100, H200); the glass GPU does not run it.
//   What changed since 10: who does what. One instruction, wgmma, has four warps (a warpgroup) multiply 64 x 16
//   by 16 x 256, and reads both straight from shared memory: no ldmatrix, no registers for a and b, and not the
//   third of the time that mma.sync leaves the tensor cores idle. One other instruction brings a whole box of a
//   tile: a single thread asks the tensor memory accelerator (TMA), which knows the matrix by its CUtensorMap,
//   swizzles, puts zeros beyond the edges, and counts the bytes at a barrier when they are there.
//   So the warpgroups divide the work. The first one only asks for tiles, as far ahead as STAGES allow, and gives
//   its registers away; two others multiply, 64 rows of the tile each. `full[s]` says that stage s has arrived,
//   `empty[s]` that both have read it.
//   A block lives as long as the kernel and takes tile after tile, in groups of GROUP_M rows of tiles: the 132
//   blocks that run at once then read few different parts of A and B, which stay in the L2 cache.
//   n and k are multiples of 8: a row is described by its distance in steps of 16 bytes.

typedef unsigned long long u64;

#define TILE_M 128
#define TILE_N 256
#define TILE_K 64     // 128 bytes of a row: as far as one swizzle reaches
#define CONSUMERS 2   // warpgroups
#define BOX_BYTES (64 * TILE_K * 2)  // of 64 columns of b: what one copy brings

struct __align__(64) TensorMap { u64 opaque[16]; };  // CUtensorMap, made by the launcher
struct Tiles { unsigned char a[TILE_M * TILE_K * 2], b[TILE_N / 64][BOX_BYTES]; };
struct Tile { int m, n; };

__device__ unsigned shared_address(const void* x) { return __cvta_generic_to_shared(x); }

// ---- barriers in shared memory: they turn a phase, 0 or 1, when all expected threads and bytes have arrived ----

__device__ void set_up(u64& barrier, int arrivals)
{
    asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" :: "r"(shared_address(&barrier)), "r"(arrivals) : "memory");
}
__device__ void arrive(u64& barrier)
{
    asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" :: "r"(shared_address(&barrier)) : "memory");
}
__device__ void arrive_and_expect(u64& barrier, int bytes)
{
    asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;"
                 :: "r"(shared_address(&barrier)), "r"(bytes) : "memory");
}
__device__ void wait_for(u64& barrier, int phase)
{
    for (int done = 0; !done;)
        asm volatile("{\n .reg .pred p;\n mbarrier.try_wait.parity.shared::cta.b64 p, [%1], %2;\n selp.s32 %0, 1, 0, p;\n}"
                     : "=r"(done) : "r"(shared_address(&barrier)), "r"(phase) : "memory");
}

// ---- the tensor memory accelerator: the box at (column, row) of a matrix, into shared memory ----

__device__ void bring_box(void* to, const TensorMap& of, u64& barrier, int column, int row)
{
    asm volatile("cp.async.bulk.tensor.2d.shared::cluster.global.tile.mbarrier::complete_tx::bytes [%0], [%1, {%3, %4}], [%2];"
                 :: "r"(shared_address(to)), "l"(&of), "r"(shared_address(&barrier)), "r"(column), "r"(row) : "memory");
}

// ---- wgmma ----

// Where a piece of a tile lies, in units of 16 bytes, swizzled over 128 bytes: its address; `next`, from one 64
// columns of b to the next 64 (of a, unused); and from 8 rows to the next 8, 1024 bytes.
__device__ u64 descriptor(const void* piece, int next)
{
    return (shared_address(piece) & 0x3FFFF) >> 4 | (u64)(next >> 4) << 16 | (u64)(1024 >> 4) << 32 | (u64)1 << 62;
}

#define FOUR(i) "+f"(sum[i]), "+f"(sum[i + 1]), "+f"(sum[i + 2]), "+f"(sum[i + 3])
#define SIXTEEN(i) FOUR(i), FOUR(i + 4), FOUR(i + 8), FOUR(i + 12)

// sum += a b: 64 x 256 += 64 x 16 times 16 x 256; b lies with its columns along the rows (the last operand, 1).
__device__ void multiply_add(float (&sum)[128], u64 a, u64 b)
{
    asm volatile(
        "{\n .reg .pred add;\n setp.eq.u32 add, 1, 1;\n"
        "wgmma.mma_async.sync.aligned.m64n256k16.f32.bf16.bf16 {"
        "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, "
        "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31, "
        "%32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, "
        "%48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63, "
        "%64, %65, %66, %67, %68, %69, %70, %71, %72, %73, %74, %75, %76, %77, %78, %79, "
        "%80, %81, %82, %83, %84, %85, %86, %87, %88, %89, %90, %91, %92, %93, %94, %95, "
        "%96, %97, %98, %99, %100, %101, %102, %103, %104, %105, %106, %107, %108, %109, %110, %111, "
        "%112, %113, %114, %115, %116, %117, %118, %119, %120, %121, %122, %123, %124, %125, %126, %127}, "
        "%128, %129, add, 1, 1, 0, 1;\n}"
        : SIXTEEN(0), SIXTEEN(16), SIXTEEN(32), SIXTEEN(48), SIXTEEN(64), SIXTEEN(80), SIXTEEN(96), SIXTEEN(112)
        : "l"(a), "l"(b));
}
__device__ void registers_are_ready() { asm volatile("wgmma.fence.sync.aligned;" ::: "memory"); }
__device__ void close_group() { asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory"); }
template <int LATER> __device__ void wait_for_all_groups_but() { asm volatile("wgmma.wait_group.sync.aligned %0;" :: "n"(LATER) : "memory"); }

// ---- the order of the tiles: down a group of GROUP_M rows of tiles, then the next column ----

__device__ Tile tile_number(int i, int down, int across)
{
    int group = i / (GROUP_M * across) * GROUP_M, height = min(GROUP_M, down - group), within = i % (GROUP_M * across);
    return {(group + within % height) * TILE_M, within / height * TILE_N};
}

extern "C" __global__ void __launch_bounds__(128 * (1 + CONSUMERS), 1)
matmul(const __grid_constant__ TensorMap A, const __grid_constant__ TensorMap B, float* C, int m, int n, int k)
{
    extern __shared__ unsigned char memory[];
    __shared__ u64 full[STAGES], empty[STAGES];
    Tiles* tiles = (Tiles*)(memory + (-shared_address(memory) & 1023));  // 8 swizzled rows begin at multiples of 1024

    int group = threadIdx.x / 128, thread = threadIdx.x % 128;
    int down = (m + TILE_M - 1) / TILE_M, across = (n + TILE_N - 1) / TILE_N, steps = (k + TILE_K - 1) / TILE_K;
    if (threadIdx.x == 0) {
        for (int s = 0; s < STAGES; ++s) set_up(full[s], 1), set_up(empty[s], CONSUMERS);
        asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");  // the accelerator sees them too
        asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
    }
    __syncthreads();

    int stage = 0, phase = 0;  // of the ring, which both sides go round in step
    auto advance = [&] { if (++stage == STAGES) stage = 0, phase ^= 1; };

    if (group == 0) {
        asm volatile("setmaxnreg.dec.sync.aligned.u32 40;");
        if (thread != 0) return;
        for (int i = blockIdx.x; i < down * across; i += gridDim.x) {
            Tile tile = tile_number(i, down, across);
            for (int t = 0; t < steps; ++t, advance()) {
                wait_for(empty[stage], phase ^ 1);  // the first time round nobody has to empty it
                arrive_and_expect(full[stage], sizeof(Tiles));
                bring_box(tiles[stage].a, A, full[stage], t * TILE_K, tile.m);
                for (int j = 0; j < TILE_N / 64; ++j)
                    bring_box(tiles[stage].b[j], B, full[stage], tile.n + 64 * j, t * TILE_K);
            }
        }
        return;
    }

    asm volatile("setmaxnreg.inc.sync.aligned.u32 232;");
    int half = (group - 1) * 64;  // the rows of the tile that this warpgroup has
    for (int i = blockIdx.x; i < down * across; i += gridDim.x) {
        Tile tile = tile_number(i, down, across);
        float sum[128];
        #pragma unroll
        for (int j = 0; j < 128; ++j) sum[j] = 0;
        int before = 0;  // the stage of the step before, which may still be read
        for (int t = 0; t < steps; ++t, advance()) {
            wait_for(full[stage], phase);
            registers_are_ready();
            #pragma unroll
            for (int e = 0; e < TILE_K; e += 16)
                multiply_add(sum, descriptor(tiles[stage].a + half * TILE_K * 2 + e * 2, 16),
                             descriptor(tiles[stage].b[0] + e * 128, BOX_BYTES));
            close_group();
            wait_for_all_groups_but<1>();  // the step before is done: its stage may be filled again
            if (t > 0 && thread == 0) arrive(empty[before]);
            before = stage;
        }
        wait_for_all_groups_but<0>();
        if (steps > 0 && thread == 0) arrive(empty[before]);

        // A lane holds two neighbours of a row, and the two 8 rows below, for every 8 columns.
        int row = tile.m + half + thread / 32 * 16 + thread % 32 / 4, col = tile.n + thread % 4 * 2;
        #pragma unroll
        for (int j = 0; j < 128; j += 4) {
            if (col + 2 * j >= n) continue;
            float* out = C + (size_t)row * n + col + 2 * j;
            if (row < m) *reinterpret_cast<float2*>(out) = {sum[j], sum[j + 1]};
            if (row + 8 < m) *reinterpret_cast<float2*>(out + 8 * (size_t)n) = {sum[j + 2], sum[j + 3]};
        }
    }
}
