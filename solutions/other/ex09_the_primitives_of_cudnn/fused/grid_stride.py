"""A right answer: a loop over the grid, which any number of threads can run."""

epilogue_kernel = r"""
extern "C" __global__ void epilogue(const float* y, const float* b, const float* branch, float* z,
                                    int K, int PQ, int n)
{
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) {
        int k = (i / PQ) % K;
        float sum = y[i] + b[k];
        sum += branch[i];
        z[i] = sum > 0 ? sum : 0;
    }
}
"""
