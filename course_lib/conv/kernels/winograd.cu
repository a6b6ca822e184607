// Winograd's F(2x2, 3x3): 16 multiplications for the 4 results of a tile instead of 36.
//
//   Architecture: sm_75, any GPU that this compiler knows.
//   What changed since implicit_gemm.cu: filters and tiles of 4 x 4 elements are transformed into 16 matrices each,
//   16 products of these are summed over channels, and their result is transformed back, with additions. One thread
//   has one tile, or one filter of one channel, in registers; neighbouring threads have neighbouring tiles, so that
//   what they write for one of the 16 places lies side by side.
//
//   Y = A' [(G g G') * (B' d B)] A      dg = G' [(A dY A') * (B' d B)] G
//   U  16, K, C/groups      V  16, C, tiles      M  16, K, tiles      tiles: images, rows, columns
//
//   Lavin, Gray, *Fast Algorithms for Convolutional Neural Networks*, 2016. Stride and dilation are 1.

#include "conv.h"
#include "product.h"

struct By_B {  // B' v
    static __device__ void run(const float* v, float* t)
    {
        t[0] = v[0] - v[2], t[1] = v[1] + v[2], t[2] = v[2] - v[1], t[3] = v[1] - v[3];
    }
};
struct By_G {  // G v
    static __device__ void run(const float* v, float* t)
    {
        float even = 0.5f * (v[0] + v[2]), odd = 0.5f * v[1];
        t[0] = v[0], t[1] = even + odd, t[2] = even - odd, t[3] = v[2];
    }
};
struct By_A {  // A' v
    static __device__ void run(const float* v, float* t)
    {
        t[0] = v[0] + v[1] + v[2], t[1] = v[1] - v[2] - v[3];
    }
};
struct By_A_transposed {  // A v
    static __device__ void run(const float* v, float* t)
    {
        t[0] = v[0], t[1] = v[0] + v[1], t[2] = v[0] - v[1], t[3] = -v[1];
    }
};
struct By_G_transposed {  // G' v
    static __device__ void run(const float* v, float* t)
    {
        float even = 0.5f * (v[1] + v[2]);
        t[0] = v[0] + even, t[1] = 0.5f * (v[1] - v[2]), t[2] = even + v[3];
    }
};

// FROM x FROM elements by a matrix from both sides: first along each row, then down each column.
template <class By, int FROM, int TO>
__device__ inline void both_sides(const float (&v)[FROM][FROM], float (&result)[TO][TO])
{
    float rows[FROM][TO];
    #pragma unroll
    for (int i = 0; i < FROM; ++i) By::run(v[i], rows[i]);
    #pragma unroll
    for (int j = 0; j < TO; ++j) {
        float column[FROM], done[TO];
        #pragma unroll
        for (int i = 0; i < FROM; ++i) column[i] = rows[i][j];
        By::run(column, done);
        #pragma unroll
        for (int i = 0; i < TO; ++i) result[i][j] = done[i];
    }
}

// The 16 places lie `apart` elements from each other.
__device__ inline void scatter(const float (&v)[4][4], float* to, size_t apart)
{
    #pragma unroll
    for (int i = 0; i < 16; ++i) to[i * apart] = v[i / 4][i % 4];
}

__device__ inline void gather(const float* from, size_t apart, float (&v)[4][4])
{
    #pragma unroll
    for (int i = 0; i < 16; ++i) v[i / 4][i % 4] = from[i * apart];
}

// U, of filters that may be turned by half a turn with k and c exchanged, as dx needs them. Of the convolution that U
// is for: a thread for each channel of filter blockIdx.y.
extern "C" __global__ void filters(const float* w, float* U, Conv conv, int turned)
{
    int channels = conv.C / conv.groups, count = conv.K / conv.groups;
    int c = blockIdx.x * blockDim.x + threadIdx.x, k = blockIdx.y;
    if (c >= channels) return;
    size_t from = (size_t)k * channels + c;
    if (turned) from = (size_t)(k / count * channels + c) * count + k % count;
    float g[3][3], u[4][4];
    for (int i = 0; i < 9; ++i) g[i / 3][i % 3] = w[from * 9 + (turned ? 8 - i : i)];
    both_sides<By_G>(g, u);
    scatter(u, U + (size_t)k * channels + c, (size_t)conv.K * channels);
}

// V: a thread for each tile of channel blockIdx.y.
extern "C" __global__ void data(const float* x, float* V, Conv conv)
{
    int high = (conv.P + 1) / 2, wide = (conv.Q + 1) / 2, tiles = conv.N * high * wide;
    int t = blockIdx.x * blockDim.x + threadIdx.x, c = blockIdx.y;
    if (t >= tiles) return;
    float d[4][4], v[4][4];
    for (int i = 0; i < 16; ++i)
        d[i / 4][i % 4] = met(x, conv, t / (high * wide), c, t / wide % high * 2, t % wide * 2, i / 4, i % 4);
    both_sides<By_B>(d, v);
    scatter(v, V + (size_t)c * tiles + t, (size_t)conv.C * tiles);
}

// M = U V for each place and group: blockIdx.z.
extern "C" __global__ void __launch_bounds__(THREADS, 2)
multiply(const float* U, const float* V, float* M, Conv conv)
{
    int count = conv.K / conv.groups, channels = conv.C / conv.groups;
    int tiles = conv.N * ((conv.P + 1) / 2) * ((conv.Q + 1) / 2);
    U += (size_t)blockIdx.z * count * channels, V += (size_t)blockIdx.z * channels * tiles;
    M += (size_t)blockIdx.z * count * tiles;
    product(
        count, tiles, channels,
        [=](int k, int c) { return U[(size_t)k * channels + c]; },
        [=](int c, int t) { return V[(size_t)c * tiles + t]; },
        [=](int k, int t, float sum) { M[(size_t)k * tiles + t] = sum; });
}

// y: a thread for each tile of filter blockIdx.y.
extern "C" __global__ void results(const float* M, float* y, Conv conv)
{
    int high = (conv.P + 1) / 2, wide = (conv.Q + 1) / 2, tiles = conv.N * high * wide;
    int t = blockIdx.x * blockDim.x + threadIdx.x, k = blockIdx.y;
    if (t >= tiles) return;
    float v[4][4], result[2][2];
    gather(M + (size_t)k * tiles + t, (size_t)conv.K * tiles, v);
    both_sides<By_A>(v, result);
    int n = t / (high * wide), p = t / wide % high * 2, q = t % wide * 2;
    for (int i = 0; i < 4; ++i)
        if (p + i / 2 < conv.P && q + i % 2 < conv.Q)
            y[(((size_t)n * conv.K + k) * conv.P + p + i / 2) * conv.Q + q + i % 2] = result[i / 2][i % 2];
}

// A dY A': a thread for each tile of filter blockIdx.y.
extern "C" __global__ void gradients(const float* dy, float* D, Conv conv)
{
    int high = (conv.P + 1) / 2, wide = (conv.Q + 1) / 2, tiles = conv.N * high * wide;
    int t = blockIdx.x * blockDim.x + threadIdx.x, k = blockIdx.y;
    if (t >= tiles) return;
    int n = t / (high * wide), p = t / wide % high * 2, q = t % wide * 2;
    float v[2][2], d[4][4];
    for (int i = 0; i < 4; ++i) {
        bool inside = p + i / 2 < conv.P && q + i % 2 < conv.Q;
        v[i / 2][i % 2] = inside ? dy[(((size_t)n * conv.K + k) * conv.P + p + i / 2) * conv.Q + q + i % 2] : 0;
    }
    both_sides<By_A_transposed>(v, d);
    scatter(d, D + (size_t)k * tiles + t, (size_t)conv.K * tiles);
}

// U = D V' for each place and group, a sum over all tiles: blockIdx.z.
extern "C" __global__ void __launch_bounds__(THREADS)  // for two blocks at once it would spill
multiply_gradients(const float* D, const float* V, float* U, Conv conv)
{
    int count = conv.K / conv.groups, channels = conv.C / conv.groups;
    int tiles = conv.N * ((conv.P + 1) / 2) * ((conv.Q + 1) / 2);
    D += (size_t)blockIdx.z * count * tiles, V += (size_t)blockIdx.z * channels * tiles;
    U += (size_t)blockIdx.z * count * channels;
    product<false, true>(
        count, channels, tiles,
        [=](int k, int t) { return D[(size_t)k * tiles + t]; },
        [=](int t, int c) { return V[(size_t)c * tiles + t]; },
        [=](int k, int c, float sum) { U[(size_t)k * channels + c] = sum; });
}

// dw: a thread for each channel of filter blockIdx.y.
extern "C" __global__ void filter_gradients(const float* U, float* dw, Conv conv)
{
    int channels = conv.C / conv.groups, c = blockIdx.x * blockDim.x + threadIdx.x, k = blockIdx.y;
    if (c >= channels) return;
    float v[4][4], g[3][3];
    gather(U + (size_t)k * channels + c, (size_t)conv.K * channels, v);
    both_sides<By_G_transposed>(v, g);
    for (int i = 0; i < 9; ++i) dw[((size_t)k * channels + c) * 9 + i] = g[i / 3][i % 3];
}
