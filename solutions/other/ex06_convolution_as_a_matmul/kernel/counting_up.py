"""c, r and s are carried along; one flat piece of shared memory; the barrier at the head of a step."""

implicit_kernel = r"""
extern "C" __global__ void convolve(const float* x, const float* w, float* y,
                                    int N, int C, int H, int W, int K, int R, int S, int padding)
{
    __shared__ float tiles[512];
    float *a = tiles, *b = tiles + 256, sum = 0;
    int P = H + 2 * padding - R + 1, Q = W + 2 * padding - S + 1, taps = C * R * S, places = P * Q;
    int row = threadIdx.y, col = threadIdx.x, mine = row * 16 + col;
    int filter = blockIdx.y * 16 + row, window = blockIdx.x * 16 + col;
    int image = window / places, place = window - image * places;
    int top = place / Q - padding, left = place % Q - padding;
    for (int first = 0; first < taps; first += 16) {
        int e = first + row, c = e / (R * S), tap = e - c * R * S, h = top + tap / S, j = left + tap % S;
        __syncthreads();
        a[mine] = filter < K && first + col < taps ? w[filter * taps + first + col] : 0;
        b[mine] = 0;
        if (window < N * places && c < C && (unsigned)h < (unsigned)H && (unsigned)j < (unsigned)W)
            b[mine] = x[((image * C + c) * H + h) * W + j];
        __syncthreads();
        for (int f = 0; f < 16 && first + f < taps; ++f) sum += a[row * 16 + f] * b[f * 16 + col];
    }
    if (filter < K && window < N * places) y[(image * K + filter) * places + place] = sum;
}
"""
