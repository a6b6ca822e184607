// im2col: the windows of x become the columns of a matrix in global memory, and a matrix product does the rest.
//
//   Architecture: sm_75, any GPU that this compiler knows.
//   What changed since direct.cu: each element of x is written R S times (less at strides), but the product reads an
//   element of the columns once for TILE_M filters, and one of w once for TILE_N places: product.h.
//
//   columns  N, C R S, P Q      e = (c, r, s) in its order in w; blockIdx.z of a product has the group
//
// Next: implicit_gemm.cu, which never writes the columns.

#include "conv.h"
#include "parts.h"
#include "product.h"

// A thread for each place of row e = blockIdx.y of image blockIdx.z: neighbours write neighbours.
extern "C" __global__ void unroll(const float* x, float* columns, Conv conv)
{
    int places = conv.P * conv.Q, i = blockIdx.x * blockDim.x + threadIdx.x, e = blockIdx.y, n = blockIdx.z;
    if (i >= places) return;
    int s = e % conv.S, r = e / conv.S % conv.R, c = e / (conv.R * conv.S);
    columns[((size_t)n * gridDim.y + e) * places + i] = met(x, conv, n, c, i / conv.Q, i % conv.Q, r, s);
}

// The way back: a thread for each element of x adds up the columns that it went into.
extern "C" __global__ void fold(const float* columns, float* dx, Conv conv)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x, c = blockIdx.y, n = blockIdx.z;
    if (i >= conv.H * conv.W) return;
    columns += ((size_t)n * conv.C + c) * conv.R * conv.S * conv.P * conv.Q;
    float sum = 0;
    for (int r = 0; r < conv.R; ++r)
        for (int s = 0; s < conv.S; ++s) {
            int at = place(conv, i / conv.W, i % conv.W, r, s);
            if (at >= 0) sum += columns[(size_t)(r * conv.S + s) * conv.P * conv.Q + at];
        }
    dx[((size_t)n * conv.C + c) * conv.H * conv.W + i] = sum;
}

// y = w columns
extern "C" __global__ void __launch_bounds__(THREADS, 2)
forward(const float* columns, const float* w, float* y, Conv conv)
{
    int filters = conv.K / conv.groups, taps = conv.C / conv.groups * conv.R * conv.S, places = conv.P * conv.Q;
    int group = blockIdx.z;
    product(
        filters, conv.N * places, taps,
        [=](int k, int e) { return w[(size_t)(group * filters + k) * taps + e]; },
        [=](int e, int i) {
            return columns[((size_t)(i / places) * conv.groups * taps + group * taps + e) * places + i % places];
        },
        [=](int k, int i, float sum) {
            y[((size_t)(i / places) * conv.K + group * filters + k) * places + i % places] = sum;
        });
}

// columns = w' dy, for fold
extern "C" __global__ void __launch_bounds__(THREADS, 2)
grad_x(const float* dy, const float* w, float* columns, Conv conv)
{
    int filters = conv.K / conv.groups, taps = conv.C / conv.groups * conv.R * conv.S, places = conv.P * conv.Q;
    int group = blockIdx.z;
    product<true, false>(
        taps, conv.N * places, filters,
        [=](int e, int k) { return w[(size_t)(group * filters + k) * taps + e]; },
        [=](int k, int i) { return dy[((size_t)(i / places) * conv.K + group * filters + k) * places + i % places]; },
        [=](int e, int i, float sum) {
            columns[((size_t)(i / places) * conv.groups * taps + group * taps + e) * places + i % places] = sum;
        });
}

// dw = dy columns', a part of the sum over places: see parts.h
extern "C" __global__ void __launch_bounds__(THREADS, 2)
grad_w(const float* columns, const float* dy, float* parts, Conv conv, int terms, int length)
{
    int filters = conv.K / conv.groups, taps = conv.C / conv.groups * conv.R * conv.S, places = conv.P * conv.Q;
    int group = blockIdx.z % conv.groups, first = blockIdx.z / conv.groups * length;
    product<false, true>(
        filters, taps, terms, first, first + length,
        [=](int k, int i) { return dy[((size_t)(i / places) * conv.K + group * filters + k) * places + i % places]; },
        [=](int i, int tap) {
            return columns[((size_t)(i / places) * conv.groups * taps + group * taps + tap) * places + i % places];
        },
        [=](int k, int tap, float sum) { parts[((size_t)blockIdx.z * filters + k) * taps + tap] = sum; });
}
