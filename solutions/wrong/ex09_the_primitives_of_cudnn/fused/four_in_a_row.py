"""The result is right, but each thread has four numbers in a row, so neighbouring lanes are 16 bytes apart and
every request touches four times the sectors. Give neighbours to neighbours.
"""

epilogue_kernel = r"""
extern "C" __global__ void epilogue(const float* y, const float* b, const float* branch, float* z,
                                    int K, int PQ, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    for (int k = 4 * i; k < 4 * i + 4; ++k)
        if (k < n) z[k] = fmaxf(y[k] + b[k / PQ % K] + branch[k], 0);
}
"""
