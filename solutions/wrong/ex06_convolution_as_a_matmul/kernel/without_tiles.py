"""Each thread fetches all weights and numbers by itself, again and again. Let the block bring each once, into
shared memory.
"""

implicit_kernel = r"""
extern "C" __global__ void convolve(const float* x, const float* w, float* y,
                                    int N, int C, int H, int W, int K, int R, int S, int padding)
{
    int P = H + 2 * padding - R + 1, Q = W + 2 * padding - S + 1;
    int k = blockIdx.y * 16 + threadIdx.y, i = blockIdx.x * 16 + threadIdx.x;
    int n = i / (P * Q), p = i / Q % P, q = i % Q;
    if (k >= K || n >= N) return;
    float sum = 0;
    for (int c = 0; c < C; ++c)
        for (int r = 0; r < R; ++r)
            for (int s = 0; s < S; ++s) {
                int h = p - padding + r, j = q - padding + s;
                if (h >= 0 && h < H && j >= 0 && j < W)
                    sum += x[((n * C + c) * H + h) * W + j] * w[((k * C + c) * R + r) * S + s];
            }
    y[((n * K + k) * P + p) * Q + q] = sum;
}
"""
