// Correct kernels with unusual addresses and types. Each says what makes it right.
#include <cuda_fp16.h>
#include <cuda_pipeline.h>

// The neighbour belongs to the same thread.
extern "C" __global__ void own_chunk(float* x, int n)
{
    int first = 5 * (blockIdx.x * blockDim.x + threadIdx.x);
    for (int i = first + 1; i < min(first + 5, n); i++) x[i] += x[i - 1];
}

// The pointer was moved to the middle, or to the end, first.
extern "C" __global__ void negative_index(const float* x, float* out, int n)
{
    const float* end = x + n;
    float* middle = out + n / 2;
    for (int i = threadIdx.x; i < n; i += blockDim.x) middle[i - n / 2] = end[-1 - i];
}

// Two halves of a word, one for each of two threads.
extern "C" __global__ void halves(const __half* x, __half* out, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) out[i] = __hadd(x[n - 1 - i], __float2half(1.0f));
}

// The same bytes as two types, in one thread.
extern "C" __global__ void own_bits(const float* x, unsigned* out, int n)
{
    __shared__ union { float f; unsigned u; unsigned char byte[4]; } cell[256];
    int t = threadIdx.x, i = blockIdx.x * blockDim.x + t;
    if (i >= n) return;
    cell[t].f = x[i];
    cell[t].byte[3] ^= 0x80;
    out[i] = cell[t].u;
}

// A barrier lies between the two uses of the memory.
extern "C" __global__ void second_use(const float* x, int* out)
{
    __shared__ float memory[256];
    int* count = reinterpret_cast<int*>(memory);
    int t = threadIdx.x;
    memory[t] = x[blockIdx.x * 256 + t];
    __syncthreads();
    float mirrored = memory[255 - t];
    __syncthreads();
    if (t < 16) count[t] = 0;
    __syncthreads();
    atomicAdd(&count[(int)mirrored & 15], 1);
    __syncthreads();
    if (t < 16) out[blockIdx.x * 16 + t] = count[t];
}

// One piece of memory, two arrays side by side.
extern "C" __global__ void carved(const float* x, float* out, int n)
{
    extern __shared__ float4 memory[];
    float* value = reinterpret_cast<float*>(memory);
    short* from = reinterpret_cast<short*>(value + n);
    int t = threadIdx.x;
    if (t < n) {
        value[t] = x[t];
        from[t] = n - 1 - t;
    }
    __syncthreads();
    if (t < n) out[t] = value[from[t]];
}

// Rows are padded to a multiple of four; what the padding holds is moved and never used.
extern "C" __global__ void padded_rows(const float4* x, float* out, int rows, int cols, int pitch)
{
    int row = blockIdx.x * blockDim.x + threadIdx.x;
    if (row >= rows) return;
    float sum = 0;
    for (int c = 0; c < cols; c += 4) {
        float4 v = x[(row * pitch + c) / 4];
        sum += v.x + (c + 1 < cols ? v.y : 0) + (c + 2 < cols ? v.z : 0) + (c + 3 < cols ? v.w : 0);
    }
    out[row] = sum;
}

// Nobody writes the last column of the tile, and nobody reads it.
extern "C" __global__ void spare_column(const float* x, float* out)
{
    __shared__ float tile[32][33];
    for (int j = threadIdx.y; j < 32; j += blockDim.y) tile[j][threadIdx.x] = x[32 * j + threadIdx.x];
    __syncthreads();
    for (int j = threadIdx.y; j < 32; j += blockDim.y) out[32 * j + threadIdx.x] = tile[threadIdx.x][j];
}

// Two buffers: the barrier of a step is also the one that the buffer of the step before needs.
extern "C" __global__ void one_barrier_a_step(const float* x, float* out, int steps)
{
    __shared__ float buffer[2][256];
    int t = threadIdx.x;
    float sum = 0;
    for (int step = 0; step < steps; step++) {
        buffer[step % 2][t] = x[step * 256 + t];
        __syncthreads();
        sum += buffer[step % 2][255 - t];
    }
    out[t] = sum;
}

// A thread reads what it has copied itself: waiting is enough, without a barrier.
extern "C" __global__ void own_copy(const float* x, float* out, int steps)
{
    __shared__ __align__(16) float buffer[2][256];
    int t = threadIdx.x;
    float sum = 0;
    for (int step = 0; step <= steps; step++) {
        if (step < steps) __pipeline_memcpy_async(&buffer[step % 2][t], x + step * 256 + t, 4);
        __pipeline_commit();
        __pipeline_wait_prior(1);
        if (step > 0) sum += buffer[(step - 1) % 2][t];
    }
    out[t] = sum;
}

// Only what was written of the local array is read.
extern "C" __global__ void filled_part(const int* x, int* out, int n)
{
    int stack[8], count = 0, i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    for (int v = x[i]; v > 0; v /= 10) stack[count++] = v % 10;
    int mirrored = 0;
    for (int k = 0; k < count; k++) mirrored = 10 * mirrored + stack[k];
    out[i] = mirrored;
}

// Counters of one byte, a column for each thread: four threads share a word and no byte.
extern "C" __global__ void byte_columns(const int* x, int n, int* count)
{
    __shared__ unsigned char column[16][256];
    int t = threadIdx.x;
    for (int b = 0; b < 16; b++) column[b][t] = 0;
    for (int i = blockIdx.x * 256 + t; i < n; i += gridDim.x * 256) column[x[i] & 15][t]++;
    __syncthreads();
    if (t < 16) {
        int sum = 0;
        for (int k = 0; k < 256; k++) sum += column[t][k];
        atomicAdd(&count[t], sum);
    }
}
