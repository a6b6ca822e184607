// Implicit GEMM: the matrix product of im2col.cu, but its columns are nowhere: a thread that needs an element of them
// works out where it lies in x.
//
//   Architecture: sm_75, any GPU that this compiler knows.
//   What changed since im2col.cu: no workspace, and global memory moves x instead of the columns, which are written
//   and read there; what a block needs several times comes from the caches. The price is arithmetic with indices, so
//   FILTER_R and FILTER_S, the divisors, are constants of the compiler, and what depends on the place alone is
//   worked out before the loop.
//   NVIDIA's cuDNN has its name: Chetlur and others, *cuDNN: Efficient Primitives for Deep Learning*, 2014.
//
// Next: winograd.cu multiplies less.

#include "conv.h"
#include "parts.h"
#include "product.h"

// y = w columns
extern "C" __global__ void __launch_bounds__(THREADS, 2)
forward(const float* x, const float* w, float* y, Conv conv)
{
    int filters = conv.K / conv.groups, channels = conv.C / conv.groups, places = conv.P * conv.Q;
    int group = blockIdx.z, taps = channels * FILTER_R * FILTER_S;
    product(
        filters, conv.N * places, taps,
        [=](int k, int e) { return w[(size_t)(group * filters + k) * taps + e]; },
        [=](int e, int i) {
            int c = group * channels + e / (FILTER_R * FILTER_S);
            int r = e / FILTER_S % FILTER_R, s = e % FILTER_S;
            return met(x, conv, i / places, c, i / conv.Q % conv.P, i % conv.Q, r, s);
        },
        [=](int k, int i, float sum) {
            y[((size_t)(i / places) * conv.K + group * filters + k) * places + i % places] = sum;
        });
}

// dx = w' dy, each element of x gathering over k, r, s at once
extern "C" __global__ void __launch_bounds__(THREADS, 2)
grad_x(const float* dy, const float* w, float* dx, Conv conv)
{
    int filters = conv.K / conv.groups, channels = conv.C / conv.groups, places = conv.P * conv.Q;
    int group = blockIdx.z, area = conv.H * conv.W;
    product(
        channels, conv.N * area, filters * FILTER_R * FILTER_S,
        [=](int c, int e) {
            int k = e / (FILTER_R * FILTER_S), tap = e % (FILTER_R * FILTER_S);
            return w[((size_t)(group * filters + k) * channels + c) * FILTER_R * FILTER_S + tap];
        },
        [=](int e, int i) {
            int k = group * filters + e / (FILTER_R * FILTER_S);
            int r = e / FILTER_S % FILTER_R, s = e % FILTER_S;
            int at = place(conv, i / conv.W % conv.H, i % conv.W, r, s);
            return at < 0 ? 0 : dy[((size_t)(i / area) * conv.K + k) * places + at];
        },
        [=](int c, int i, float sum) {
            dx[((size_t)(i / area) * conv.C + group * channels + c) * area + i % area] = sum;
        });
}

// dw = dy columns', a part of the sum over places: see parts.h
extern "C" __global__ void __launch_bounds__(THREADS, 2)
grad_w(const float* x, const float* dy, float* parts, Conv conv, int terms, int length)
{
    int filters = conv.K / conv.groups, channels = conv.C / conv.groups, places = conv.P * conv.Q;
    int group = blockIdx.z % conv.groups, first = blockIdx.z / conv.groups * length;
    int taps = channels * FILTER_R * FILTER_S;
    product<false, true>(
        filters, taps, terms, first, first + length,
        [=](int k, int i) { return dy[((size_t)(i / places) * conv.K + group * filters + k) * places + i % places]; },
        [=](int i, int tap) {
            int c = group * channels + tap / (FILTER_R * FILTER_S);
            int r = tap / FILTER_S % FILTER_R, s = tap % FILTER_S;
            return met(x, conv, i / places, c, i / conv.Q % conv.P, i % conv.Q, r, s);
        },
        [=](int k, int tap, float sum) { parts[((size_t)blockIdx.z * filters + k) * taps + tap] = sum; });
}
