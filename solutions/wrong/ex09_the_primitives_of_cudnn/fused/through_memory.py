"""The result is right, but the sum travels through memory on its way: it is written to z, read again and written
again. Keep it in a variable of the thread until it is finished.
"""

epilogue_kernel = r"""
extern "C" __global__ void epilogue(const float* y, const float* b, const float* branch, float* z,
                                    int K, int PQ, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    volatile float* sum = z;
    if (i < n) {
        sum[i] = y[i] + b[i / PQ % K];
        sum[i] = sum[i] + branch[i];
        sum[i] = fmaxf(sum[i], 0);
    }
}
"""
