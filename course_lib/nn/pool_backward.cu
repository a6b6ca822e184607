// Max pooling backward, two ways, for one image of H x W pixels and P x Q windows,
// SIZE x SIZE pixels each, STRIDE apart. where[i]: the largest pixel of window i.

// A thread has a window, and writes to the pixel that it was given. Windows overlap:
// without ATOMIC, two threads that write to one pixel lose a part of the sum.
extern "C" __global__ void scatter(const float* dy, const int* where, float* dx, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    if (ATOMIC) atomicAdd(&dx[where[i]], dy[i]);
    else dx[where[i]] += dy[i];
}

// A thread has a pixel, asks the windows that see it, and writes once: no race, one order.
extern "C" __global__ void gather(const float* dy, const int* where, float* dx,
                                  int H, int W, int P, int Q)
{
    int pixel = blockIdx.x * blockDim.x + threadIdx.x;
    if (pixel >= H * W) return;
    int row = pixel / W, column = pixel % W;
    int top = max(0, (row - SIZE + STRIDE) / STRIDE);
    int left = max(0, (column - SIZE + STRIDE) / STRIDE);
    float sum = 0;
    for (int p = top; p < P && p * STRIDE <= row; ++p)
        for (int q = left; q < Q && q * STRIDE <= column; ++q)
            if (where[p * Q + q] == pixel) sum += dy[p * Q + q];
    dx[pixel] = sum;
}
