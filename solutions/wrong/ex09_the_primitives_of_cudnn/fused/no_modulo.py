"""The channel is i / PQ only in the first image; the next image begins again with channel 0."""

epilogue_kernel = r"""
extern "C" __global__ void epilogue(const float* y, const float* b, const float* branch, float* z,
                                    int K, int PQ, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n)
        z[i] = fmaxf(y[i] + b[i / PQ] + branch[i], 0);
}
"""
