// What every kernel of a convolution knows: its sizes, filled in by launching.py, and what a tap of a filter meets.
//
//   x NCHW, w KCRS with C / groups channels, y NKPQ; the filters of a group see the channels of that group.

struct Conv {
    int N, C, H, W, K, R, S, P, Q;
    int down, across;   // stride
    int top, left;      // padding
    int apart, beside;  // dilation
    int groups;
};

// What tap (r, s) meets in channel c of image n at place (p, q) of the result: an element of x, or a zero around it.
__device__ inline float met(const float* x, const Conv& conv, int n, int c, int p, int q, int r, int s)
{
    int h = p * conv.down - conv.top + r * conv.apart;
    int i = q * conv.across - conv.left + s * conv.beside;
    bool inside = h >= 0 && h < conv.H && i >= 0 && i < conv.W;
    return inside ? x[((size_t)(n * conv.C + c) * conv.H + h) * conv.W + i] : 0;
}

// The place of the result, p Q + q, at which tap (r, s) meets x[h][i]; -1 if there is none.
__device__ inline int place(const Conv& conv, int h, int i, int r, int s)
{
    int p = h + conv.top - r * conv.apart, q = i + conv.left - s * conv.beside;
    bool met = p >= 0 && q >= 0 && p % conv.down == 0 && q % conv.across == 0;
    p /= conv.down, q /= conv.across;
    return met && p < conv.P && q < conv.Q ? p * conv.Q + q : -1;
}
