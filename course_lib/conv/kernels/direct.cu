// Direct convolution: the definition, one thread for each element of what is computed.
//
//   Architecture: sm_75, any GPU that this compiler knows.
//   Neighbouring threads have neighbouring columns of one image, so a warp reads x in order at stride 1, and all
//   its threads want the same element of w. Every element of x is read from global memory, or from its caches, once
//   for each tap and each filter: 2 loads for one multiply-add.
//
// Next: im2col.cu makes a matrix product of it, which reuses what it has read.

#include "conv.h"

// y: blockIdx.y has the filter, blockIdx.z the image.
extern "C" __global__ void forward(const float* x, const float* w, float* y, Conv conv)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x, k = blockIdx.y, n = blockIdx.z;
    if (i >= conv.P * conv.Q) return;
    int channels = conv.C / conv.groups, first = k / (conv.K / conv.groups) * channels;
    w += (size_t)k * channels * conv.R * conv.S;
    float sum = 0;
    for (int c = 0; c < channels; ++c)
        for (int r = 0; r < conv.R; ++r)
            for (int s = 0; s < conv.S; ++s)
                sum += met(x, conv, n, first + c, i / conv.Q, i % conv.Q, r, s) * *w++;
    y[((size_t)n * conv.K + k) * conv.P * conv.Q + i] = sum;
}

// dx: blockIdx.y has the channel, blockIdx.z the image. A thread asks which results its element of x went into.
extern "C" __global__ void grad_x(const float* dy, const float* w, float* dx, Conv conv)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x, c = blockIdx.y, n = blockIdx.z;
    if (i >= conv.H * conv.W) return;
    int channels = conv.C / conv.groups, filters = conv.K / conv.groups, group = c / channels;
    float sum = 0;
    for (int r = 0; r < conv.R; ++r)
        for (int s = 0; s < conv.S; ++s) {
            int at = place(conv, i / conv.W, i % conv.W, r, s);
            if (at < 0) continue;
            for (int f = 0; f < filters; ++f) {
                int k = group * filters + f;
                float weight = w[(((size_t)k * channels + c % channels) * conv.R + r) * conv.S + s];
                sum += dy[((size_t)n * conv.K + k) * conv.P * conv.Q + at] * weight;
            }
        }
    dx[((size_t)n * conv.C + c) * conv.H * conv.W + i] = sum;
}

// dw: a thread for each tap of each channel of filter blockIdx.y, which sums over all images and places.
extern "C" __global__ void grad_w(const float* x, const float* dy, float* dw, Conv conv)
{
    int channels = conv.C / conv.groups, taps = channels * conv.R * conv.S;
    int i = blockIdx.x * blockDim.x + threadIdx.x, k = blockIdx.y;
    if (i >= taps) return;
    int c = k / (conv.K / conv.groups) * channels + i / (conv.R * conv.S), r = i / conv.S % conv.R, s = i % conv.S;
    float sum = 0;
    for (int n = 0; n < conv.N; ++n)
        for (int p = 0; p < conv.P; ++p)
            for (int q = 0; q < conv.Q; ++q)
                sum += met(x, conv, n, c, p, q, r, s) * dy[(((size_t)n * conv.K + k) * conv.P + p) * conv.Q + q];
    dw[(size_t)k * taps + i] = sum;
}
