// Correct kernels whose blocks meet in global memory. Each says what makes it right.

// All that write, write the same.
extern "C" __global__ void one_flag(const float* x, int n, int* found)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n && x[i] < 0) *found = 1;
}

// A partial sum is written, fenced, and then announced by the ticket; only the last block reads.
extern "C" __global__ void last_block(const int* x, int n, volatile int* partial, unsigned* ticket, int* total)
{
    __shared__ bool last;
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    int count = __syncthreads_count(i < n && x[i] > 0);
    if (threadIdx.x == 0) {
        partial[blockIdx.x] = count;
        __threadfence();
        last = atomicInc(ticket, gridDim.x) == gridDim.x - 1;
    }
    __syncthreads();
    if (last && threadIdx.x == 0) {
        int sum = 0;
        for (int block = 0; block < gridDim.x; block++) sum += partial[block];
        *total = sum;
        *ticket = 0;  // ready for the next launch
    }
}

// Fences inside the lock order what its holders do.
extern "C" __global__ void under_a_lock(const int* x, int* lock, int* sum, int* most)
{
    if (threadIdx.x != 0) return;
    while (atomicCAS(lock, 0, 1) != 0);
    __threadfence();
    *sum += x[blockIdx.x];
    if (x[blockIdx.x] > *most) *most = x[blockIdx.x];
    __threadfence();
    atomicExch(lock, 0);
}

// Blocks in a chain: what a block writes before its fence and its flag, the next one reads after the flag and a fence.
extern "C" __global__ void chain(const int* x, int* sum, volatile int* flag, unsigned* ticket)
{
    __shared__ unsigned number;
    if (threadIdx.x == 0) number = atomicAdd(ticket, 1);
    __syncthreads();
    unsigned i = number * blockDim.x + threadIdx.x;
    if (number > 0) {
        if (threadIdx.x == 0) while (flag[number - 1] == 0);
        __threadfence();
        __syncthreads();
    }
    sum[i] = x[i] + (number > 0 ? sum[i - blockDim.x] : 0);
    __threadfence();
    __syncthreads();
    if (threadIdx.x == 0) flag[number] = 1;
}

// Whole numbers add up to the same in any order.
extern "C" __global__ void any_order(const int* x, int n, int* sum, int* least, unsigned* bits)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    atomicAdd(sum, x[i]);
    atomicMin(least, x[i]);
    atomicOr(&bits[(x[i] & 255) / 32], 1u << (x[i] & 31));
}

// The bits of floats that are not negative are ordered as the floats are.
extern "C" __global__ void largest_float(const float* x, int n, float* most)
{
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x)
        atomicMax(reinterpret_cast<int*>(most), __float_as_int(x[i]));
}

// Each block has a counter of its own, and its barrier ends the counting.
extern "C" __global__ void own_counter(const int* x, int n, int* counter, int* doubled)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n && x[i] > 0) atomicAdd(&counter[blockIdx.x], 1);
    __syncthreads();
    if (threadIdx.x == 0) doubled[blockIdx.x] = 2 * counter[blockIdx.x];
}

// Every element is read and written by one thread.
extern "C" __global__ void in_place(float* x, int n)
{
    for (int round = 0; round < 2; round++)
        for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) x[i] = 2 * x[i] + 1;
}

// Neighbouring threads, and the last and first of neighbouring blocks, write different bytes of one word.
extern "C" __global__ void bytes_of_a_word(const float* x, int n, unsigned char* out)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) out[i] = x[i] > 0;
}

// A halo is read from the old array and the new one is written.
extern "C" __global__ void two_arrays(const float* __restrict__ x, float* __restrict__ out, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) out[i] = __ldg(x + max(i - 1, 0)) + __ldg(x + i) + __ldg(x + min(i + 1, n - 1));
}

// The ticket alone says which rows a block does: no row is done twice, and none depends on who does it.
extern "C" __global__ void work_queue(const float* x, float* out, int n, int* next)
{
    __shared__ int first;
    for (;;) {
        if (threadIdx.x == 0) first = atomicAdd(next, blockDim.x);
        __syncthreads();
        int i = first + threadIdx.x;
        if (first >= n) return;
        __syncthreads();
        if (i < n) out[i] = x[i] * x[i];
    }
}
