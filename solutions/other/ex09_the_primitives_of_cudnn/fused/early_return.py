"""A right answer: threads without a number go home first."""

epilogue_kernel = r"""
extern "C" __global__ void epilogue(const float* y, const float* b, const float* branch, float* z,
                                    int K, int PQ, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    const int image = K * PQ;
    float sum = branch[i] + (y[i] + b[i % image / PQ]);
    if (sum < 0) sum = 0;
    z[i] = sum;
}
"""
