// Kernels whose requests Nsight Compute and the glass GPU both count: measure_profile.py launches each once.
#include <cuda_pipeline.h>
#define KERNEL extern "C" __global__ void
#define T threadIdx.x
#define I (blockIdx.x * blockDim.x + threadIdx.x)

KERNEL copy(const float* x, float* y) { y[I] = x[I]; }
KERNEL shifted(const float* x, float* y) { y[I] = x[I + 1]; }
KERNEL strided(const float* x, float* y) { y[I] = x[32 * (I % 1024)]; }
KERNEL every_other(const float* x, float* y) { y[I] = x[2 * I]; }
KERNEL broadcast(const float* x, float* y) { y[I] = x[blockIdx.x]; }
KERNEL backwards(const float* x, float* y) { y[I] = x[4095 - I]; }
KERNEL vectors(const float4* x, float4* y) { y[I] = x[I]; }
KERNEL doubles(const double* x, double* y) { y[I] = x[I] * x[I]; }
KERNEL shorts(const unsigned short* x, unsigned short* y) { y[I] = x[I] + 1; }
KERNEL stencil(const float* x, float* y) { y[I] = x[I] + x[I + 1] + x[I + 2] + x[I + 3] + x[I + 4]; }
KERNEL some_lanes(const float* x, float* y) { if (T % 4 == 0) y[I] = x[I]; else y[I] = 1; }
KERNEL partial_warps(const float* x, float* y) { y[I] = 2 * x[I]; }
KERNEL polynomial(const float* x, float* y) {
    float v = x[I], s = 1;
    #pragma unroll 1
    for (int i = 0; i < 64; i++) s = s * v + 1;
    y[I] = s;
}
KERNEL sums(const float* x, float* y) {
    float s = 0;
    #pragma unroll 1
    for (int i = 0; i < 16; i++) s += x[256 * i + T];
    for (int i = 16; i > 0; i /= 2) s += __shfl_down_sync(~0u, s, i);
    if (T % 32 == 0) y[I / 32] = s;
}
template <int WIDTH, bool SWIZZLED> __device__ void turn(const float* x, float* y) {
    __shared__ float tile[32][WIDTH];
    int r = threadIdx.y;
    for (int j = r; j < 32; j += 8) tile[j][SWIZZLED ? T ^ j : T] = x[32 * j + T];
    __syncthreads();
    for (int j = r; j < 32; j += 8) y[32 * j + T] = tile[T][SWIZZLED ? j ^ T : j];
}
KERNEL transpose(const float* x, float* y) { turn<32, false>(x, y); }
KERNEL transpose_padded(const float* x, float* y) { turn<33, false>(x, y); }
KERNEL transpose_swizzled(const float* x, float* y) { turn<32, true>(x, y); }
KERNEL wide_shared(const double* x, double* y) {
    __shared__ double s[256];
    s[T] = x[T];
    __syncthreads();
    y[T] = s[(2 * T) % 256];
}
KERNEL histogram(const int* x, int* y) {
    __shared__ int own[32];
    if (T < 32) own[T] = 0;
    __syncthreads();
    atomicAdd(&own[x[I] % 32], 1);
    __syncthreads();
    if (T < 32) atomicAdd(&y[T], own[T]);
}
KERNEL copies(const float* x, float* y) {
    __shared__ __align__(16) float s[1024];
    __pipeline_memcpy_async(s + 4 * T, x + 4 * T, 16);
    __pipeline_commit();
    __pipeline_wait_prior(0);
    __syncthreads();
    y[T] = s[(33 * T) % 1024];
}
KERNEL matrices(const unsigned* x, unsigned* y) {
    __shared__ __align__(16) unsigned s[1024];
    for (int i = T; i < 1024; i += 32) s[i] = x[i];
    __syncwarp();
    unsigned a, b, c, d;
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
        : "=r"(a), "=r"(b), "=r"(c), "=r"(d) : "r"((unsigned)__cvta_generic_to_shared(s + 32 * T)));
    y[T] = a ^ b ^ c ^ d;
}
