// Correct kernels with barriers and warp operations in unusual places. Each says what makes it right.
#include <cooperative_groups.h>
#include <mma.h>
namespace cg = cooperative_groups;

// The condition is the same for all threads.
extern "C" __global__ void uniform_branch(const float* x, float* out, int n, int mirror)
{
    __shared__ float s[256];
    int t = threadIdx.x, i = blockIdx.x * 256 + t;
    float v = i < n ? x[i] : 0;
    if (mirror) {
        s[t] = v;
        __syncthreads();
        v = s[255 - t];
    }
    out[i] = v;
}

// All threads learn at the barrier whether one of them needs another round.
extern "C" __global__ void until_sorted(int* x, int n)
{
    extern __shared__ int s[];
    int t = threadIdx.x, swapped = 1;
    if (t < n) s[t] = x[t];
    __syncthreads();
    while (swapped) {
        swapped = 0;
        for (int odd = 0; odd < 2; odd++) {
            int i = 2 * t + odd;
            if (i + 1 < n && s[i] > s[i + 1]) {
                int larger = s[i];
                s[i] = s[i + 1];
                s[i + 1] = larger;
                swapped = 1;
            }
            __syncthreads();
        }
        swapped = __syncthreads_or(swapped);
    }
    if (t < n) x[t] = s[t];
}

// Whole warps leave; those that stay need none of them.
extern "C" __global__ void warps_leave(const int* x, int* out, int rows)
{
    int row = blockIdx.x * 8 + threadIdx.x / 32, lane = threadIdx.x % 32;
    if (row >= rows) return;
    int sum = x[row * 32 + lane];
    for (int d = 16; d > 0; d /= 2) sum += __shfl_xor_sync(0xffffffff, sum, d);
    if (lane == 0) out[row] = sum;
}

// All threads of a block leave, or none.
extern "C" __global__ void block_leaves(const float* x, float* out, const int* active)
{
    __shared__ float s[128];
    int t = threadIdx.x;
    if (!active[blockIdx.x]) return;
    s[t] = x[blockIdx.x * 128 + t];
    __syncthreads();
    out[blockIdx.x * 128 + t] = s[127 - t];
}

// Half of the block has a barrier of its own; the other half goes past it.
extern "C" __global__ void half_a_block(const float* x, float* out)
{
    __shared__ float s[128];
    int t = threadIdx.x;
    if (t < 128) {
        s[t] = x[t];
        asm volatile("bar.sync 1, 128;" ::: "memory");
        out[t] = s[127 - t];
    } else out[t] = x[t];
}

// Both branches reach the same barrier afterwards, and warps that did nothing wait there too.
extern "C" __global__ void meet_again(const float* x, float* out)
{
    __shared__ float s[64];
    int t = threadIdx.x;
    if (t % 3 == 0) {
        if (t < 64) s[t] = x[t];
    } else if (t < 64) s[t] = -x[t];
    __syncthreads();
    if (t >= 64 && t < 128) out[t - 64] = s[127 - t];
}

// One warp: every read and every write is followed by __syncwarp.
extern "C" __global__ void warp_tree(const int* x, int* out)
{
    __shared__ int s[4][32];
    int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
    int v = s[warp][lane] = x[threadIdx.x];
    __syncwarp();
    for (int d = 16; d > 0; d /= 2) {
        v += s[warp][lane ^ d];
        __syncwarp();
        s[warp][lane] = v;
        __syncwarp();
    }
    if (lane == 0) out[warp] = s[warp][lane];
}

// The branch parts warps, not lanes.
extern "C" __global__ void branch_of_warps(const int* x, int* out)
{
    int t = threadIdx.x, v = x[t];
    if (t / 32 % 2) v = __shfl_sync(0xffffffff, v, 31 - t % 32);
    else v = __shfl_up_sync(0xffffffff, v, 1);
    out[t] = v;
}

// The mask was made before the branch and names those that take it.
extern "C" __global__ void named_before(const int* x, int* out)
{
    int t = threadIdx.x, v = x[t];
    unsigned odd = __ballot_sync(0xffffffff, v % 2);
    out[t] = -1;
    if (v % 2) {
        out[t] = __shfl_sync(odd, v, __ffs(odd) - 1);
        if (__activemask() == odd && __all_sync(odd, v > 0)) out[t] += 1000;
    }
}

// Tiles of eight lanes, each with its own mask; some tiles sit out.
extern "C" __global__ void tiles_of_eight(const int* x, int* out)
{
    __shared__ int s[256];
    int t = threadIdx.x, tile = t % 32 / 8;
    unsigned mine = 0xffu << 8 * tile;
    if (tile == 2) return;
    s[t] = x[t];
    __syncwarp(mine);
    out[t] = s[t ^ 7] + __shfl_xor_sync(mine, x[t], 1, 8);
}

// Sixteen lanes and their own barrier; then those lanes that happen to be here count themselves.
extern "C" __global__ void group_of_sixteen(const int* x, int* out, int* odd)
{
    __shared__ int s[128];
    auto tile = cg::tiled_partition<16>(cg::this_thread_block());
    int t = threadIdx.x;
    s[t] = x[t];
    tile.sync();
    int v = s[t ^ 15];
    tile.sync();
    s[t] = v;
    out[t] = tile.shfl(v, 0);
    if (x[t] % 2) {
        auto here = cg::coalesced_threads();
        if (here.thread_rank() == 0) atomicAdd(odd, here.size());
    }
}

// One atomic for all lanes with the same key, by the first of them.
extern "C" __global__ void one_for_many(const int* x, int n, int* count)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    unsigned same = __match_any_sync(__activemask(), x[i]);
    if (threadIdx.x % 32 == __ffs(same) - 1) atomicAdd(&count[x[i]], __popc(same));
}

// Lanes leave the loop one by one and meet at __syncwarp.
extern "C" __global__ void lanes_part_and_meet(const int* x, int* out)
{
    __shared__ int steps[32];
    int t = threadIdx.x, v = x[t], count = 0;
    while (v > 1) {
        v = v % 2 ? 3 * v + 1 : v / 2;
        count++;
    }
    steps[t] = count;
    __syncwarp();
    out[t] = steps[31 - t];
}

// A warp's matrix product goes through its own shared memory; __syncwarp is all it needs.
extern "C" __global__ void tensor_tile(const __half* A, const __half* B, float* out)
{
    using namespace nvcuda;
    __shared__ __align__(32) float tile[2][256];
    int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
    wmma::fragment<wmma::matrix_a, 16, 16, 16, __half, wmma::row_major> a;
    wmma::fragment<wmma::matrix_b, 16, 16, 16, __half, wmma::row_major> b;
    wmma::fragment<wmma::accumulator, 16, 16, 16, float> c;
    wmma::load_matrix_sync(a, A + 256 * warp, 16);
    wmma::load_matrix_sync(b, B, 16);
    wmma::fill_fragment(c, 0);
    wmma::mma_sync(c, a, b, c);
    wmma::store_matrix_sync(tile[warp], c, 16, wmma::mem_row_major);
    __syncwarp();
    for (int i = lane; i < 256; i += 32) out[256 * warp + i] = tile[warp][255 - i];
}
