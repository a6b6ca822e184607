"""y is stored window by window, with the filters last; it is N, K, P, Q."""

implicit_kernel = r"""
extern "C" __global__ void convolve(const float* x, const float* w, float* y,
                                    int N, int C, int H, int W, int K, int R, int S, int padding)
{
    __shared__ float a[16][16], b[16][16];
    int P = H + 2 * padding - R + 1, Q = W + 2 * padding - S + 1, taps = C * R * S;
    int k = blockIdx.y * 16 + threadIdx.y, i = blockIdx.x * 16 + threadIdx.x;
    int n = i / (P * Q), p = i / Q % P, q = i % Q;
    float sum = 0;
    for (int t = 0; t < taps; t += 16) {
        int across = t + threadIdx.x, e = t + threadIdx.y;
        a[threadIdx.y][threadIdx.x] = k < K && across < taps ? w[k * taps + across] : 0;
        int c = e / (R * S), h = p - padding + e / S % R, j = q - padding + e % S;
        bool inside = n < N && e < taps && h >= 0 && h < H && j >= 0 && j < W;
        b[threadIdx.y][threadIdx.x] = inside ? x[((n * C + c) * H + h) * W + j] : 0;
        __syncthreads();
        for (int f = 0; f < 16; ++f)
            sum += a[threadIdx.y][f] * b[f][threadIdx.x];
        __syncthreads();
    }
    if (k < K && n < N)
        y[i * K + k] = sum;
}
"""
